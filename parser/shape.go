package parser

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/jsontree"
)

// faults is what the schema has against a tree.
type faults struct {
	told    map[told]bool
	refused map[jsontree.Value]diag.Severity // values that are not used
	ignored map[jsontree.Value]bool          // permissions that something in them spoils
}

// told is what was reported of a value; the same is not reported twice.
type told struct {
	value jsontree.Value
	code  diag.Code
}

// check enforces the schema on a tree and reports each violation.
func check(root jsontree.Value, r *diag.Report) *faults {
	f := &faults{
		told:    map[told]bool{},
		refused: map[jsontree.Value]diag.Severity{},
		ignored: map[jsontree.Value]bool{},
	}
	err := lexicon().compiled.Validate(plain(root))
	if err == nil {
		return f
	}
	var violated *jsonschema.ValidationError
	if !errors.As(err, &violated) {
		panic(fmt.Sprintf("parser: %v", err)) // a bug in the schema, not in the input
	}
	f.collect(violated, root, r)
	return f
}

// collect reports the innermost violations, or those further out that have a
// rule of their own.
func (f *faults) collect(e *jsonschema.ValidationError, root jsontree.Value, r *diag.Report) {
	schema, keyword := keywordOf(e)
	if len(e.Causes) == 0 || lexicon().speaks(schema, keyword) {
		f.add(newViolation(schema, keyword, find(root, tokens(e.InstanceLocation))), r)
		return
	}
	for _, cause := range e.Causes {
		f.collect(cause, root, r)
	}
}

func (f *faults) add(v *violation, r *diag.Report) {
	if what := (told{v.at.value, v.rule.Code}); v.aboutParts() || !f.told[what] {
		f.told[what] = true
		v.report(r)
	}
	if v.refuses() {
		f.refused[v.at.value] = v.rule.severity()
	}
	if v.rule.Code == diag.CodeInvalidPermission {
		for at := v.at; at != nil; at = at.owner {
			f.ignored[at.value] = true
		}
	}
}

// violation is one violated keyword.
type violation struct {
	rule    *rule
	schema  map[string]any // that has the keyword
	keyword string
	at      *site
	name    bool // the key is meant, not the value
}

func newViolation(schema, keyword string, at *site) *violation {
	return &violation{
		rule:    lexicon().rule(schema, keyword),
		schema:  lexicon().schemas[schema],
		keyword: keyword,
		at:      at,
		name:    strings.HasSuffix(schema, "/propertyNames"),
	}
}

// refuses reports whether the value cannot be used.
func (v *violation) refuses() bool { return !v.aboutParts() && !v.rule.Keep && !v.name }

// aboutParts reports whether the value is an object that lacks something, or
// has too much. The rest of it can be used.
func (v *violation) aboutParts() bool {
	return v.keyword == "required" || v.keyword == "additionalProperties" || v.keyword == "oneOf"
}

// keywordOf splits the place of a violation in the schema. No key of the schema
// needs an escape in a pointer.
func keywordOf(e *jsonschema.ValidationError) (schema, keyword string) {
	_, pointer, _ := strings.Cut(e.AbsoluteKeywordLocation, "#")
	i := strings.LastIndexByte(pointer, '/')
	if i < 0 {
		return "", pointer
	}
	return pointer[:i], pointer[i+1:]
}

var pointerEscapes = strings.NewReplacer("~1", "/", "~0", "~")

// tokens splits a JSON pointer in the form of a URI fragment.
func tokens(pointer string) []string {
	if pointer == "" {
		return nil
	}
	list := strings.Split(pointer[1:], "/")
	for i, token := range list {
		if plain, err := url.PathUnescape(token); err == nil {
			token = plain
		}
		list[i] = pointerEscapes.Replace(token)
	}
	return list
}

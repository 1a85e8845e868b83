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
	p := newPlainer()
	f.validate(lexicon().compiled, p, &site{value: root}, r)
	for len(p.nested) > 0 {
		next := p.nested[0]
		p.nested = p.nested[1:]
		if !f.refusedAround(next) {
			f.validate(lexicon().property, p, next, r)
		}
	}
	return f
}

// validate enforces a schema on a value and reports each violation.
func (f *faults) validate(schema *jsonschema.Schema, p *plainer, root *site, r *diag.Report) {
	err := schema.Validate(p.value(root, 0))
	if err == nil {
		return
	}
	var violated *jsonschema.ValidationError
	if !errors.As(err, &violated) {
		panic(fmt.Sprintf("parser: %v", err)) // a bug in the schema, not in the input
	}
	f.collect(violated, p, root, r)
}

// refusedAround reports whether something around a value was refused, so that
// nothing is known of what the value should be.
func (f *faults) refusedAround(at *site) bool {
	for at = at.owner; at != nil; at = at.owner {
		if _, refused := f.refused[at.value]; refused {
			return true
		}
	}
	return false
}

// collect reports the innermost violations, or those further out that have a
// rule of their own.
func (f *faults) collect(e *jsonschema.ValidationError, p *plainer, root *site, r *diag.Report) {
	schema, keyword := keywordOf(e)
	if len(e.Causes) == 0 || lexicon().speaks(schema, keyword) {
		f.add(newViolation(schema, keyword, find(root, p.path(e.InstanceLocation))), r)
		return
	}
	for _, cause := range e.Causes {
		f.collect(cause, p, root, r)
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

// path splits a JSON pointer in the form of a URI fragment into the keys and
// indices of the tree.
func (p *plainer) path(pointer string) []string {
	if pointer == "" {
		return nil
	}
	list := strings.Split(pointer[1:], "/")
	for i, token := range list {
		if plain, err := url.PathUnescape(token); err == nil {
			token = plain
		}
		list[i] = p.treeKey(pointerEscapes.Replace(token))
	}
	return list
}

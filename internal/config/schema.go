package config

import (
	"bytes"
	_ "embed" // the schema
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/lexgen/lexgen/parser/diag"
)

//go:embed lexgen-yaml.schema.json
var schemaText []byte

// Schema returns the JSON Schema of lexgen.yaml (draft 2020-12). The slice
// belongs to the caller.
func Schema() []byte { return slices.Clone(schemaText) }

// schemaName is the name that the schema is compiled under.
const schemaName = "lexgen-yaml.schema.json"

// shape is the schema: compiled, and as a value to look annotations up in.
type shape struct {
	compiled *jsonschema.Schema
	raw      any
}

var loadShape = sync.OnceValue(func() *shape {
	s := &shape{}
	if err := json.Unmarshal(schemaText, &s.raw); err != nil {
		panic("config: " + err.Error()) // embedded: a bug in the build, not in an input
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(schemaName, bytes.NewReader(schemaText)); err != nil {
		panic("config: " + err.Error())
	}
	s.compiled = compiler.MustCompile(schemaName)
	return s
})

// validate reports where a tree has not the shape of a configuration.
func validate(tree *mapping, r *diag.Report) {
	s := loadShape()
	err := s.compiled.Validate(tree.plain())
	if invalid, ok := errors.AsType[*jsonschema.ValidationError](err); ok {
		v := validation{shape: s, tree: tree, report: r, meant: map[string]bool{}}
		v.violations(invalid)
		v.reportMissing()
	}
}

// validation turns violations of the schema into diagnostics.
type validation struct {
	shape  *shape
	tree   *mapping
	report *diag.Report

	meant   map[string]bool // keys that an unknown one stands for
	missing []missingKey
}

type missingKey struct {
	where, key string
	at         node
}

// violations walks to the violations that have no deeper cause.
func (v *validation) violations(e *jsonschema.ValidationError) {
	for _, cause := range e.Causes {
		v.violations(cause)
	}
	if len(e.Causes) == 0 {
		v.violation(e)
	}
}

func (v *validation) violation(e *jsonschema.ValidationError) {
	where, at := v.place(e.InstanceLocation)
	_, location, _ := strings.Cut(e.AbsoluteKeywordLocation, "#")
	pointer := pointerOf(location)
	schema, _ := v.schemaAt(pointer[:len(pointer)-1]).(map[string]any)
	switch pointer[len(pointer)-1] {
	case "additionalProperties":
		v.unknownKeys(where, at, schema)
	case "required":
		v.missingKeys(where, at, schema)
	default:
		v.report.Error(diag.CodeConfigInvalid, at, fmt.Sprintf("%s: expected %s", where, schema["x-want"]))
	}
}

// unknownKeys reports the keys of a map that its schema does not have.
func (v *validation) unknownKeys(where string, at node, schema map[string]any) {
	properties, _ := schema["properties"].(map[string]any)
	known := slices.Sorted(maps.Keys(properties))
	m, _ := at.(*mapping)
	for _, member := range m.members {
		if _, ok := properties[member.key.Value]; ok {
			continue
		}
		hint := diag.Help("known keys: " + strings.Join(known, ", "))
		if key := meantKey(member.key.Value, known, schema); key != "" {
			hint = diag.Suggest(key)
			v.meant[keyIn(where, key)] = true
		}
		v.report.Error(diag.CodeConfigInvalid, member.key, fmt.Sprintf("%sunknown key %s", prefix(where), member.key.Value), hint)
	}
}

// meantKey returns the key that an unknown one probably stands for: a similar
// one, or what the schema's x-meant says. It is empty if there is none.
func meantKey(key string, known []string, schema map[string]any) string {
	words, _ := schema["x-meant"].(map[string]any)
	if meant, ok := words[key].(string); ok {
		return meant
	}
	if near := diag.Nearest(key, known, 1); len(near) > 0 {
		return near[0]
	}
	return ""
}

// missingKeys remembers the keys that a map lacks, until it is known which
// other keys stand for them.
func (v *validation) missingKeys(where string, at node, schema map[string]any) {
	required, _ := schema["required"].([]any)
	m, _ := at.(*mapping)
	for _, key := range required {
		if key, ok := key.(string); ok && m.get(key) == nil {
			v.missing = append(v.missing, missingKey{where, key, at})
		}
	}
}

// reportMissing reports the missing keys that nothing stands for.
func (v *validation) reportMissing() {
	for _, m := range v.missing {
		if !v.meant[keyIn(m.where, m.key)] {
			v.report.Error(diag.CodeConfigInvalid, m.at, fmt.Sprintf("%skey %s is missing", prefix(m.where), m.key))
		}
	}
}

func keyIn(where, key string) string { return prefix(where) + key }

func prefix(where string) string {
	if where == "" {
		return ""
	}
	return where + ": "
}

// place returns the node at a JSON pointer and what to call it.
func (v *validation) place(location string) (where string, at node) {
	at = v.tree
	for _, token := range pointerOf(location) {
		switch n := at.(type) {
		case *mapping:
			at = n.get(token)
			where = strings.TrimPrefix(where+"."+token, ".")
		case *sequence:
			i, _ := strconv.Atoi(token) // made from this very list
			at = n.items[i]
			where += "[" + token + "]"
		}
	}
	return where, at
}

// schemaAt returns the part of the schema at a JSON pointer.
func (v *validation) schemaAt(pointer []string) any {
	at := v.shape.raw
	for _, token := range pointer {
		switch n := at.(type) {
		case map[string]any:
			at = n[token]
		case []any:
			i, _ := strconv.Atoi(token) // see place
			at = n[i]
		}
	}
	return at
}

// pointerOf splits a JSON pointer (RFC 6901). The library escapes each token
// as a part of a URL, too.
func pointerOf(text string) []string {
	var tokens []string
	for token := range strings.SplitSeq(strings.TrimPrefix(text, "/"), "/") {
		if text == "" {
			break
		}
		tokens = append(tokens, unescape(token))
	}
	return tokens
}

func unescape(token string) string {
	if plain, err := url.PathUnescape(token); err == nil {
		token = plain
	}
	return strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
}

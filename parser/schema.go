package parser

import (
	"bytes"
	_ "embed" // for the schema
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/lexgen/lexgen/parser/diag"
)

//go:embed lexicon.schema.json
var schemaText []byte

// Schema returns the JSON Schema of Lexicon files, draft 2020-12. The slice
// belongs to the caller.
func Schema() []byte { return slices.Clone(schemaText) }

const (
	schemaURL = "lexgen:lexicon.schema.json"
	// ruleKeyword is the annotation that says what violations mean.
	ruleKeyword = "x-lexgen"
	// defaultPrefix marks the root's rules for schemas that have none.
	defaultPrefix = "default:"
)

// rule is what the annotation x-lexgen says of a keyword.
type rule struct {
	Code     diag.Code         `json:"code"`
	Severity string            `json:"severity"`
	Message  string            `json:"message"`
	Help     string            `json:"help"`
	At       place             `json:"at"`
	Keep     bool              `json:"keep"`
	Hints    map[string]string `json:"hints"`
}

func (r *rule) severity() diag.Severity {
	if r.Severity == diag.Warning.String() {
		return diag.Warning
	}
	return diag.Error
}

// place says where a violation is shown. The zero place is the value.
type place string

const (
	atKey   place = "key"   // of the value
	atOwner place = "owner" // the key of the object that holds the value
)

// grammar is the schema in two forms.
type grammar struct {
	compiled *jsonschema.Schema        // of a file
	property *jsonschema.Schema        // of the type of a property or item
	schemas  map[string]map[string]any // by JSON pointer
	rules    map[string]*rule          // by JSON pointer of the keyword
}

// lexicon is compiled once, when the first file is read.
var lexicon = sync.OnceValue(func() *grammar {
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(schemaURL, bytes.NewReader(schemaText)); err != nil {
		panic(fmt.Sprintf("parser: %v", err))
	}
	g := &grammar{
		compiled: compiler.MustCompile(schemaURL),
		property: compiler.MustCompile(schemaURL + "#/$defs/property"),
		schemas:  map[string]map[string]any{},
		rules:    map[string]*rule{},
	}
	var root any
	if err := json.Unmarshal(schemaText, &root); err != nil {
		panic(fmt.Sprintf("parser: %v", err))
	}
	g.index("", root)
	return g
})

// index fills in the schemas and rules at and below a pointer.
func (g *grammar) index(pointer string, v any) {
	switch v := v.(type) {
	case map[string]any:
		g.schemas[pointer] = v
		g.indexRules(pointer, v[ruleKeyword])
		for name, member := range v {
			if name != ruleKeyword {
				g.index(pointer+"/"+name, member)
			}
		}
	case []any:
		for i, item := range v {
			g.index(pointer+"/"+strconv.Itoa(i), item)
		}
	}
}

func (g *grammar) indexRules(pointer string, annotation any) {
	if annotation == nil {
		return
	}
	text, err := json.Marshal(annotation)
	if err != nil {
		panic(fmt.Sprintf("parser: %v", err))
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var rules map[string]*rule
	if err := decoder.Decode(&rules); err != nil {
		panic(fmt.Sprintf("parser: %s of %q: %v", ruleKeyword, pointer, err))
	}
	for keyword, r := range rules {
		g.rules[pointer+"/"+keyword] = r
	}
}

// rule returns what a violation of a schema's keyword means.
func (g *grammar) rule(schema, keyword string) *rule {
	for _, pointer := range []string{schema + "/" + keyword, "/" + defaultPrefix + keyword} {
		if r := g.rules[pointer]; r != nil {
			return r
		}
	}
	return &rule{Code: diag.CodeInvalidShape, Message: "{key} has a wrong shape"}
}

// speaks reports whether the schema has a rule of its own for the keyword,
// which then stands for whatever caused its violation.
func (g *grammar) speaks(schema, keyword string) bool {
	return g.rules[schema+"/"+keyword] != nil
}

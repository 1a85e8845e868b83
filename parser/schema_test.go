package parser_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/internal/shared"
	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/runtime/syntax"
)

func schema(t *testing.T) map[string]any {
	t.Helper()
	var root map[string]any
	if err := json.Unmarshal(parser.Schema(), &root); err != nil {
		t.Fatal(err)
	}
	return root
}

// each calls f for every object of the schema.
func each(v any, path string, f func(path string, object map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		f(path, v)
		for name, member := range v {
			each(member, path+"/"+name, f)
		}
	case []any:
		for _, item := range v {
			each(item, path, f)
		}
	}
}

// TestSchemaRulesStandBesideTheirKeyword checks the annotations: each is of a
// keyword that is there, and has a code that exists with its severity.
func TestSchemaRulesStandBesideTheirKeyword(t *testing.T) {
	t.Parallel()
	each(schema(t), "", func(path string, object map[string]any) {
		rules, _ := object["x-lexgen"].(map[string]any)
		for keyword, rule := range rules {
			if _, ok := object[keyword]; !ok && !strings.HasPrefix(keyword, "default:") {
				t.Errorf("%s: a rule for %s, which is not there", path, keyword)
			}
			checkRule(t, path+"/"+keyword, rule)
		}
	})
}

func checkRule(t *testing.T, path string, rule any) {
	t.Helper()
	r, _ := rule.(map[string]any)
	code, _ := r["code"].(string)
	doc, ok := diag.Lookup(diag.Code(code))
	if !ok {
		t.Errorf("%s: there is no code %q", path, code)
	}
	severity, _ := r["severity"].(string)
	if severity == "" {
		severity = diag.Error.String()
	}
	if severity != doc.Severity.String() {
		t.Errorf("%s: %s is a %s, and documented as a %s", path, code, severity, doc.Severity)
	}
	message, _ := r["message"].(string)
	help, _ := r["help"].(string)
	for _, placeholder := range regexp.MustCompile(`\{[a-z]+\}`).FindAllString(message+help, -1) {
		if !slices.Contains([]string{"{key}", "{value}", "{kind}", "{want}", "{missing}", "{attribute}", "{type}"}, placeholder) {
			t.Errorf("%s: unknown placeholder %s", path, placeholder)
		}
	}
	if message == "" {
		t.Errorf("%s: no message", path)
	}
}

// TestSchemaExplainsItself checks that an editor has something to show for
// everything that can be written.
func TestSchemaExplainsItself(t *testing.T) {
	t.Parallel()
	defs, _ := schema(t)["$defs"].(map[string]any)
	each(schema(t), "", func(path string, object map[string]any) {
		if !strings.HasSuffix(path, "/properties") || strings.HasSuffix(path, "properties/properties") {
			return
		}
		for name, member := range object {
			if !explained(member, defs) && name != "type" && name != "description" {
				t.Errorf("%s/%s has neither title nor description", path, name)
			}
		}
	})
}

// explained reports whether a schema, or what it refers to, has a title or a
// description. Those that only restrict another one need none.
func explained(v any, defs map[string]any) bool {
	object, ok := v.(map[string]any)
	if !ok || object["description"] != nil || object["title"] != nil {
		return true
	}
	if ref, ok := object["$ref"].(string); ok {
		return explained(defs[strings.TrimPrefix(ref, "#/$defs/")], defs)
	}
	return object["const"] != nil || object["enum"] != nil || object["minItems"] != nil || object["not"] != nil
}

func TestSchemaKnowsTheFormatsOfTheRuntime(t *testing.T) {
	t.Parallel()
	var got []string
	each(schema(t), "", func(path string, object map[string]any) {
		if !strings.HasSuffix(path, "/string/properties/format") {
			return
		}
		values, _ := object["enum"].([]any)
		for _, value := range values {
			got = append(got, value.(string))
		}
	})
	if diff := cmp.Diff(slices.Sorted(slices.Values(syntax.Formats())), slices.Sorted(slices.Values(got))); diff != "" {
		t.Errorf("formats differ (-runtime +schema):\n%s", diff)
	}
}

// TestSchemaNSIDIsThatOfTheRuntime compares the pattern for ids with the parser
// of the runtime on the interoperability vectors.
func TestSchemaNSIDIsThatOfTheRuntime_SY10(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"nsid_syntax_valid.txt", "nsid_syntax_invalid.txt"} {
		file, err := os.Open(filepath.Join(shared.Dir(t, "interop", "syntax"), name))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		for lines := bufio.NewScanner(file); lines.Scan(); {
			text := lines.Text()
			if text == "" || strings.HasPrefix(text, "#") {
				continue
			}
			id, err := json.Marshal(text)
			if err != nil {
				t.Fatal(err)
			}
			r := &diag.Report{}
			parser.Parse(diag.NewFile("x.json", []byte(`{"lexicon":1,"id":`+string(id)+`,"defs":{"main":{"type":"token"}}}`)), r)
			_, err = syntax.ParseNSID(text)
			if r.HasErrors() != (err != nil) {
				t.Errorf("%q: schema %s, runtime %v", text, summary(r.Diagnostics()), err)
			}
		}
	}
}

func TestSchemaIsACopy(t *testing.T) {
	t.Parallel()
	parser.Schema()[0] = 'x'
	if parser.Schema()[0] != '{' {
		t.Error("the schema can be changed from outside")
	}
}

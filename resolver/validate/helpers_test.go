package validate_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
	"github.com/lexgen/lexgen/resolver/validate"
	"github.com/lexgen/lexgen/runtime/lex"
)

// linked reads and links a source; its diagnostics are returned.
func linked(t testing.TB, source resolver.Source) (*resolver.Graph, *diag.Report) {
	t.Helper()
	report := &diag.Report{}
	set, err := resolver.Load(t.Context(), []resolver.Source{source}, report, resolver.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return resolver.Link(set, report), report
}

// treeSchemas makes the schemas of treeLexicon.
func treeSchemas(t testing.TB) *validate.Schemas {
	t.Helper()
	s, report := schemas(t, treeLexicon)
	if report.HasErrors() {
		t.Fatalf("the lexicon has errors: %v", report.Diagnostics())
	}
	return s
}

// schemas makes the schemas of one lexicon file, which may have errors.
func schemas(t testing.TB, lexicon string) (*validate.Schemas, *diag.Report) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "lexicon.json")
	if err := os.WriteFile(path, []byte(lexicon), 0o600); err != nil {
		t.Fatal(err)
	}
	graph, report := linked(t, resolver.SingleFile(path))
	return validate.New(graph), report
}

// record is a lexicon with the properties of one record.
func record(properties string) string {
	return `{"lexicon": 1, "id": "com.example.rec", "defs": {"main": {"type": "record", "key": "tid", "record":
		{"type": "object", "properties": {` + properties + `}}}}}`
}

func decode(t testing.TB, text string) any {
	t.Helper()
	var v any
	if err := lex.DecodeJSON([]byte(text), &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// told returns an error's violations, one a line: path, rule and message.
func told(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	violations, ok := errors.AsType[*lex.Violations](err)
	if !ok {
		t.Fatalf("got the error %v, want violations", err)
	}
	var b strings.Builder
	for _, v := range violations.List {
		b.WriteString(v.Path.String() + " [" + string(v.Rule) + "] " + v.Message + "\n")
	}
	if violations.More {
		b.WriteString("more\n")
	}
	return b.String()
}

package diag_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/parser/diag"
)

func TestEveryCodeIsDocumented(t *testing.T) {
	t.Parallel()
	want := constants(t)
	var got []string
	for _, doc := range diag.Codes() {
		got = append(got, string(doc.Code))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("codes with documentation differ from the constants (-want +got):\n%s", diff)
	}
}

// constants returns the values of all constants of type Code in codes.go, sorted.
func constants(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "codes.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			codes = append(codes, constant(t, spec))
		}
		return true
	})
	slices.Sort(codes)
	return codes
}

func constant(t *testing.T, spec *ast.ValueSpec) string {
	t.Helper()
	code, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
	if err != nil {
		t.Fatal(err)
	}
	name := "code" + strings.ReplaceAll(code, "-", "")
	if !strings.EqualFold(name, spec.Names[0].Name) {
		t.Errorf("constant %s has the value %q", spec.Names[0].Name, code)
	}
	return code
}

func TestDocumentationIsComplete(t *testing.T) {
	t.Parallel()
	kebab := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	for _, doc := range diag.Codes() {
		t.Run(string(doc.Code), func(t *testing.T) {
			t.Parallel()
			if !kebab.MatchString(string(doc.Code)) {
				t.Error("the code is not in kebab-case")
			}
			if doc.Title == "" || strings.HasSuffix(doc.Title, ".") || len(doc.Title) > 72 {
				t.Errorf("the title %q is not a short line without a full stop", doc.Title)
			}
			if strings.Count(doc.Text, "\n\n") < 2 || !strings.Contains(doc.Text, "\n\nSource: ") {
				t.Error("the text has not a problem, a way out and a source")
			}
			if len(doc.Example) == 0 != strings.Contains(doc.Text, "there is no example") {
				t.Error("the text does not say that there is no example, or there is one")
			}
			if len(doc.Example) > 0 && len(doc.Fixed) == 0 {
				t.Error("the example is not mended")
			}
			checkLookup(t, doc)
		})
	}
}

func checkLookup(t *testing.T, want diag.Doc) {
	t.Helper()
	got, ok := diag.Lookup(want.Code)
	if !ok {
		t.Error("Lookup does not know the code")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Lookup differs from Codes (-want +got):\n%s", diff)
	}
}

func TestLookupOfUnknownCode(t *testing.T) {
	t.Parallel()
	for _, code := range []diag.Code{"", "no-such-code", "zzz"} {
		if doc, ok := diag.Lookup(code); ok {
			t.Errorf("%q is %v", code, doc)
		}
	}
}

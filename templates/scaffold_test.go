package templates_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/internal/config"
	"github.com/lexgen/lexgen/internal/shared"
	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/lexfmt"
	"github.com/lexgen/lexgen/templates"
)

// variants is every kind of lexicon in every form that it has.
var variants = map[string]templates.Lexicon{
	"record":               {Kind: "record", Key: "tid"},
	"record of a record":   {Kind: "record", Key: "literal:self", Subject: "record"},
	"record of an account": {Kind: "record", Key: "any", Subject: "account"},
	"query":                {Kind: "query", Result: "post", View: "postView", ViewRef: "#postView"},
	"query of a view":      {Kind: "query", Result: "post", ViewRef: "com.example.defs#postView"},
	"list":                 {Kind: "query", Paged: true, Result: "posts", View: "postView", ViewRef: "#postView"},
	"search":               {Kind: "query", Paged: true, Search: true, Result: "posts", ViewRef: "com.example.defs#postView"},
	"procedure":            {Kind: "procedure"},
	"deletion":             {Kind: "procedure", Delete: true},
	"subscription":         {Kind: "subscription"},
	"collections":          {Kind: "permission-set", Title: "Write", Collections: []string{"com.example.post"}},
	"methods":              {Kind: "permission-set", Title: "Call", Methods: []string{"com.example.listPosts"}},
	"both":                 {Kind: "permission-set", Title: "All", Collections: []string{"com.example.post"}, Methods: []string{"com.example.listPosts"}},
	"defs":                 {Kind: "defs", View: "recordView"},
}

// TestLexiconsAreFlawless_LE12_LE13 checks that each kind is read without a
// word, in canonical form already, and with the description as it was given.
func TestLexiconsAreFlawless_LE12_LE13(t *testing.T) {
	t.Parallel()
	written := map[string]bool{}
	for name, l := range variants {
		written[l.Kind] = true
		l.ID, l.Description = "com.example.thing", "What\n\"it\" <is> for \u2028\\."
		text, err := templates.NewLexicon(l)
		if err != nil {
			t.Fatal(err)
		}
		f, r := diag.NewFile(name, text), &diag.Report{}
		document := parser.Parse(f, r)
		if document == nil || r.Len() > 0 {
			t.Errorf("%s: document %v, %d diagnostics: %v", name, document, r.Len(), r.Diagnostics())
		}
		if diff := cmp.Diff(string(text), string(lexfmt.Format(f, r))); diff != "" {
			t.Errorf("%s is not formatted (-template +formatted):\n%s", name, diff)
		}
		if !bytes.Contains(text, []byte(`"What\n\"it\" <is> for \u2028\\."`)) {
			t.Errorf("%s: the description is not what was given:\n%s", name, text)
		}
	}
	for _, kind := range templates.Kinds() {
		if !written[kind] {
			t.Errorf("no variant of %s", kind)
		}
	}
}

func TestThereIsNoOtherKind(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"", "view", "token", "../lexicon/record"} {
		if text, err := templates.NewLexicon(templates.Lexicon{Kind: kind}); err == nil || text != nil {
			t.Errorf("%q: got %q", kind, text)
		}
	}
}

func project(t *testing.T, p templates.Project) map[string]string {
	t.Helper()
	files, err := templates.NewProject(p)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, f := range files {
		texts[f.Path] = string(f.Data)
	}
	return texts
}

// TestProjectsAreReadable reads the configuration and the settings of all forms
// of a project.
func TestProjectsAreReadable(t *testing.T) {
	t.Parallel()
	for _, official := range []bool{false, true} {
		for _, folder := range []string{"", "notes"} {
			files := project(t, templates.Project{Module: "example.com/m", Prefix: "com.example.notes", Package: folder, Official: official})
			r := &diag.Report{}
			c := config.Parse(diag.NewFile("lexgen.yaml", []byte(files["lexgen.yaml"])), r)
			if r.Len() > 0 {
				t.Errorf("lexgen.yaml: %v", r.Diagnostics())
			}
			if got, want := len(c.Sources) == 2 && len(c.Imports) > 0, official; got != want {
				t.Errorf("refers to the official lexicons: %t, want %t", got, want)
			}
			if got, want := len(c.Packages) == 1, folder != ""; got != want {
				t.Errorf("has a package: %t, want %t", got, want)
			}
			if !json.Valid([]byte(files[".vscode/settings.json"])) {
				t.Error("the settings are no JSON")
			}
		}
	}
}

// TestProjectsPinWhatThisModulePins compares a project with files of this
// module: the version of the official lexicons, that of Go, and the packages of
// api.
func TestProjectsPinWhatThisModulePins(t *testing.T) {
	t.Parallel()
	files := project(t, templates.Project{Module: "example.com/m", Prefix: "com.example", Official: true})
	for path, pattern := range map[string]string{
		"lexgen.yaml": `(?m)^  - source: .*\n    sum: .*$`,
		"go.mod":      `(?m)^go .*$`,
	} {
		ours := path
		if path == "lexgen.yaml" {
			ours = "api/lexgen.yaml"
		}
		want := regexp.MustCompile(pattern).FindString(readOurs(t, ours))
		if want == "" || !strings.Contains(files[path], want) {
			t.Errorf("%s does not say %q:\n%s", path, want, files[path])
		}
	}
	for _, found := range regexp.MustCompile(`github.com/lexgen/lexgen/(\S+)`).FindAllStringSubmatch(files["lexgen.yaml"], -1) {
		if _, err := os.Stat(filepath.Join(shared.ModuleRoot(), filepath.FromSlash(found[1]))); err != nil {
			t.Error(err)
		}
	}
}

func readOurs(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(shared.ModuleRoot(), filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

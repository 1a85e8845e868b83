package parser_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/internal/shared"
	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// files reads every JSON file below a folder.
func files(t testing.TB, dir string) []*diag.File {
	t.Helper()
	var list []*diag.File
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".json") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		list = append(list, diag.NewFile(filepath.ToSlash(rel), data))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func render(t testing.TB, r *diag.Report) string {
	t.Helper()
	var text bytes.Buffer
	if err := (diag.Text{}).Print(&text, r.Diagnostics()); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func TestOfficialLexiconsGiveNoDiagnostic(t *testing.T) {
	t.Parallel()
	list := files(t, shared.Dir(t, "lexicons", "official"))
	if len(list) != 402 {
		t.Errorf("%d files, want 402", len(list))
	}
	for _, f := range list {
		r := &diag.Report{}
		if document := parser.Parse(f, r); document == nil || document.Broken {
			t.Errorf("%s: no document, or a broken one", f.Path())
		}
		if r.Len() > 0 {
			t.Error(render(t, r))
		}
	}
}

// TestCommunityLexiconsGiveOnlyKnownErrors counts what the files of 38 projects
// have against them.
func TestCommunityLexiconsGiveOnlyKnownErrors(t *testing.T) {
	t.Parallel()
	got := map[string]int{}
	for _, f := range files(t, shared.Dir(t, "lexicons", "community")) {
		r := &diag.Report{}
		parser.Parse(f, r)
		checkSpans(t, r)
		for _, d := range r.Diagnostics() {
			got[d.Severity.String()+" "+string(d.Code)]++
		}
	}
	want := map[string]int{
		"error malformed-reference":       113, // lex: before a reference
		"error missing-defs":              1,
		"warning inline-object":           9,
		"warning invalid-attribute":       25, // $type as a property, maxLength below maxGraphemes, a default out of bounds
		"warning invalid-definition-name": 8,
		"warning invalid-encoding":        3,
		"warning invalid-permission":      3, // the resource space
		"warning local-known-value":       8,
		"warning unknown-attribute":       140, // needsCbor, needsType, nullable, title:langs, subprotocol
		"warning unknown-definition":      1,   // space
		"warning unknown-format":          1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("diagnostics differ (-want +got):\n%s", diff)
	}
}

// TestHostileLexicons says what each case that concerns one document gives; the
// other cases give nothing here.
func TestHostileLexicons(t *testing.T) {
	t.Parallel()
	want := map[string][]string{
		"05b-nonmain-primary":       {"com/alpha/p.json:13:5 error misplaced-primary", "com/alpha/p.json:26:5 error misplaced-primary"},
		"06-union-union":            {"com/alpha/u.json:25:5 error unnameable-definition"},
		"07b-empty-union-closed":    {"com/alpha/u.json:14:21 error empty-closed-union"},
		"14-int-range":              {"com/alpha/i.json:1:149 error invalid-integer", "com/alpha/i.json:1:193 warning invalid-attribute"},
		"15b-unknown-field":         {"com/alpha/w.json:13:21 error unknown-type integer", "com/alpha/w.json:16:21 error unknown-type integer"},
		"15c-unknown-attr":          {"com/alpha/w.json:14:13 warning unknown-attribute maxLength", "com/alpha/w.json:15:13 warning unknown-attribute format"},
		"15d-bad-format":            {"com/alpha/w.json:14:23 warning unknown-format"},
		"16b-dup-ref":               {"com/alpha/u.json:16:15 warning duplicate-reference"},
		"17b-nullable-unknown-prop": {"com/alpha/n.json:17:11 error required-unknown-property", "com/alpha/n.json:20:11 error nullable-unknown-property"},
		"18-arrays":                 {"com/alpha/arr.json:54:23 warning inline-object"},
		"19d-encodings":             {"com/alpha/up2.json:8:21 warning invalid-encoding */*"},
		"23a-badjson":               {"a.json:2:19 error bad-json"},
		"23f-dupkeys":               {"com/alpha/dk.json:1:102 error duplicate-key", "com/alpha/dk.json:1:127 error duplicate-key"},
		"24-consts":                 {"com/alpha/k.json:41:15 warning local-known-value com.alpha.k#tok"},
		"28-inline":                 {"com/alpha/getIn.json:15:25 warning inline-object", "com/alpha/getIn.json:18:29 warning inline-object"},
	}
	for range 60 {
		want["10-deep-objects"] = append(want["10-deep-objects"], "com/alpha/deep.json warning inline-object")
	}
	cases, err := os.ReadDir(shared.Dir(t, "hostile"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if !c.IsDir() {
			continue
		}
		r := &diag.Report{}
		for _, f := range files(t, shared.Dir(t, "hostile", c.Name())) {
			parser.Parse(f, r)
		}
		if diff := cmp.Diff(want[c.Name()], lines(r, c.Name() != "10-deep-objects")); diff != "" {
			t.Errorf("%s differs (-want +got):\n%s", c.Name(), diff)
		}
	}
}

// lines returns a line for each diagnostic.
func lines(r *diag.Report, positions bool) []string {
	var list []string
	for _, d := range r.Diagnostics() {
		at := d.Span.Path()
		if positions {
			start := d.Span.File.Position(d.Span.Start)
			at = fmt.Sprintf("%s:%d:%d", at, start.Line, start.Column)
		}
		list = append(list, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", at, d.Severity, d.Code, d.Suggestion)))
	}
	return list
}

// TestInteropLexicons reads the interoperability vectors: valid lexicons have
// no errors, invalid ones are refused.
func TestInteropLexicons_LX01_LX03_LX04_LX08(t *testing.T) {
	t.Parallel()
	for _, set := range []struct {
		name  string
		valid bool
	}{{"lexicon-valid.json", true}, {"lexicon-invalid.json", false}} {
		data, err := os.ReadFile(filepath.Join(shared.Dir(t, "interop", "lexicon"), set.name))
		if err != nil {
			t.Fatal(err)
		}
		var vectors []struct {
			Name    string          `json:"name"`
			Lexicon json.RawMessage `json:"lexicon"`
		}
		if err := json.Unmarshal(data, &vectors); err != nil || len(vectors) == 0 {
			t.Fatalf("%d vectors, %v", len(vectors), err)
		}
		for _, v := range vectors {
			r := &diag.Report{}
			document := parser.Parse(diag.NewFile(v.Name, v.Lexicon), r)
			if document == nil || document.Broken == set.valid || r.HasErrors() == set.valid {
				t.Errorf("%s: valid is %t, want %t: %s", v.Name, !r.HasErrors(), set.valid, summary(r.Diagnostics()))
			}
		}
	}
}

func checkSpans(t *testing.T, r *diag.Report) {
	t.Helper()
	inside := func(at diag.Span) bool {
		return at.File == nil || 0 <= at.Start && at.Start <= at.End && at.End <= len(at.File.Source())
	}
	for _, d := range r.Diagnostics() {
		if !inside(d.Span) || slices.ContainsFunc(d.Notes, func(n diag.Note) bool { return !inside(n.Span) }) {
			t.Errorf("%s at %d-%d is not in the file of %d bytes", d.Code, d.Span.Start, d.Span.End, len(d.Span.File.Source()))
		}
		if d.Message == "" {
			t.Errorf("%s says %q", d.Code, d.Message)
		}
	}
}

// BenchmarkParse reads the 402 official files.
func BenchmarkParse(b *testing.B) {
	list := files(b, shared.Dir(b, "lexicons", "official"))
	b.ReportAllocs()
	for b.Loop() {
		for _, f := range list {
			parser.Parse(f, &diag.Report{})
		}
	}
}

func TestManyDiagnosticsAreCut(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString(`{"lexicon":1,"id":"com.example.thing","defs":{"main":{"type":"string"`)
	for i := range 3000 {
		fmt.Fprintf(&text, `,"x%d":1`, i)
	}
	text.WriteString(`},"other":{"type":"ref"}}}`)
	r := &diag.Report{}
	document := parser.Parse(diag.NewFile("x.json", []byte(text.String())), r)
	list := r.Diagnostics()
	if len(list) != 1000 || !document.Broken || !r.HasErrors() {
		t.Fatalf("%d diagnostics, broken is %t, errors are %t", len(list), document.Broken, r.HasErrors())
	}
	if got, want := list[999].Message, "the file has 2002 more problems from here on"; got != want {
		t.Errorf("the last says %q, want %q", got, want)
	}
}

func TestParseRunsConcurrently(t *testing.T) {
	t.Parallel()
	f := diag.NewFile("x.json", []byte(`{"lexicon":1,"id":"com.example.thing","defs":{"main":{"type":"array","items":{"type":"strin"}}}}`))
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			r := &diag.Report{}
			if parser.Parse(f, r); r.Len() != 1 {
				t.Errorf("%d diagnostics, want 1", r.Len())
			}
		})
	}
	workers.Wait()
}

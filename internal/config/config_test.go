package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/internal/golden"
	"github.com/lexgen/lexgen/parser/diag"
)

// TestParse reads testdata/parse: a lexgen.yaml, and what is found in it.
func TestParse(t *testing.T) {
	t.Parallel()
	golden.Run(t, "testdata/parse", func(t *testing.T, c *golden.Case) {
		r := &diag.Report{}
		config := Parse(diag.NewFile(FileName, []byte(c.In[FileName])), r)
		c.Output("report", render(t, r))
		c.Output("config", describe(config))
	})
}

// TestWithSums changes the sums of testdata/sums. The sum of the module at
// index N is made of N.
func TestWithSums(t *testing.T) {
	t.Parallel()
	golden.Run(t, "testdata/sums", func(t *testing.T, c *golden.Case) {
		r := &diag.Report{}
		config := Parse(diag.NewFile(FileName, []byte(c.In[FileName])), r)
		if r.HasErrors() {
			t.Fatal(render(t, r))
		}
		text, err := config.WithSums(sumsFor(config))
		if err != nil {
			c.Output("error", err.Error())
			return
		}
		c.Output(FileName, string(text))
	})
}

// sumsFor makes up a sum for each Go module.
func sumsFor(c *Config) map[int]string {
	sums := map[int]string{}
	for i, s := range c.Sources {
		if strings.HasPrefix(s.Value, "go:") {
			sums[i] = "h1:" + strings.Repeat(fmt.Sprint(i%10), 43) + "="
		}
	}
	return sums
}

func TestWithSumsKeepsLineEnds(t *testing.T) {
	t.Parallel()
	const text = "sources:\r\n- go:example.com/m@v1.0.0\r\nout: x"
	c := Parse(diag.NewFile(FileName, []byte(text)), &diag.Report{})
	got, err := c.WithSums(sumsFor(c))
	if err != nil {
		t.Fatal(err)
	}
	want := "sources:\r\n- source: go:example.com/m@v1.0.0\r\n  sum: " + sumsFor(c)[0] + "\r\nout: x"
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
}

func TestWithSumsOfAFileWithoutALineEnd(t *testing.T) {
	t.Parallel()
	const text = "\ufeffsources:\n  - go:example.com/größe@v1.0.0"
	c := Parse(diag.NewFile(FileName, []byte(text)), &diag.Report{})
	got, err := c.WithSums(sumsFor(c))
	if err != nil {
		t.Fatal(err)
	}
	want := "\ufeffsources:\n  - source: go:example.com/größe@v1.0.0\n    sum: " + sumsFor(c)[0]
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
}

func TestHostileTextIsRefused(t *testing.T) {
	t.Parallel()
	bomb := "a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b]\n"
	for name, text := range map[string]string{
		"aliases":        bomb,
		"brackets":       "sources: " + strings.Repeat("[", 100_000),
		"braces":         "sources: " + strings.Repeat("{a: ", 50_000),
		"entries":        "sources:\n" + strings.Repeat("- ", 100_000),
		"lines of dashs": deepBlocks(600),
		"size":           "sources: [" + strings.Repeat("a,", maxSize) + "]",
		"utf8":           "sources: [\xff]",
		"zero":           "sources: [a]\x00",
		"tag":            "sources: !!binary aGk=",
		"merge":          "<<: {sources: [a]}",
		"question":       "? sources\n: [a]",
		"documents":      "sources: [a]\n---\nsources: [b]",
		"directive":      "%YAML 1.2\n---\nsources: [a]",
		"end":            "sources: [a]\n...\n",
		"number":         "1",
		"list":           "- a",
		"text":           "hello",
		"tab":            "sources:\n\t- a",
		"unclosed quote": `sources: ["a`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &diag.Report{}
			c := Parse(diag.NewFile(FileName, []byte(text)), r)
			if !r.HasErrors() {
				t.Error("accepted")
			}
			if c == nil || len(c.Sources) != 0 {
				t.Errorf("result %v, want one without sources", c)
			}
			for _, d := range r.Diagnostics() {
				if d.Code != diag.CodeConfigInvalid {
					t.Errorf("code %s, want %s", d.Code, diag.CodeConfigInvalid)
				}
			}
		})
	}
}

// deepBlocks nests maps by indentation.
func deepBlocks(depth int) string {
	var b strings.Builder
	for i := range depth {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

func TestAMarkAtTheBeginningIsFine(t *testing.T) {
	t.Parallel()
	r := &diag.Report{}
	c := Parse(diag.NewFile(FileName, []byte("\ufeff# project\n---\nsources: [a]\n")), r)
	if r.Len() != 0 || len(c.Sources) != 1 {
		t.Errorf("%s, %d sources", render(t, r), len(c.Sources))
	}
}

func TestSchemaSaysWhatIsWanted(t *testing.T) {
	t.Parallel()
	var schema map[string]any
	if err := json.Unmarshal(Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	if schema["$schema"] != "https://json-schema.org/draft/2020-12/schema" {
		t.Errorf("$schema is %v", schema["$schema"])
	}
	var check func(at string, value any)
	check = func(at string, value any) {
		m, ok := value.(map[string]any)
		if !ok {
			return
		}
		_, hasType := m["type"].(string)
		_, hasEnum := m["enum"]
		if _, hasWant := m["x-want"].(string); (hasType || hasEnum) && !hasWant {
			t.Errorf("%s has no x-want, which messages are made of", at)
		}
		for key, child := range m {
			check(at+"/"+key, child)
		}
	}
	check("#", schema)
}

func TestFind(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files []string
		from  string
		want  string
	}{
		"here":               {[]string{"lexgen.yaml"}, ".", "lexgen.yaml"},
		"nowhere":            {[]string{"a/b/c"}, "a/b", ""},
		"above":              {[]string{"go.mod", "lexgen.yaml", "a/b/c"}, "a/b", "lexgen.yaml"},
		"the nearest":        {[]string{"go.mod", "lexgen.yaml", "a/lexgen.yaml", "a/b/c"}, "a/b", "a/lexgen.yaml"},
		"not behind go.mod":  {[]string{"go.mod", "lexgen.yaml", "a/go.mod", "a/b/c"}, "a/b", ""},
		"beside go.mod":      {[]string{"a/go.mod", "a/lexgen.yaml", "a/b/c"}, "a/b", "a/lexgen.yaml"},
		"above, no go.mod":   {[]string{"lexgen.yaml", "a/b/c"}, "a/b", ""},
		"here and in go.mod": {[]string{"go.mod", "lexgen.yaml"}, ".", "lexgen.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for _, file := range c.files {
				write(t, filepath.Join(dir, file), "")
			}
			got, err := Find(filepath.Join(dir, c.from))
			if err != nil {
				t.Fatal(err)
			}
			want := ""
			if c.want != "" {
				want = filepath.Join(dir, c.want)
			}
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestReplaceKeepsPermissionsAndLinks(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege")
	}
	dir := t.TempDir()
	target := filepath.Join(dir, "target.yaml")
	link := filepath.Join(dir, FileName)
	if err := os.WriteFile(target, []byte("old"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("target.yaml", link); err != nil {
		t.Fatal(err)
	}
	if err := Replace(link, []byte("new")); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(target)
	if err != nil || string(got) != "new" {
		t.Errorf("target holds %q, %v", got, err)
	}
	info, err := os.Lstat(link)
	if err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is %v, %v", info.Mode(), err)
	}
	if info, err = os.Stat(target); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("permissions %v, %v", info.Mode(), err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("%d files in the folder, %v", len(entries), err)
	}
}

func TestReadNamesWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Join(dir, "absent.yaml")} {
		if _, err := Read(path, &diag.Report{}); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v", path, err)
		}
	}
}

func TestPathIsRelativeToTheFile(t *testing.T) {
	t.Parallel()
	c := Parse(diag.NewFile("../up/lexgen.yaml", nil), &diag.Report{})
	if got, want := c.Path("a/b"), filepath.Join("..", "up", "a", "b"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	abs := t.TempDir()
	if got := c.Path(abs); got != abs {
		t.Errorf("got %q, want %q", got, abs)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func render(t *testing.T, r *diag.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := (diag.Text{}).Print(&b, r.Diagnostics()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// describe prints a configuration with its places.
func describe(c *Config) string {
	var b strings.Builder
	text := func(label string, t Text) {
		if t.Present() {
			start, end := t.At.Range()
			fmt.Fprintf(&b, "%s %q %d:%d-%d:%d\n", label, t.Value, start.Line, start.Column, end.Line, end.Column)
		}
	}
	for _, s := range c.Sources {
		text("source", s.Text)
		text("  sum", s.Sum)
	}
	for label, list := range sorted(map[string][]Text{"select": c.Select, "exclude": c.Exclude}) {
		for _, t := range list {
			text(label, t)
		}
	}
	text("out", c.Out)
	text("module", c.Module)
	text("docs", c.Docs)
	text("cbor", c.CBOR)
	for label, list := range sorted(map[string][]Entry{"package": c.Packages, "import": c.Imports, "name": c.Names}) {
		for _, e := range list {
			text(label, e.Key)
			text("  is", e.Value)
		}
	}
	if c.Strict {
		b.WriteString("strict\n")
	}
	text("breaking against", c.Breaking.Against)
	for _, t := range c.Breaking.Unstable {
		text("breaking unstable", t)
	}
	for _, i := range c.Breaking.Ignore {
		start, _ := i.Span().Range()
		fmt.Fprintf(&b, "breaking ignore %d:%d\n", start.Line, start.Column)
		text("  rule", i.Rule)
		text("  in", i.In)
		text("  reason", i.Reason)
		text("  until", i.Until)
	}
	for _, e := range c.Authorities {
		text("authority", e.Key)
		text("  is", e.Value)
	}
	text("install into", c.Install.Into)
	text("install lock", c.Install.Lock)
	for _, s := range c.Install.Sources {
		text("install source", s.Text)
		text("  sum", s.Sum)
	}
	for _, s := range c.Install.Frozen {
		text("install frozen", s.Text)
	}
	for _, e := range c.Lint.Rules {
		text("lint rule", e.Key)
		text("  is", e.Value)
	}
	text("lint baseline", c.Lint.Baseline)
	return b.String()
}

func sorted[V any](m map[string]V) func(yield func(string, V) bool) {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return func(yield func(string, V) bool) {
		for _, key := range keys {
			if !yield(key, m[key]) {
				return
			}
		}
	}
}

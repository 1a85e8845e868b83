package config

import (
	"testing"

	"github.com/lexgen/lexgen/parser/diag"
)

// FuzzParse proves that no text makes the parser panic, that every diagnostic
// lies inside the file, and that sums go in where the file is accepted and its
// sources lie in single lines.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"",
		"sources: [a]",
		"sources:\n  - a # b\n  - source: go:m.example/x@v1.0.0\n    sum: h1:0000000000000000000000000000000000000000000=\n",
		"sources: [go:m.example/x@v1.0.0, {source: \"go:m.example/y@v1.0.0\"}]",
		"sources:\n- 'go:m.example/it''s@v1.0.0'\n",
		"sources: [a]\nout: >-\n  folded\n  text\nmodule: |\n  literal\n",
		"sources: [a]\nnames: {a.b.c: A, \"a.b.d\": B}\nstrict: true\ndocs: none\n",
		"? a\n: &x b\nc: *x\n<<: {}\n!!t d: e",
		"a: [b: c, {d]}\n\t- x\r\ry: 'z",
		"\ufeffsources:\r\n- \"a\\u0041\\\n  b\"\r\n",
		"sources: [1, 0x1f, .inf, ~, 2001-01-01]",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file := diag.NewFile(FileName, text)
		r := &diag.Report{}
		c := Parse(file, r)
		for _, d := range r.Diagnostics() {
			if s := d.Span; s.File != file || s.Start < 0 || s.End < s.Start || s.End > len(text) {
				t.Errorf("%s: span %d to %d of %d bytes", d.Message, s.Start, s.End, len(text))
			}
		}
		if !r.HasErrors() {
			checkSums(t, c)
		}
	})
}

// checkSums puts sums in. WithSums itself compares the result with what was
// wanted, so that an error is an answer; a wrong text is none.
func checkSums(t *testing.T, c *Config) {
	sums := sumsFor(c)
	text, err := c.WithSums(sums)
	if err != nil {
		return
	}
	again := &diag.Report{}
	after := Parse(diag.NewFile(FileName, text), again)
	if again.HasErrors() {
		t.Fatalf("does not parse with sums:\n%s", text)
	}
	for i, s := range after.Sources {
		if want, ok := sums[i]; s.Value != c.Sources[i].Value || ok && s.Sum.Value != want {
			t.Errorf("source %d is %q with the sum %q:\n%s", i, s.Value, s.Sum.Value, text)
		}
	}
}

package diag_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/lexgen/lexgen/parser/diag"
)

var (
	headPattern    = regexp.MustCompile(`^.*:[1-9]\d*:[1-9]\d*: (error|note): .*$`)
	excerptPattern = regexp.MustCompile(`^ [1-9]\d* \|( .*)?$`)
	marksPattern   = regexp.MustCompile(`^  +\| +(\^+|-+)$`)
)

// FuzzText demands of the rendering of any diagnostic that it has the lines it
// should have, that everything in it is visible, and that its size is bounded.
func FuzzText(f *testing.F) {
	f.Add([]byte("{\"a\": 1}\n"), "a.json", "message", 2, 5)
	f.Add([]byte("\ufeff\t\x1b[31m\r\n\u202e\xff"), "\x1b.json", "\r\n\u2066", 3, 99)
	f.Add([]byte(strings.Repeat("e\u0301\u0302", 9000)), "x", strings.Repeat("m", 5000), 27000, 27010)
	f.Add([]byte("\u0600\xff👨\u200d👩"), "x", "", -1, 0)
	f.Fuzz(func(t *testing.T, src []byte, path, message string, start, end int) {
		span := diag.Span{File: diag.NewFile(path, src), Start: start, End: end}
		out := render(t, diag.Text{}, []diag.Diagnostic{{
			Code: diag.CodeBadJSON, Span: span, Message: message,
			Notes:      []diag.Note{{Span: span, Text: message}, {Text: path}},
			Suggestion: message, Help: path,
		}})
		checkVisible(t, out)
		checkShape(t, strings.Split(strings.TrimSuffix(out, "\n"), "\n"))
		if limit := 16<<10 + 80*len(path) + 80*len(message); len(out) > limit {
			t.Errorf("got %d bytes, want at most %d", len(out), limit)
		}
	})
}

// checkVisible accepts joiners, because they stand inside of clusters only.
func checkVisible(t *testing.T, out string) {
	t.Helper()
	if !utf8.ValidString(out) {
		t.Errorf("not UTF-8: %q", out)
	}
	for _, r := range out {
		if r != '\n' && r != '\u200c' && r != '\u200d' && !unicode.IsPrint(r) {
			t.Errorf("%U in %q", r, out)
		}
	}
}

func checkShape(t *testing.T, lines []string) {
	t.Helper()
	shape := []*regexp.Regexp{headPattern, excerptPattern, marksPattern, headPattern, excerptPattern, marksPattern}
	if len(lines) < len(shape) {
		t.Fatalf("got %d lines, want at least %d: %q", len(lines), len(shape), lines)
	}
	for i, pattern := range shape {
		if !pattern.MatchString(lines[i]) {
			t.Errorf("line %d: %q does not match %s", i+1, lines[i], pattern)
		}
	}
	for _, line := range lines[len(shape):] {
		if !strings.Contains(line, " = note: ") && !strings.Contains(line, " = help: ") {
			t.Errorf("odd line %q", line)
		}
	}
}

// FuzzJSONAndGitHub demands that neither printer lets anything invisible through
// and that annotations are one line each.
func FuzzJSONAndGitHub(f *testing.F) {
	f.Add([]byte("{}"), "a.json", "message")
	f.Add([]byte("\n\n"), "a,b:c%\r\n.json", "::error::\x1b[0m\u2028\U000e0041\xff")
	f.Fuzz(func(t *testing.T, src []byte, path, message string) {
		span := diag.Span{File: diag.NewFile(path, src), End: len(src)}
		list := []diag.Diagnostic{{Code: diag.CodeBadJSON, Span: span, Message: message, Help: message}}
		checkVisible(t, render(t, diag.JSON{}, list))
		annotation := render(t, diag.GitHub{}, list)
		checkVisible(t, annotation)
		if strings.Count(annotation, "\n") != 1 || !strings.HasPrefix(annotation, "::error file=") {
			t.Errorf("got %q, want one command", annotation)
		}
	})
}

// Package diagtest reads diagnostics from golden cases, so that the tests of
// printers are text.
package diagtest

import (
	"bytes"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/lexgen/lexgen/internal/golden"
	"github.com/lexgen/lexgen/parser/diag"
)

// Diagnostics reads the file in/diagnostics of a case. Its lines are
//
//	error|warning CODE FILE NEEDLE MESSAGE
//	note FILE NEEDLE TEXT
//	suggest TEXT
//	help TEXT
//
// where the last three belong to the diagnostic above, and each field behind the
// first is a word or a Go string. FILE is a file below in/, or - for no place;
// NEEDLE is the text that the span covers, at its first occurrence, or "" for the
// end of the file. The lines of a file named FILE.q are
// bodies of Go strings.
func Diagnostics(t *testing.T, c *golden.Case) []diag.Diagnostic {
	t.Helper()
	r := &reader{t: t, files: files(t, c)}
	for line := range strings.Lines(c.In["diagnostics"]) {
		r.line(strings.TrimSpace(line))
	}
	return r.list
}

// files returns the sources of a case by path.
func files(t *testing.T, c *golden.Case) map[string]*diag.File {
	t.Helper()
	files := map[string]*diag.File{}
	for name, text := range c.In {
		if base, ok := strings.CutSuffix(name, ".q"); ok {
			name, text = unquote(t, base), unquoteLines(t, text)
		}
		files[name] = diag.NewFile(name, []byte(text))
	}
	return files
}

func unquoteLines(t *testing.T, text string) string {
	t.Helper()
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(unquote(t, strings.TrimSuffix(line, "\n")))
	}
	return b.String()
}

// unquote replaces the escapes of Go strings; quotation marks need none.
func unquote(t *testing.T, body string) string {
	t.Helper()
	var text []byte
	for rest := body; rest != ""; {
		r, isRune, tail, err := strconv.UnquoteChar(rest, 0)
		if err != nil {
			t.Fatalf("%q: %v", body, err)
		}
		if rest = tail; isRune {
			text = utf8.AppendRune(text, r)
		} else {
			text = append(text, byte(r))
		}
	}
	return string(text)
}

type reader struct {
	t     *testing.T
	files map[string]*diag.File
	list  []diag.Diagnostic
}

func (r *reader) line(line string) {
	r.t.Helper()
	keyword, rest, _ := strings.Cut(line, " ")
	fields := r.fields(rest)
	switch {
	case keyword == "error" && len(fields) == 4:
		r.add(diag.Error, fields)
	case keyword == "warning" && len(fields) == 4:
		r.add(diag.Warning, fields)
	case keyword == "note" && len(fields) == 3:
		r.apply(diag.WithNote(r.span(fields[0], fields[1]), fields[2]))
	case keyword == "suggest" && len(fields) == 1:
		r.apply(diag.Suggest(fields[0]))
	case keyword == "help" && len(fields) == 1:
		r.apply(diag.Help(fields[0]))
	default:
		r.t.Fatalf("in/diagnostics: %q", line)
	}
}

func (r *reader) add(severity diag.Severity, fields []string) {
	r.t.Helper()
	r.list = append(r.list, diag.Diagnostic{
		Severity: severity,
		Code:     diag.Code(fields[0]),
		Span:     r.span(fields[1], fields[2]),
		Message:  fields[3],
	})
}

func (r *reader) apply(opt diag.Option) {
	r.t.Helper()
	if len(r.list) == 0 {
		r.t.Fatal("in/diagnostics begins with a line that belongs to a diagnostic")
	}
	opt(&r.list[len(r.list)-1])
}

func (r *reader) span(file, needle string) diag.Span {
	r.t.Helper()
	if file == "-" {
		return diag.Span{}
	}
	f := r.files[file]
	if f == nil {
		r.t.Fatalf("in/diagnostics names %q, which is not there", file)
	}
	if needle == "" {
		return diag.Span{File: f, Start: len(f.Source()), End: len(f.Source())}
	}
	start := bytes.Index(f.Source(), []byte(needle))
	if start < 0 {
		r.t.Fatalf("%s has no %q", file, needle)
	}
	return diag.Span{File: f, Start: start, End: start + len(needle)}
}

// fields cuts a line into words and Go strings.
func (r *reader) fields(rest string) []string {
	r.t.Helper()
	var fields []string
	for rest = strings.TrimSpace(rest); rest != ""; rest = strings.TrimSpace(rest) {
		quoted, err := strconv.QuotedPrefix(rest)
		if err != nil {
			word, _, _ := strings.Cut(rest, " ")
			fields, rest = append(fields, word), rest[len(word):]
			continue
		}
		text, err := strconv.Unquote(quoted)
		if err != nil {
			r.t.Fatal(err)
		}
		fields, rest = append(fields, text), rest[len(quoted):]
	}
	return fields
}

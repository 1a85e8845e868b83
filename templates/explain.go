package templates

import (
	"embed"
	"io"
	"strings"
	"sync"
	"text/template"

	"github.com/lexgen/lexgen/internal/visible"
)

//go:embed *.tmpl
var files embed.FS

// Page is the documentation of one code.
type Page struct {
	Code, Severity, Title string
	Text                  string // paragraphs, without a newline at the end
	Examples              []Example
}

// Example is a file that has a problem, or one without it.
type Example struct {
	Heading string // what it shows
	Path    string
	Data    string
}

// Lines returns the lines of the file, each safe to print and of bounded
// length.
func (e Example) Lines() []string {
	var lines []string
	for line := range strings.Lines(e.Data) {
		lines = append(lines, visible.Clipped(strings.TrimRight(line, "\r\n"), lineLimit))
	}
	return lines
}

// Explain prints the page of a code. Errors are those of the writer.
func Explain(w io.Writer, page Page) error { return execute(w, "explain.txt.tmpl", page) }

// Codes prints one line for each page: code, severity and title. Errors are
// those of the writer.
func Codes(w io.Writer, pages []Page) error { return execute(w, "codes.txt.tmpl", pages) }

// execute prints all or nothing, so that an error leaves no half page.
func execute(w io.Writer, name string, data any) error {
	var b strings.Builder
	if err := parsed().ExecuteTemplate(&b, name, data); err != nil {
		return err
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// parsed holds the templates that this package executes itself.
var parsed = sync.OnceValue(func() *template.Template {
	t := template.New("").Funcs(template.FuncMap{"visible": Visible})
	return template.Must(t.ParseFS(files, "explain.txt.tmpl", "codes.txt.tmpl")) // embedded: fails in every test or never
})

package diag

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/lexgen/lexgen/internal/visible"
)

// textLimit is how many code points of a message, a note or a hint the text
// printer shows.
const textLimit = 1000

// Text prints diagnostics for people: a line with place, severity, message and
// code, the source line with the span underlined, each note in the same way, and
// then the hints. A blank line separates two diagnostics. What the input has
// that is not visible reads <U+202E> or <FF>, tabs are four blanks, and of a line
// wider than 160 columns the part around the span is shown.
type Text struct {
	Color bool // with terminal colours
}

// Print renders the diagnostics.
func (t Text) Print(w io.Writer, list []Diagnostic) error {
	p := &textPrinter{paint: paint(t.Color)}
	for i, d := range list {
		if i > 0 {
			p.out.WriteByte('\n')
		}
		p.diagnostic(d)
	}
	_, err := w.Write(p.out.Bytes())
	return err
}

type textPrinter struct {
	out   bytes.Buffer
	paint paint
}

func (p *textPrinter) diagnostic(d Diagnostic) {
	style := styleOf(d.Severity)
	p.place(d.Span)
	fmt.Fprintf(&p.out, "%s %s %s\n",
		p.paint.as(style, d.Severity.String()+":"),
		p.paint.as(styleMessage, visible.Clipped(d.Message, textLimit)),
		p.paint.as(style, "["+visible.Text(string(d.Code))+"]"))
	gutter := p.excerpt(d.Span, style, "^")
	for _, note := range d.Notes {
		gutter = max(gutter, p.note(note, gutter))
	}
	for _, hint := range d.Hints() {
		p.trailer(gutter, "help", hint)
	}
}

// note prints a note and returns the width of its gutter.
func (p *textPrinter) note(n Note, gutter int) int {
	if n.Span.IsZero() {
		p.trailer(gutter, "note", n.Text)
		return 0
	}
	p.place(n.Span)
	fmt.Fprintf(&p.out, "%s %s\n", p.paint.as(styleNote, "note:"), visible.Clipped(n.Text, textLimit))
	return p.excerpt(n.Span, styleNote, "-")
}

// place prints the beginning of a line that names a place.
func (p *textPrinter) place(span Span) {
	if span.IsZero() {
		return
	}
	at := span.File.Position(span.Start)
	fmt.Fprintf(&p.out, "%s:%d:%d: ", visible.Text(span.Path()), at.Line, at.Column)
}

// excerpt prints the source of a span and returns the width of its gutter, 0 if
// there is no place.
func (p *textPrinter) excerpt(span Span, s style, mark string) (gutter int) {
	if span.IsZero() {
		return 0
	}
	x := excerptOf(span, mark)
	number := strconv.Itoa(x.line)
	p.gutter(number)
	p.out.WriteString(strings.TrimRight(" "+x.text, " ") + "\n")
	p.gutter(strings.Repeat(" ", len(number)))
	blank := len(x.underline) - len(strings.TrimLeft(x.underline, " "))
	p.out.WriteString(" " + x.underline[:blank] + p.paint.as(s, x.underline[blank:]) + "\n")
	return len(number)
}

func (p *textPrinter) gutter(number string) {
	p.out.WriteString(" " + p.paint.as(styleGutter, number+" |"))
}

// trailer prints a sentence below an excerpt with a gutter of that width.
func (p *textPrinter) trailer(gutter int, label, sentence string) {
	fmt.Fprintf(&p.out, " %s %s %s\n",
		strings.Repeat(" ", max(gutter, 1))+p.paint.as(styleGutter, " ="),
		p.paint.as(styleNote, label+":"),
		visible.Clipped(sentence, textLimit))
}

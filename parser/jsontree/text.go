package jsontree

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/lexgen/lexgen/parser/diag"
)

func (p *reader) stringValue() Value {
	s := p.string()
	if p.failed {
		return nil
	}
	return s
}

// string reads a string; the opening quote is next. The text is cut off, and
// failed set, where the string does not end.
func (p *reader) string() *String {
	s := &String{Node: p.node(p.pos)}
	p.pos++
	s.Text = p.characters(s.At.Start)
	s.At.End = p.pos
	return s
}

// characters reads to the closing quote and over it. Only the first character
// that is wrong is reported.
func (p *reader) characters(start int) string {
	p.badText = false
	var text strings.Builder // what is before from, if an escape was seen
	for from := p.pos; ; {
		if p.end() || p.src[p.pos] == '\n' {
			p.unclosed(start)
			return ""
		}
		switch c := p.src[p.pos]; {
		case c == '"':
			p.pos++
			rest := p.clean(from, p.pos-1)
			if text.Len() == 0 {
				return rest
			}
			text.WriteString(rest)
			return text.String()
		case c == '\\':
			text.WriteString(p.clean(from, p.pos))
			text.WriteRune(p.escape())
			from = p.pos
		case c < ' ':
			p.wrong(p.span(p.pos, p.pos+1),
				fmt.Sprintf("the control character U+%04X stands in a string as it is", c),
				fmt.Sprintf(`write \u%04x`, c))
			p.pos++
		default:
			p.pos++
		}
	}
}

// unclosed reports a string without an end, unless something else in it was
// reported: where the file is cut, its last character may be, too.
func (p *reader) unclosed(start int) {
	if !p.badText && p.badByte < start {
		p.fail(p.span(start, p.pos), "the string has no closing quote")
	}
	p.failed = true
}

// wrong reports a character that cannot stand in a string, unless the string
// has had one.
func (p *reader) wrong(at diag.Span, message, help string) {
	if !p.badText {
		p.report.Error(diag.CodeBadJSON, at, message, diag.Help(help))
	}
	p.badText = true
}

// clean returns the source from start to end as UTF-8.
func (p *reader) clean(start, end int) string {
	if p.badByte < 0 {
		return string(p.src[start:end])
	}
	return strings.ToValidUTF8(string(p.src[start:end]), string(utf8.RuneError))
}

// escape reads an escape; the backslash is next.
func (p *reader) escape() rune {
	start := p.pos
	p.pos++
	if p.end() {
		return utf8.RuneError // the missing quote is reported
	}
	c := p.src[p.pos]
	if c == 'u' {
		return p.unicodeEscape(start)
	}
	if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 {
		p.pos++
		return rune("\"\\/\b\f\n\r\t"[i])
	}
	if c < ' ' {
		return utf8.RuneError // reported as what it is, a control character
	}
	if c < utf8.RuneSelf {
		p.pos++
	}
	p.wrong(p.span(start, p.pos), "JSON has no such escape", `write \\ for a backslash`)
	return utf8.RuneError
}

// unicodeEscape reads an escape of four digits, or the two that make up a
// surrogate pair. The u is next.
func (p *reader) unicodeEscape(start int) rune {
	first, ok := p.hex()
	if !ok {
		p.wrong(p.span(start, p.pos), `\u is followed by four hexadecimal digits`, `write \\ for a backslash`)
		return utf8.RuneError
	}
	if !utf16.IsSurrogate(first) {
		return first
	}
	end := p.pos
	if p.pos+1 < len(p.src) && p.src[p.pos] == '\\' && p.src[p.pos+1] == 'u' {
		p.pos++
		if second, ok := p.hex(); ok {
			if pair := utf16.DecodeRune(first, second); pair != utf8.RuneError {
				return pair
			}
		}
	}
	p.pos = end
	p.wrong(p.span(start, end), "half of a surrogate pair is no character", "write the character itself, or both halves")
	return utf8.RuneError
}

// hex reads four hexadecimal digits; the u before them is next. Without them
// it steps over the u only.
func (p *reader) hex() (rune, bool) {
	p.pos++
	if len(p.src)-p.pos < 4 {
		return 0, false
	}
	n, err := strconv.ParseUint(string(p.src[p.pos:p.pos+4]), 16, 16)
	if err != nil {
		return 0, false
	}
	p.pos += 4
	return rune(n), true
}

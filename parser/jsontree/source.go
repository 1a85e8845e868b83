package jsontree

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/lexgen/lexgen/parser/diag"
)

const byteOrderMark = "\ufeff"

// encoding checks the file's encoding and steps over a byte-order mark. It
// reports false if reading on has no sense.
func (p *reader) encoding() bool {
	if bytes.HasPrefix(p.src, []byte("\xff\xfe")) || bytes.HasPrefix(p.src, []byte("\xfe\xff")) {
		p.report.Error(diag.CodeBadUTF8, p.span(0, 2), "the file is UTF-16, lexicons are UTF-8")
		return false
	}
	if bytes.HasPrefix(p.src, []byte(byteOrderMark)) {
		p.pos = len(byteOrderMark)
		p.report.Warning(diag.CodeByteOrderMark, p.span(0, p.pos), "the file begins with a byte-order mark",
			diag.Help("save it as UTF-8 without one: some readers refuse it"))
	}
	if !utf8.Valid(p.src) {
		p.badByte = firstInvalid(p.src)
		p.report.Error(diag.CodeBadUTF8, p.span(p.badByte, p.badByte+1),
			fmt.Sprintf("byte 0x%02X is not UTF-8", p.src[p.badByte]), diag.Help("save the file as UTF-8"))
	}
	return true
}

// firstInvalid returns the offset of the first byte that is not UTF-8; there
// is one.
func firstInvalid(src []byte) int {
	for i := 0; ; {
		r, size := utf8.DecodeRune(src[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
}

// fail reports an error behind which nothing can be read. An error at the byte
// that is not UTF-8 is reported as such already.
func (p *reader) fail(at diag.Span, message string, opts ...diag.Option) {
	if !p.failed && (p.badByte < 0 || at.Start != p.badByte) {
		p.report.Error(diag.CodeBadJSON, at, message, opts...)
	}
	p.failed = true
}

// expected fails with what should stand here.
func (p *reader) expected(what string, opts ...diag.Option) {
	if !p.end() && p.src[p.pos] == '/' || !p.end() && p.src[p.pos] == '#' {
		opts = append(opts, diag.Help("JSON has no comments; use a description"))
	}
	p.fail(p.here(), fmt.Sprintf("expected %s, found %s", what, p.found()), opts...)
}

// found describes what is next.
func (p *reader) found() string {
	if p.end() {
		return "the end of the file"
	}
	r, _ := utf8.DecodeRune(p.src[p.pos:])
	return fmt.Sprintf("%q", r)
}

// here is the place of the next character, or of the file's end.
func (p *reader) here() diag.Span {
	_, size := utf8.DecodeRune(p.src[p.pos:])
	return p.span(p.pos, p.pos+size)
}

func (p *reader) span(start, end int) diag.Span {
	return diag.Span{File: p.file, Start: start, End: end}
}

func (p *reader) node(start int) Node { return Node{p.span(start, start)} }

func (p *reader) end() bool { return p.pos == len(p.src) }

// space skips what JSON calls white space.
func (p *reader) space() {
	for !p.end() {
		switch p.src[p.pos] {
		case ' ', '\t', '\r', '\n':
			p.pos++
		default:
			return
		}
	}
}

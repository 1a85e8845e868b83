package config

import (
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/token"

	"github.com/lexgen/lexgen/parser/diag"
)

// span returns a range of bytes of the source as one of the file.
func (y *yamlReader) span(start, end int) diag.Span {
	return diag.Span{File: y.file, Start: y.skip + start, End: y.skip + end}
}

// offset returns the byte that a token begins at. Offsets of the YAML library
// count code points and drift behind comments and line ends; its lines and
// columns are right.
func (y *yamlReader) offset(t *token.Token) int {
	line := min(max(t.Position.Line, 1), len(y.lines))
	at := y.lines[line-1]
	for range max(t.Position.Column, 1) - 1 {
		r, size := utf8.DecodeRuneInString(y.source[at:])
		if size == 0 || r == '\n' {
			break
		}
		at += size
	}
	return at
}

// tokenSpan returns the place of the first character of a token.
func (y *yamlReader) tokenSpan(t *token.Token) diag.Span {
	at := y.offset(t)
	_, size := utf8.DecodeRuneInString(y.source[at:])
	return y.span(at, at+size)
}

// scalarSpan returns the place of a scalar, quotes included.
func (y *yamlReader) scalarSpan(t *token.Token) diag.Span {
	at := y.offset(t)
	rest := y.source[at:]
	switch {
	case t.Type == token.DoubleQuoteType && strings.HasPrefix(rest, `"`):
		return y.span(at, at+quotedLength(rest, '\\'))
	case t.Type == token.SingleQuoteType && strings.HasPrefix(rest, `'`):
		return y.span(at, at+quotedLength(rest, 0))
	case strings.HasPrefix(rest, t.Value):
		return y.span(at, at+len(t.Value))
	}
	line, _, _ := strings.Cut(rest, "\n")
	return y.span(at, at+len(strings.TrimRight(line, " \r")))
}

// quotedLength returns the length of a quoted scalar at the beginning of the
// text, its quotes included. Without an escape character a doubled quote stands
// for itself.
func quotedLength(text string, escape byte) int {
	quote := text[0]
	for i := 1; i < len(text); i++ {
		switch {
		case escape != 0 && text[i] == escape:
			i++
		case text[i] == quote && i+1 < len(text) && escape == 0 && text[i+1] == quote:
			i++
		case text[i] == quote:
			return i + 1
		}
	}
	return len(text)
}

// Package visible makes hostile text harmless to show.
package visible

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Cut stands where a text was cut.
const Cut = "..."

// Text returns the text with everything replaced that could move the cursor,
// reorder, hide or recolour what a terminal or a web page shows: control
// characters, escapes, bidirectional overrides, invisible and unassigned
// characters, and bytes that are not UTF-8. What is replaced reads <U+202E> or
// <FF>. The result is one line.
func Text(text string) string {
	if isVisible(text) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		b.WriteString(Rune(r, text[i:i+size]))
		i += size
	}
	return b.String()
}

// Clipped returns the visible form of the first limit code points.
func Clipped(text string, limit int) string {
	for i := range text {
		if limit == 0 {
			return Text(text[:i]) + Cut
		}
		limit--
	}
	return Text(text)
}

func isVisible(text string) bool {
	for i, r := range text {
		if !unicode.IsPrint(r) || r == utf8.RuneError && !strings.HasPrefix(text[i:], "\ufffd") {
			return false
		}
	}
	return true
}

// Rune returns the visible form of a rune that raw decodes to.
func Rune(r rune, raw string) string {
	switch {
	case r == utf8.RuneError && len(raw) == 1:
		return fmt.Sprintf("<%02X>", raw[0])
	case !unicode.IsPrint(r):
		return fmt.Sprintf("<U+%04X>", r)
	}
	return raw
}

// JSON returns a JSON text in which each character that is not visible is
// written as an escape; the values stay what they are. Outside of strings a JSON
// text has only line feeds, which stay, too.
func JSON(text []byte) []byte {
	var out []byte
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == '\n' || unicode.IsPrint(r) {
			out = append(out, text[i:i+size]...)
		} else {
			out = appendEscape(out, r)
		}
		i += size
	}
	return out
}

func appendEscape(out []byte, r rune) []byte {
	if high, low := utf16.EncodeRune(r); high != unicode.ReplacementChar {
		return fmt.Appendf(out, `\u%04x\u%04x`, high, low)
	}
	return fmt.Appendf(out, `\u%04x`, r)
}

package syntax

import (
	"strconv"
	"strings"
)

// A fault is what a scanner found wrong, and at which byte. The zero fault
// means that nothing is wrong. Scanners return faults rather than errors, so
// that they can be nested, and cost nothing where the text is right.
type fault struct {
	at     int
	reason string
}

func (f fault) found() bool { return f.reason != "" }

// shift returns f with its place moved, for a scanner that ran on a part of
// the text.
func (f fault) shift(by int) fault {
	f.at += by
	return f
}

// parse returns text as a T if scan finds no fault.
func parse[T ~string](format, text string, scan func(string) fault) (T, error) {
	if f := scan(text); f.found() {
		return "", newError(format, text, f)
	}
	return T(text), nil
}

// tooLong returns a fault if text is longer than limit bytes. Scanners call it
// before anything else.
func tooLong(text string, limit int) fault {
	if len(text) > limit {
		return fault{limit, "longer than " + strconv.Itoa(limit) + " bytes"}
	}
	return fault{}
}

func isLower(c byte) bool { return 'a' <= c && c <= 'z' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isAlpha(c byte) bool { return isLower(c | 0x20) }
func isAlnum(c byte) bool { return isAlpha(c) || isDigit(c) }

// firstNot returns the index of the first byte of text that is not in class,
// or len(text).
func firstNot(text string, class func(byte) bool) int {
	for i := range len(text) {
		if !class(text[i]) {
			return i
		}
	}
	return len(text)
}

// cutSegment returns the text before the first sep, and whether there is one.
func cutSegment(text string, sep byte) (segment string, more bool) {
	segment, _, more = strings.Cut(text, string(rune(sep)))
	return segment, more
}

// lowerASCII returns text with its ASCII letters in lower case. It returns
// text itself where it has no others.
func lowerASCII(text string) string {
	for i := range len(text) {
		if c := text[i]; 'A' <= c && c <= 'Z' {
			return lowerCopy(text)
		}
	}
	return text
}

func lowerCopy(text string) string {
	b := []byte(text)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c | 0x20
		}
	}
	return string(b)
}

// equalFold compares ASCII letters without regard to case, and everything
// else exactly; strings.EqualFold would equate some non-ASCII letters as well.
func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if a[i] != b[i] && (!isAlpha(a[i]) || a[i]|0x20 != b[i]|0x20) {
			return false
		}
	}
	return true
}

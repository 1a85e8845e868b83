package syntax

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxURILen is the greatest length of a URI in bytes.
const MaxURILen = 8192

// URI is a URI of any scheme (SY-23), of which only the outline is checked.
type URI string

// ParseURI returns text as a URI if it has the outline of one: a scheme, which
// is a letter followed by letters, digits and `+.-`; a colon; and at least one
// character, without white space and control characters. Characters beyond
// ASCII are accepted, because people paste them.
func ParseURI(text string) (URI, error) {
	return parse[URI](FormatURI, text, scanURI)
}

// String returns u as a string.
func (u URI) String() string { return string(u) }

// Scheme returns what stands before the colon, in lower case.
func (u URI) Scheme() string {
	scheme, _, _ := strings.Cut(string(u), ":")
	return lowerASCII(scheme)
}

func isSchemeChar(c byte) bool { return isAlnum(c) || c == '+' || c == '.' || c == '-' }

func scanURI(text string) fault {
	if f := tooLong(text, MaxURILen); f.found() {
		return f
	}
	colon := firstNot(text, isSchemeChar)
	switch {
	case colon == 0 || !isAlpha(text[0]):
		return fault{0, "does not begin with a scheme"}
	case colon == len(text) || text[colon] != ':':
		return fault{colon, "no colon behind the scheme"}
	case colon+1 == len(text):
		return fault{colon + 1, "nothing behind the scheme"}
	}
	return scanVisible(text[colon+1:]).shift(colon + 1)
}

// scanVisible finds what is no visible character.
func scanVisible(text string) fault {
	for i, r := range text {
		switch {
		case ' ' < r && r < 0x7f:
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], string(utf8.RuneError)):
			return fault{i, "not valid UTF-8"}
		case unicode.IsSpace(r) || r == '\uFEFF':
			return fault{i, "white space"}
		case unicode.IsControl(r):
			return fault{i, "control character"}
		}
	}
	return fault{}
}

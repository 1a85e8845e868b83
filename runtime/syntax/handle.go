package syntax

import "strings"

// MaxHandleLen is the greatest length of a handle in bytes.
const MaxHandleLen = 253

// maxLabelLen is the greatest length of one label of a domain name in bytes.
const maxLabelLen = 63

// HandleInvalid stands in output where an account has no handle that leads
// back to it (SY-08). It is never accepted as an account's handle.
const HandleInvalid Handle = "handle.invalid"

// Handle is a domain name that leads to an account, such as alice.example.com
// (SY-05). Letter case has no meaning in a handle: [Handle.Normalize] comes
// before storage, comparison and output (SY-06).
type Handle string

// ParseHandle returns text as a handle if it has the syntax of one: at least
// two labels of 1 to 63 letters, digits and inner hyphens, joined by dots,
// the last beginning with a letter, [MaxHandleLen] bytes in all. Text keeps
// its letter case. Handles that have the syntax and may yet not be used are
// told by [Handle.AllowedTLD].
func ParseHandle(text string) (Handle, error) {
	return parse[Handle](FormatHandle, text, scanHandle)
}

// String returns h as a string.
func (h Handle) String() string { return string(h) }

// Normalize returns h in lower case.
func (h Handle) Normalize() Handle { return Handle(lowerASCII(string(h))) }

// IsInvalid reports whether h is [HandleInvalid], in any letter case.
func (h Handle) IsInvalid() bool { return equalFold(string(h), string(HandleInvalid)) }

// TLD returns the last label of h in lower case.
func (h Handle) TLD() string {
	return lowerASCII(string(h[strings.LastIndexByte(string(h), '.')+1:]))
}

// Environment says where a handle or host name is to be used.
type Environment int

const (
	// Production is the public network.
	Production Environment = iota
	// Development is a network of one's own, where names under .test are fine.
	Development
)

// AllowedTLD reports whether a handle under h's top-level domain may be
// registered and resolved in env (SY-07). The reserved domains alt, arpa,
// example, internal, invalid, local, localhost and onion pass the syntax but
// never this; test passes in development only.
func (h Handle) AllowedTLD(env Environment) bool {
	switch h.TLD() {
	case "alt", "arpa", "example", "internal", "invalid", "local", "localhost", "onion":
		return false
	case "test":
		return env == Development
	}
	return true
}

func scanHandle(text string) fault {
	if f := tooLong(text, MaxHandleLen); f.found() {
		return f
	}
	if f := scanLabels(text); f.found() {
		return f
	}
	switch last := strings.LastIndexByte(text, '.') + 1; {
	case last == 0:
		return fault{len(text), "not a domain name of two or more labels"}
	case !isAlpha(text[last]):
		return fault{last, "top-level domain does not begin with a letter"}
	}
	return fault{}
}

// scanLabels scans the labels of a domain name, in either order.
func scanLabels(text string) fault {
	for at := 0; ; {
		label, more := cutSegment(text[at:], '.')
		if f := scanLabel(label); f.found() || !more {
			return f.shift(at)
		}
		at += len(label) + 1
	}
}

// scanLabel scans one label of a domain name.
func scanLabel(label string) fault {
	if label == "" {
		return fault{0, "empty label"}
	}
	if i := firstNot(label, isLabelChar); i < len(label) {
		return fault{i, "character other than a letter, digit or hyphen"}
	}
	last := len(label) - 1
	switch {
	case label[0] == '-':
		return fault{0, "label begins with a hyphen"}
	case label[last] == '-':
		return fault{last, "label ends with a hyphen"}
	case len(label) > maxLabelLen:
		return fault{maxLabelLen, "label is longer than 63 bytes"}
	}
	return fault{}
}

func isLabelChar(c byte) bool { return isAlnum(c) || c == '-' }

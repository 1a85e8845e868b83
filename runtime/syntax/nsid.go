package syntax

import (
	"slices"
	"strings"
)

// MaxNSIDLen is the greatest length of an NSID in bytes: a domain name of 253,
// a dot and a name of 63.
const MaxNSIDLen = 317

const tooFewSegments = "fewer than three segments"

// NSID is a namespaced identifier, the name of a Lexicon, such as
// app.bsky.feed.post (SY-10): a domain in reverse order, its authority, and a
// name.
type NSID string

// ParseNSID returns text as an NSID if it has the syntax of one: three or more
// segments joined by dots, [MaxNSIDLen] bytes in all; those of the authority
// are labels of a domain name, the first beginning with a letter; the name is
// a letter and up to 62 letters and digits. Text keeps its letter case.
//
// An authority of more than 253 bytes, under a short name, is no domain name
// that the DNS can hold. It is accepted all the same, as the interoperability
// vectors demand, and merely leads nowhere.
func ParseNSID(text string) (NSID, error) {
	return parse[NSID](FormatNSID, text, scanNSID)
}

// String returns n as a string.
func (n NSID) String() string { return string(n) }

// Authority returns the domain that n belongs to, in the order of the DNS and
// in lower case: feed.bsky.app for app.bsky.feed.post. It is "" if n has no
// dot.
func (n NSID) Authority() string {
	segments := n.Segments()
	segments = segments[:len(segments)-1]
	slices.Reverse(segments)
	return lowerASCII(strings.Join(segments, "."))
}

// Name returns the last segment of n.
func (n NSID) Name() string { return string(n[n.nameAt():]) }

// Segments returns the segments of n in a new slice.
func (n NSID) Segments() []string { return strings.Split(string(n), ".") }

// Normalize returns n with its authority in lower case. The name keeps its
// letter case, which has a meaning (SY-11).
func (n NSID) Normalize() NSID {
	at := n.nameAt()
	if authority := string(n[:at]); lowerASCII(authority) != authority {
		return NSID(lowerASCII(authority)) + n[at:]
	}
	return n
}

// nameAt returns the index at which the last segment begins.
func (n NSID) nameAt() int { return strings.LastIndexByte(string(n), '.') + 1 }

func scanNSID(text string) fault {
	if f := tooLong(text, MaxNSIDLen); f.found() {
		return f
	}
	at := NSID(text).nameAt()
	if at == 0 {
		return fault{len(text), tooFewSegments}
	}
	authority := text[:at-1]
	if f := scanReversedDomain(authority); f.found() {
		return f
	}
	if strings.IndexByte(authority, '.') < 0 {
		return fault{len(text), tooFewSegments}
	}
	return scanNSIDName(text[at:]).shift(at)
}

// scanReversedDomain scans a domain name in reverse order.
func scanReversedDomain(text string) fault {
	if f := scanLabels(text); f.found() {
		return f
	}
	if !isAlpha(text[0]) {
		return fault{0, "first segment does not begin with a letter"}
	}
	return fault{}
}

func scanNSIDName(name string) fault {
	switch i := firstNot(name, isAlnum); {
	case name == "":
		return fault{0, "name is empty"}
	case i < len(name):
		return fault{i, "name has a character other than a letter or digit"}
	case !isAlpha(name[0]):
		return fault{0, "name does not begin with a letter"}
	case len(name) > maxLabelLen:
		return fault{maxLabelLen, "name is longer than 63 bytes"}
	}
	return fault{}
}

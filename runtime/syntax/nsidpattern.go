package syntax

import "strings"

const formatNSIDPattern = "NSID pattern"

// NSIDPattern names a set of NSIDs (SY-12): an NSID, which stands for itself;
// whole leading segments and `.*`, such as com.example.*, for every NSID that
// begins with them and goes on; or `*` for all.
type NSIDPattern string

// ParseNSIDPattern returns text as a pattern. A `*` is the whole of the last
// segment and occurs once.
func ParseNSIDPattern(text string) (NSIDPattern, error) {
	return parse[NSIDPattern](formatNSIDPattern, text, scanNSIDPattern)
}

// String returns p as a string.
func (p NSIDPattern) String() string { return string(p) }

// Match reports whether n is in the set. Letter case has a meaning in the
// names of NSIDs, and none in their authorities (SY-11).
func (p NSIDPattern) Match(n NSID) bool {
	if p == "*" {
		return true
	}
	at := n.nameAt()
	if prefix, ok := strings.CutSuffix(string(p), "*"); ok {
		return len(prefix) <= at && equalFold(prefix, string(n[:len(prefix)]))
	}
	return len(p) == len(n) && equalFold(string(p[:at]), string(n[:at])) && string(p[at:]) == string(n[at:])
}

func scanNSIDPattern(text string) fault {
	if f := tooLong(text, MaxNSIDLen); f.found() {
		return f
	}
	prefix, ok := strings.CutSuffix(text, "*")
	switch {
	case !ok:
		return scanNSID(text)
	case prefix == "":
		return fault{}
	case prefix[len(prefix)-1] != '.':
		return fault{len(prefix), "* is not a whole segment"}
	}
	return scanReversedDomain(prefix[:len(prefix)-1])
}

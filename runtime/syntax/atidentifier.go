package syntax

import "strings"

// AtIdentifier is a [DID] or a [Handle] (SY-25).
type AtIdentifier string

// ParseAtIdentifier returns text as an identifier: if it begins with `did:` it
// must be a DID, else a handle.
func ParseAtIdentifier(text string) (AtIdentifier, error) {
	return parse[AtIdentifier](FormatAtIdentifier, text, scanAtIdentifier)
}

// String returns a as a string.
func (a AtIdentifier) String() string { return string(a) }

// DID returns a as a DID, and whether it is one.
func (a AtIdentifier) DID() (DID, bool) {
	if !a.isDID() {
		return "", false
	}
	return DID(a), true
}

// Handle returns a as a handle, and whether it is one.
func (a AtIdentifier) Handle() (Handle, bool) {
	if a == "" || a.isDID() {
		return "", false
	}
	return Handle(a), true
}

// Normalize returns a handle in lower case, and a DID as it is.
func (a AtIdentifier) Normalize() AtIdentifier {
	if handle, ok := a.Handle(); ok {
		return AtIdentifier(handle.Normalize())
	}
	return a
}

func (a AtIdentifier) isDID() bool { return strings.HasPrefix(string(a), didPrefix) }

func scanAtIdentifier(text string) fault {
	if AtIdentifier(text).isDID() {
		return scanDID(text)
	}
	return scanHandle(text)
}

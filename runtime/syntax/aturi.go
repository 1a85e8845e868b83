package syntax

import "strings"

// MaxATURILen is the greatest length of an AT URI in bytes.
const MaxATURILen = 8192

const atURIPrefix = "at://"

// ATURI names a repository, a collection of it, or a record, such as
// at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/app.bsky.feed.post/3jzfcijpj2z2a, in
// the restricted form of Lexicon (SY-17): no query, no fragment, no trailing
// slash. Two that are normalized name the same thing when they are equal as
// strings (SY-18). Package net/url cannot read them (SY-19).
type ATURI string

// ParseATURI returns text as an AT URI: `at://`, a DID or a handle, and, each
// behind a slash, the NSID of a collection and the key of a record, which may
// be left out from the end.
func ParseATURI(text string) (ATURI, error) {
	return parse[ATURI](FormatATURI, text, scanATURI)
}

// ATURIOf puts an AT URI together from its parts. An empty record key, or
// an empty collection, which then comes without a record key, is left out.
// The parts are not checked.
func ATURIOf(authority AtIdentifier, collection NSID, key RecordKey) ATURI {
	switch {
	case collection == "":
		return ATURI(atURIPrefix + string(authority))
	case key == "":
		return ATURI(atURIPrefix + string(authority) + "/" + string(collection))
	}
	return ATURI(atURIPrefix + string(authority) + "/" + string(collection) + "/" + string(key))
}

// String returns u as a string.
func (u ATURI) String() string { return string(u) }

// Authority returns the DID or handle of the repository.
func (u ATURI) Authority() AtIdentifier {
	authority, _, _ := u.split()
	return AtIdentifier(authority)
}

// Collection returns the collection, or "" if u names a repository.
func (u ATURI) Collection() NSID {
	_, collection, _ := u.split()
	return NSID(collection)
}

// RecordKey returns the key of the record, or "" if u names no record.
func (u ATURI) RecordKey() RecordKey {
	_, _, key := u.split()
	return RecordKey(key)
}

// Path returns what follows the authority and its slash: for a record its path
// in the repository, COLLECTION/KEY; "" if u names a repository.
func (u ATURI) Path() string {
	_, path, _ := strings.Cut(strings.TrimPrefix(string(u), atURIPrefix), "/")
	return path
}

// Normalize returns u with a handle, and the authority of the collection's
// NSID, in lower case.
func (u ATURI) Normalize() ATURI {
	return ATURIOf(u.Authority().Normalize(), u.Collection().Normalize(), u.RecordKey())
}

func (u ATURI) split() (authority, collection, key string) {
	authority, path, _ := strings.Cut(strings.TrimPrefix(string(u), atURIPrefix), "/")
	collection, key, _ = strings.Cut(path, "/")
	return authority, collection, key
}

func scanATURI(text string) fault {
	if f := tooLong(text, MaxATURILen); f.found() {
		return f
	}
	if !strings.HasPrefix(text, atURIPrefix) {
		return fault{0, `does not begin with "at://"`}
	}
	at := len(atURIPrefix)
	authority, more := cutSegment(text[at:], '/')
	if f := scanAtIdentifier(authority); f.found() || !more {
		return f.shift(at)
	}
	at += len(authority) + 1
	collection, more := cutSegment(text[at:], '/')
	if f := scanNSID(collection); f.found() || !more {
		return f.shift(at)
	}
	at += len(collection) + 1
	return scanRecordKey(text[at:]).shift(at)
}

package syntax

import "strings"

const formatRepoPath = "repository path"

// ParseRepoPath takes the path of a record in its repository apart (SY-26):
// the NSID of a collection, a slash, and a record key. There is no leading or
// trailing slash and no third part. The limits of the parts keep paths within
// the 1024 bytes that a repository's tree allows.
func ParseRepoPath(text string) (NSID, RecordKey, error) {
	if f := tooLong(text, MaxNSIDLen+1+MaxRecordKeyLen); f.found() {
		return "", "", newError(formatRepoPath, text, f)
	}
	collection, key, ok := strings.Cut(text, "/")
	f := scanNSID(collection)
	switch {
	case f.found():
	case !ok:
		f = fault{len(text), "no record key"}
	default:
		f = scanRecordKey(key).shift(len(collection) + 1)
	}
	if f.found() {
		return "", "", newError(formatRepoPath, text, f)
	}
	return NSID(collection), RecordKey(key), nil
}

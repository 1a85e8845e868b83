package syntax

import "strings"

// formatRecordKeyType names the texts of RecordKeyType in errors; Lexicon has
// no string format for them.
const formatRecordKeyType = "record key type"

const literalPrefix = "literal:"

// RecordKeyKind says which rule a [RecordKeyType] is.
type RecordKeyKind int

// The kinds of record key types (SY-14).
const (
	// RecordKeyAny admits every record key.
	RecordKeyAny RecordKeyKind = iota
	// RecordKeyTID admits the keys that are TIDs.
	RecordKeyTID
	// RecordKeyNSID admits the keys that are NSIDs.
	RecordKeyNSID
	// RecordKeyLiteral admits one key.
	RecordKeyLiteral
)

// RecordKeyType is the rule that a record schema lays down for the keys of its
// records: its `key` (SY-14). It is comparable; the zero value admits any key.
type RecordKeyType struct {
	kind    RecordKeyKind
	literal RecordKey // only for RecordKeyLiteral
}

// ParseRecordKeyType reads a rule from its text in a schema: `any`, `tid`,
// `nsid`, or `literal:` and a valid record key.
func ParseRecordKeyType(text string) (RecordKeyType, error) {
	switch text {
	case "any":
		return RecordKeyType{kind: RecordKeyAny}, nil
	case FormatTID:
		return RecordKeyType{kind: RecordKeyTID}, nil
	case FormatNSID:
		return RecordKeyType{kind: RecordKeyNSID}, nil
	}
	literal, ok := strings.CutPrefix(text, literalPrefix)
	if !ok {
		return RecordKeyType{}, newError(formatRecordKeyType, text, fault{0, "not any, tid, nsid or literal:KEY"})
	}
	if f := scanRecordKey(literal); f.found() {
		return RecordKeyType{}, newError(formatRecordKeyType, text, f.shift(len(literalPrefix)))
	}
	return RecordKeyType{kind: RecordKeyLiteral, literal: RecordKey(literal)}, nil
}

// Kind returns which rule t is.
func (t RecordKeyType) Kind() RecordKeyKind { return t.kind }

// Literal returns the one key that t admits, or "" if t is no
// [RecordKeyLiteral].
func (t RecordKeyType) Literal() RecordKey { return t.literal }

// String returns the text of t in a schema.
func (t RecordKeyType) String() string {
	switch t.kind {
	case RecordKeyTID:
		return FormatTID
	case RecordKeyNSID:
		return FormatNSID
	case RecordKeyLiteral:
		return literalPrefix + string(t.literal)
	default:
		return "any"
	}
}

// Check returns nil if key is a valid record key that t admits, else an
// *[Error].
func (t RecordKeyType) Check(key RecordKey) error {
	if f := scanRecordKey(string(key)); f.found() {
		return newError(FormatRecordKey, string(key), f)
	}
	if f := t.scan(string(key)); f.found() {
		return newError(FormatRecordKey+" of type "+t.String(), string(key), f)
	}
	return nil
}

// scan scans a valid record key for what t demands beyond that.
func (t RecordKeyType) scan(key string) fault {
	switch t.kind {
	case RecordKeyTID:
		return scanTID(key)
	case RecordKeyNSID:
		return scanNSID(key)
	case RecordKeyLiteral:
		if key != string(t.literal) {
			return fault{0, "not " + string(t.literal)}
		}
	case RecordKeyAny:
	}
	return fault{}
}

package syntax

// MaxRecordKeyLen is the greatest length of a record key in bytes.
const MaxRecordKeyLen = 512

// RecordKey names a record within its collection (SY-13). It is
// case-sensitive.
type RecordKey string

// ParseRecordKey returns text as a record key if it has the syntax of one: 1
// to 512 letters, digits and `._:~-`, but neither `.` nor `..`.
func ParseRecordKey(text string) (RecordKey, error) {
	return parse[RecordKey](FormatRecordKey, text, scanRecordKey)
}

// String returns k as a string.
func (k RecordKey) String() string { return string(k) }

func isRecordKeyChar(c byte) bool {
	return isAlnum(c) || c == '.' || c == '_' || c == ':' || c == '~' || c == '-'
}

func scanRecordKey(text string) fault {
	if f := tooLong(text, MaxRecordKeyLen); f.found() {
		return f
	}
	switch i := firstNot(text, isRecordKeyChar); {
	case text == "":
		return fault{0, "empty"}
	case i < len(text):
		return fault{i, "character that no record key has"}
	case text == "." || text == "..":
		return fault{0, "reserved name"}
	}
	return fault{}
}

package lexicon

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/lexgen/lexgen/runtime/lex"
)

// MaxText is how long the text of a schema may be, in bytes: longer files are not read.
const MaxText = 16 << 20

// Text returns the record as the text of a file, byte for byte as the installer of
// @atproto/lex writes it: JSON indented by two spaces, with a line break at its end,
// with its $type, the members in the order of DAG-CBOR, behind those whose names are
// numbers. The CID of what is read from it is that of the record, see [CIDOf]. A text
// of more than [MaxText] bytes is [ErrTooLarge].
func (l *Lexicon) Text() ([]byte, error) {
	var record map[string]any
	if err := lex.DecodeCBOR(l.Data, &record); err != nil {
		return nil, fmt.Errorf("lexicon %s: the record cannot be read: %w", l.NSID, err)
	}
	text, err := textOfRecord(record)
	if err != nil {
		err.NSID, err.DID = l.NSID, l.DID
		return nil, err
	}
	return text, nil
}

// textOfRecord returns the text of a record.
func textOfRecord(record map[string]any) ([]byte, *Error) {
	text := append(appendObject(nil, record, "\n"), '\n')
	if len(text) > MaxText {
		return nil, fault(ErrTooLarge, nil, whoPublishes, "the text of the record has more than %d bytes", MaxText)
	}
	return text, nil
}

// appendValue appends a value whose lines begin with what indent has. Nothing follows
// where the text has more than MaxText bytes: a record that is nested deeply has hundreds
// of times as many.
func appendValue(b []byte, v any, indent string) []byte {
	switch v := v.(type) {
	case map[string]any:
		return appendObject(b, v, indent)
	case []any:
		return appendArray(b, v, indent)
	case string:
		return appendString(b, v)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case bool:
		return strconv.AppendBool(b, v)
	case nil:
		return append(b, "null"...)
	}
	data, err := lex.MarshalJSON(v) // links and bytes
	if err != nil {
		return append(b, "null"...)
	}
	return append(b, data...)
}

func appendObject(b []byte, object map[string]any, indent string) []byte {
	if len(object) == 0 {
		return append(b, "{}"...)
	}
	inner := indent + "  "
	b = append(b, '{')
	for i, name := range slices.SortedFunc(maps.Keys(object), compareNames) {
		if len(b) > MaxText {
			return b
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, inner...)
		b = append(appendString(b, name), ": "...)
		b = appendValue(b, object[name], inner)
	}
	return append(append(b, indent...), '}')
}

func appendArray(b []byte, list []any, indent string) []byte {
	if len(list) == 0 {
		return append(b, "[]"...)
	}
	inner := indent + "  "
	b = append(b, '[')
	for i, v := range list {
		if len(b) > MaxText {
			return b
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = appendValue(append(b, inner...), v, inner)
	}
	return append(append(b, indent...), ']')
}

// compareNames orders members as an object of JavaScript has them that was filled in
// the order of DAG-CBOR: array indexes first, by their number, then the short before
// the long.
func compareNames(a, b string) int {
	m, isIndexA := arrayIndex(a)
	n, isIndexB := arrayIndex(b)
	switch {
	case isIndexA && isIndexB:
		return cmp.Compare(m, n)
	case isIndexA:
		return -1
	case isIndexB:
		return 1
	}
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

// arrayIndex reports whether a name is a number as it is written, below 2^32 - 1.
func arrayIndex(name string) (uint64, bool) {
	n, err := strconv.ParseUint(name, 10, 32)
	return n, err == nil && n < 1<<32-1 && strconv.FormatUint(n, 10) == name
}

// appendString appends a string with as few escapes as JSON permits.
func appendString(b []byte, text string) []byte {
	const short = "\b\f\n\r\t\"\\"
	b = append(b, '"')
	for i := range len(text) {
		c := text[i]
		if at := strings.IndexByte(short, c); at >= 0 {
			b = append(b, '\\', `bfnrt"\`[at])
			continue
		}
		if c < ' ' {
			b = fmt.Appendf(b, `\u%04x`, c)
			continue
		}
		b = append(b, c)
	}
	return append(b, '"')
}

var utf8BOM = []byte("\ufeff")

// trimBOM removes the mark that editors put at the front.
func trimBOM(text []byte) []byte { return bytes.TrimPrefix(text, utf8BOM) }

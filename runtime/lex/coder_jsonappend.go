package lex

import "strconv"

// JSON has the words that generated code is made of when it appends JSON; see
// also [CBOR]. Where a method reports false, its caller gives up and the value
// is written from the tables.
type JSON struct{}

// Text appends a string, or reports that it is not UTF-8.
func (JSON) Text(b []byte, s string) ([]byte, bool) {
	b, err := appendString(b, s)
	return b, err == nil
}

// Int appends an integer.
func (JSON) Int(b []byte, v int64) []byte { return strconv.AppendInt(b, v, 10) }

// Bool appends a boolean.
func (JSON) Bool(b []byte, v bool) []byte { return strconv.AppendBool(b, v) }

// Null appends null.
func (JSON) Null(b []byte) []byte { return append(b, "null"...) }

// Bytes appends bytes.
func (JSON) Bytes(b, data []byte) []byte { return appendBytes(b, data) }

// Link appends a link, or reports that it is undefined.
func (JSON) Link(b []byte, l Link) ([]byte, bool) {
	b, err := appendLink(b, l)
	return b, err == nil
}

// Blob appends a blob, which depth containers enclose.
func (JSON) Blob(b []byte, x *Blob, depth int) ([]byte, bool) {
	if x == nil || x.Size < 0 || x.LegacyCID != "" || len(x.Extra) > 0 || depth >= MaxDepth || !x.Ref.known() {
		b, err := appendBlob(b, x, depth)
		return b, err == nil
	}
	b = append(b, jsonBlobToken...)
	b = x.Ref.AppendString(b)
	b = strconv.AppendInt(append(b, jsonBlobSize...), x.Size, 10)
	b, ok := JSON{}.Text(append(b, jsonBlobType...), x.MimeType)
	return append(b, '}'), ok
}

// What stands in a blob before and between its values.
const (
	jsonBlobToken = `{"ref":` + linkToken
	jsonBlobSize  = `"},"size":`
	jsonBlobType  = `,"$type":"blob","mimeType":`
)

// Unknown appends a value of type unknown.
func (JSON) Unknown(b []byte, o Object, depth int) ([]byte, bool) {
	b, err := appendUnknown(b, o, depth)
	return b, err == nil
}

// Union appends a value of u, with its $type.
func (JSON) Union(b []byte, o Object, u *Union, depth int) ([]byte, bool) {
	if c := coderOf(o); c != nil && !u.Closed {
		return c.LexAppendJSON(JSON{}, b, depth, true)
	}
	b, err := u.appendJSON(b, o, depth)
	return b, err == nil
}

// Ref appends a struct whose own code is not known to exist.
func (JSON) Ref(b []byte, x Struct, depth int) ([]byte, bool) {
	if c := coderOf(x); c != nil {
		return c.LexAppendJSON(JSON{}, b, depth, false)
	}
	c, p, err := structSource(x)
	if err != nil {
		return b, false
	}
	b, err = c.appendJSON(b, p, depth)
	return b, err == nil
}

// List appends a named array.
func (JSON) List(b []byte, x List, depth int) ([]byte, bool) {
	c, p, err := listSource(x)
	if err != nil {
		return b, false
	}
	b, err = c.appendJSON(b, p, depth)
	return b, err == nil
}

// Array appends the beginning of an array, which depth containers enclose. Its
// end is a bracket.
func (JSON) Array(b []byte, _, depth int) ([]byte, bool) { return append(b, '['), depth < MaxDepth }

// Comma appends a comma before item i of an array, unless that is the first.
func (JSON) Comma(b []byte, i int) []byte {
	if i > 0 {
		b = append(b, ',')
	}
	return b
}

// CloseObject ends the object whose members stand from start on, each after a
// comma.
func (JSON) CloseObject(b []byte, start int) []byte { return closeObject(b, start) }

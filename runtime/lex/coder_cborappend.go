package lex

// CBOR has the words that generated code is made of when it appends CBOR; see
// also [JSON]. Where a method reports false, its caller gives up and the value
// is written from the tables.
type CBOR struct{}

// Int appends an integer.
func (CBOR) Int(b []byte, v int64) []byte { return appendInt(b, v) }

// Bool appends a boolean.
func (CBOR) Bool(b []byte, v bool) []byte { return appendCBORBool(b, v) }

// Null appends null.
func (CBOR) Null(b []byte) []byte { return append(b, cborNull) }

// Bytes appends bytes.
func (CBOR) Bytes(b, data []byte) []byte { return appendCBORBytes(b, data) }

// Link appends a link, or reports that it is undefined.
func (CBOR) Link(b []byte, l Link) ([]byte, bool) {
	return l.AppendBytes(append(b, cborLinkPrefix...)), l.known()
}

// Blob appends a blob, which depth containers enclose.
func (CBOR) Blob(b []byte, x *Blob, depth int) ([]byte, bool) {
	if x == nil || x.Size < 0 || x.LegacyCID != "" || len(x.Extra) > 0 || depth >= MaxDepth || !x.Ref.known() {
		b, err := blobCodec{}.appendCBOR(b, addr(&x), depth)
		return b, err == nil
	}
	b = append(b, "\xa4\x63ref"+cborLinkPrefix...)
	b = x.Ref.AppendBytes(b)
	b = appendInt(append(b, "\x64size"...), x.Size)
	return CBOR{}.Text(append(b, "\x65$type\x64blob\x68mimeType"...), x.MimeType)
}

// Unknown appends a value of type unknown.
func (CBOR) Unknown(b []byte, o Object, depth int) ([]byte, bool) {
	b, err := appendCBORUnknown(b, o, depth)
	return b, err == nil
}

// Union appends a value of u, with its $type.
func (CBOR) Union(b []byte, o Object, u *Union, depth int) ([]byte, bool) {
	if c := coderOf(o); c != nil && !u.Closed {
		return c.LexAppendCBOR(CBOR{}, b, depth, true)
	}
	b, err := u.appendCBOR(b, o, depth)
	return b, err == nil
}

// Ref appends a struct whose own code is not known to exist.
func (CBOR) Ref(b []byte, x Struct, depth int) ([]byte, bool) {
	if c := coderOf(x); c != nil {
		return c.LexAppendCBOR(CBOR{}, b, depth, false)
	}
	c, p, err := structSource(x)
	if err != nil {
		return b, false
	}
	b, err = c.appendCBOR(b, p, depth)
	return b, err == nil
}

// List appends a named array.
func (CBOR) List(b []byte, x List, depth int) ([]byte, bool) {
	c, p, err := listSource(x)
	if err != nil {
		return b, false
	}
	b, err = c.appendCBOR(b, p, depth)
	return b, err == nil
}

// Array appends the head of an array of n items, which depth containers
// enclose.
func (CBOR) Array(b []byte, n, depth int) ([]byte, bool) {
	if n < cborDirect && depth < MaxDepth {
		return append(b, cborArray|byte(n)), true
	}
	b, err := appendContainer(b, cborArray, n, depth)
	return b, err == nil
}

package lex

// typeKey is the member that names an object's type.
const typeKey = "$type"

// blobName is the $type of blobs, which are no objects (LX-20).
const blobName = "blob"

// unknownCodec is for Objects of type unknown.
type unknownCodec struct{}

func (unknownCodec) appendJSON(b []byte, p ptr, depth int) ([]byte, *Error) {
	return appendUnknown(b, *at[Object](p), depth)
}

func (unknownCodec) decodeJSON(d *JSONDecoder, p ptr) *Error {
	o, err := d.unknown()
	if err != nil {
		return err
	}
	*at[Object](p) = o
	return nil
}

// appendUnknown appends an object of any type, or of none (LX-20).
func appendUnknown(b []byte, o Object, depth int) ([]byte, *Error) {
	if err := checkUnknownObject(o); err != nil {
		return b, err
	}
	return appendObject(b, o, depth)
}

// checkUnknownObject refuses what is no value of type unknown.
func checkUnknownObject(o Object) *Error {
	if err := checkObject(o); err != nil {
		return err
	}
	if o.LexType() == blobName {
		return failf("a blob is no object")
	}
	return nil
}

// unknown reads an object of any type, or of none (LX-20).
func (d *JSONDecoder) unknown() (*UnknownObject, *Error) {
	start := d.mark()
	o, err := d.unknownObject()
	if err != nil {
		return nil, err
	}
	if o.Type == blobName {
		return nil, d.failAt(start, "expected an object, found a blob")
	}
	return o, nil
}

// unknownObject reads an object that has no Go type.
func (d *JSONDecoder) unknownObject() (*UnknownObject, *Error) {
	m, err := d.dataMap()
	if err != nil {
		return nil, err
	}
	return unknownOf(m), nil
}

// unknownOf takes over m, whose $type is a string if there is one.
func unknownOf(m map[string]any) *UnknownObject {
	o := &UnknownObject{}
	o.Type, _ = m[typeKey].(string)
	delete(m, typeKey)
	if len(m) > 0 {
		o.Fields = m
	}
	return o
}

// appendJSON appends o, which is not nil, with its $type if it has one.
func (o *UnknownObject) appendJSON(b []byte, depth int) ([]byte, *Error) {
	if depth >= MaxDepth {
		return b, tooDeep()
	}
	if err := o.check(); err != nil {
		return b, err
	}
	return appendMembers(b, o.Fields, o.Type, depth+1)
}

// check refuses what cannot be written.
func (o *UnknownObject) check() *Error {
	if _, ok := o.Fields[typeKey]; ok {
		return failf("Fields has the key $type, which belongs into Type")
	}
	return checkBlobMap(o.Type, o.Fields)
}

// MarshalJSON returns the object as JSON, as MarshalJSON(o) does.
func (o UnknownObject) MarshalJSON() ([]byte, error) { return MarshalJSON(&o) }

// UnmarshalJSON reads any object, as DecodeJSON(b, o) does.
func (o *UnknownObject) UnmarshalJSON(b []byte) error { return DecodeJSON(b, o) }

// As reads o as an object of type into, a pointer to a generated struct,
// whose earlier content is dropped. The two share no memory. It is an error if
// o has another $type or its content does not fit; a *UnknownObject as into
// fits all.
func As(o, into Object) error {
	if err := checkObject(into); err != nil {
		return asError(err)
	}
	if err := checkObject(o); err != nil {
		return asError(err)
	}
	if _, fitsAll := into.(*UnknownObject); !fitsAll && o.LexType() != into.LexType() {
		return asError(failf("expected %s, found %s", quote(into.LexType()), quote(o.LexType())))
	}
	b, err := appendObject(nil, o, 0)
	if err != nil {
		return asError(err)
	}
	return asError(decodeObject(b, into))
}

func (unknownCodec) appendCBOR(b []byte, p ptr, depth int) ([]byte, *Error) {
	return appendCBORUnknown(b, *at[Object](p), depth)
}

func (unknownCodec) decodeCBOR(d *CBORDecoder, p ptr) *Error {
	o, err := d.unknown()
	if err != nil {
		return err
	}
	*at[Object](p) = o
	return nil
}

func appendCBORUnknown(b []byte, o Object, depth int) ([]byte, *Error) {
	if err := checkUnknownObject(o); err != nil {
		return b, err
	}
	return appendCBORObject(b, o, depth)
}

// unknown is that of JSON's decoder.
func (d *CBORDecoder) unknown() (*UnknownObject, *Error) {
	start := d.pos
	o, err := d.unknownObject()
	if err != nil {
		return nil, err
	}
	if o.Type == blobName {
		return nil, d.failAt(start, "expected an object, found a blob")
	}
	return o, nil
}

func (d *CBORDecoder) unknownObject() (*UnknownObject, *Error) {
	m, err := d.dataMap()
	if err != nil {
		return nil, err
	}
	return unknownOf(m), nil
}

func (o *UnknownObject) appendCBOR(b []byte, depth int) ([]byte, *Error) {
	if err := o.check(); err != nil {
		return b, err
	}
	return appendCBORMembers(b, o.Fields, o.Type, depth)
}

// unknownObjectCodec is for a variable of type UnknownObject.
type unknownObjectCodec struct{}

func (unknownObjectCodec) appendJSON(b []byte, p ptr, depth int) ([]byte, *Error) {
	return appendUnknown(b, at[UnknownObject](p), depth)
}

func (unknownObjectCodec) decodeJSON(d *JSONDecoder, p ptr) *Error {
	o, err := d.unknown()
	if err == nil {
		*at[UnknownObject](p) = *o
	}
	return err
}

func (unknownObjectCodec) appendCBOR(b []byte, p ptr, depth int) ([]byte, *Error) {
	return appendCBORUnknown(b, at[UnknownObject](p), depth)
}

func (unknownObjectCodec) decodeCBOR(d *CBORDecoder, p ptr) *Error {
	o, err := d.unknown()
	if err == nil {
		*at[UnknownObject](p) = *o
	}
	return err
}

package lex

import "reflect"

// MarshalJSON returns v as canonical JSON; see [AppendJSON].
func MarshalJSON(v any) ([]byte, error) { return AppendJSON(nil, v) }

// AppendJSON appends v to b as canonical JSON: keys in the order of DAG-CBOR,
// no spaces, the shortest escapes, unpadded base64. v is a pointer to a
// generated struct, a named array, a *Blob, an Object, an Extra, or a value of
// the data model; see [Extra] for these.
//
// A record has its $type, another generated struct has not, as where it is
// referred to plainly (LX-22). Every error is an [*Error], after which b is
// returned with its old length: a nil pointer where a value is required, a
// union's value that is no member, text that is not UTF-8, an undefined link,
// nesting beyond [MaxDepth] (which values that contain themselves have), or a
// value that is not of the data model.
func AppendJSON(b []byte, v any) ([]byte, error) {
	out, err := appendAny(b, v)
	if err != nil {
		return b, asError(err)
	}
	return out, nil
}

func appendAny(b []byte, v any) ([]byte, *Error) {
	switch v := v.(type) {
	case Extra:
		return appendMap(b, v, 0)
	case Blob:
		return appendBlob(b, &v, 0)
	case *Blob:
		return appendBlob(b, v, 0)
	case *UnknownObject:
		return appendUnknown(b, v, 0)
	case Struct:
		return appendStruct(b, v)
	case List:
		return appendNamedList(b, v)
	}
	return appendData(b, v, 0)
}

func appendStruct(b []byte, x Struct) ([]byte, *Error) {
	v := reflect.ValueOf(x)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return b, failf("%T must be a pointer to a struct, and not nil", x)
	}
	p, err := planOf(x, v)
	if err != nil {
		return b, err
	}
	return p.plain.appendJSON(b, pointerOf(v), 0)
}

func appendNamedList(b []byte, x List) ([]byte, *Error) {
	v := reflect.ValueOf(x)
	if v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	if v.Kind() != reflect.Slice {
		return b, failf("%T must be a slice, and not nil", x)
	}
	variable := reflect.New(v.Type())
	variable.Elem().Set(v)
	codec, err := plainSliceCodecOf(v.Type())
	if err != nil {
		return b, err
	}
	return codec.appendJSON(b, pointerOf(variable), 0)
}

// DecodeJSON reads b, one JSON text, into *v. v is a pointer to a generated
// struct, to a named array, to an Object (which becomes an [*UnknownObject]),
// to a Blob, Link or Bytes, to an Extra or a map[string]any (which b must have
// an object for), or to an any (which becomes a value of the data model, see
// [Extra]). It must not be nil.
//
// The earlier content of *v is dropped, and its memory neither read nor
// written. Nothing in *v shares memory with b; short strings share memory with
// each other, so that one keeps up to 2 KiB alive. What is allocated in all is
// at most some 80 times len(b), and the size of one struct for each object that
// is decoded into a generated type. Every error is an [*Error],
// after which the content of *v is unspecified.
//
// Beyond RFC 8259, b must not have: a key twice in one object, text that is
// not UTF-8, half a surrogate pair, more than [MaxDepth] nested containers, a
// number that is no 64-bit integer (DM-02; 1.0 is one), an object with $link
// or $bytes and anything else (DM-13, DM-14), a $type that is not a string or
// empty (DM-16), a blob without its members (DM-18). It must have what the
// schema requires, of the right types, and null only where the schema allows
// it; the schema's other constraints are not checked.
func DecodeJSON(b []byte, v any) error {
	return asError(decodeAny(b, v))
}

func decodeAny(b []byte, v any) *Error {
	if rv := reflect.ValueOf(v); rv.Kind() != reflect.Pointer || rv.IsNil() {
		return failf("cannot decode into %T: it must be a pointer, and not nil", v)
	}
	switch v := v.(type) {
	case *any:
		return decodeInto(b, v, (*decoder).data)
	case *Extra:
		return decodeInto(b, (*map[string]any)(v), (*decoder).dataMap)
	case *map[string]any:
		return decodeInto(b, v, (*decoder).dataMap)
	case *Object:
		return decodeWith(b, unknownCodec{}, addr(v))
	case *Blob:
		*v = Blob{}
		return decodeAll(b, func(d *decoder) *Error { return d.blob(v) })
	case *Link:
		return decodeWith(b, linkCodec{}, addr(v))
	case *Bytes:
		return decodeWith(b, bytesCodec{}, addr(v))
	case Struct:
		return decodeStruct(b, v)
	case List:
		return decodeNamedList(b, v)
	}
	return failf("cannot decode into %T: it is not generated and no type of this package", v)
}

func decodeInto[T any](b []byte, v *T, read func(*decoder) (T, *Error)) *Error {
	return decodeAll(b, func(d *decoder) (err *Error) {
		*v, err = read(d)
		return err
	})
}

func decodeWith(b []byte, c codec, p ptr) *Error {
	return decodeAll(b, func(d *decoder) *Error { return c.decodeJSON(d, p) })
}

func decodeStruct(b []byte, x Struct) *Error {
	if unknown, ok := x.(*UnknownObject); ok {
		return decodeUnknown(b, unknown)
	}
	v := reflect.ValueOf(x)
	p, err := planOf(x, v)
	if err != nil {
		return err
	}
	v.Elem().SetZero()
	return decodeAll(b, func(d *decoder) *Error { return p.plain.decodeJSON(d, pointerOf(v)) })
}

func decodeUnknown(b []byte, x *UnknownObject) *Error {
	return decodeAll(b, func(d *decoder) *Error {
		o, err := d.unknown()
		if err == nil {
			*x = *o
		}
		return err
	})
}

// decodeObject reads b, an object with $type, into o.
func decodeObject(b []byte, o Object) *Error {
	if unknown, ok := o.(*UnknownObject); ok {
		return decodeUnknown(b, unknown)
	}
	v := reflect.ValueOf(o)
	p, err := planOf(o, v)
	if err != nil {
		return err
	}
	v.Elem().SetZero()
	return decodeAll(b, func(d *decoder) *Error { return p.named.decodeJSON(d, pointerOf(v)) })
}

func decodeNamedList(b []byte, x List) *Error {
	v := reflect.ValueOf(x)
	if v.Elem().Kind() != reflect.Slice {
		return failf("%T must be a pointer to a slice", x)
	}
	v.Elem().SetZero()
	c, err := plainSliceCodecOf(v.Elem().Type())
	if err != nil {
		return err
	}
	return decodeWith(b, c, pointerOf(v))
}

// MarshalUnionJSON returns o as [MarshalJSON] does, but as the value of u,
// with its $type. It is for bodies that are unions.
func MarshalUnionJSON(o Object, u *Union) ([]byte, error) {
	b, err := u.appendJSON(nil, o, 0)
	if err != nil {
		return nil, asError(err)
	}
	return b, nil
}

// DecodeUnionJSON reads b as [DecodeJSON] does, as a value of u. It is for
// bodies that are unions.
func DecodeUnionJSON(b []byte, u *Union) (Object, error) {
	var o Object
	if err := decodeInto(b, &o, u.decodeJSON); err != nil {
		return nil, asError(err)
	}
	return o, nil
}

// MarshalJSON returns x as an object.
func (x Extra) MarshalJSON() ([]byte, error) { return MarshalJSON(x) }

// UnmarshalJSON reads an object.
func (x *Extra) UnmarshalJSON(b []byte) error { return DecodeJSON(b, x) }

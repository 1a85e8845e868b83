package lex

import "reflect"

// MarshalJSON returns v as canonical JSON; see [AppendJSON].
func MarshalJSON(v any) ([]byte, error) { return AppendJSON(nil, v) }

// AppendJSON appends v to b as canonical JSON: keys in the order of DAG-CBOR,
// no spaces, the shortest escapes, unpadded base64. v is a pointer to a
// generated struct, a named array, a *Blob, an Object, an Extra, or a value of
// the data model (see [Extra] for these), or a pointer to one of them.
//
// A record has its $type, another generated struct has not, as where it is
// referred to plainly (LX-22). Every error is an [*Error], after which b is
// returned with its old length: a nil pointer where a value is required, a
// union's value that is no member, text that is not UTF-8, an undefined link,
// nesting beyond [MaxDepth] (which values that contain themselves have), or a
// value that is not of the data model.
func AppendJSON(b []byte, v any) ([]byte, error) {
	if c := coderOf(v); c != nil {
		if out, ok := c.LexAppendJSON(JSON{}, b, 0, false); ok {
			return out, nil
		}
	}
	c, p, err := sourceOf(v)
	if err != nil {
		return b, asError(err)
	}
	out, err := c.appendJSON(b, p, 0)
	if err != nil {
		return b, asError(err)
	}
	return out, nil
}

// DecodeJSON reads b, one JSON text, into *v. v is a pointer to a generated
// struct, to a named array, to an Object (which becomes an [*UnknownObject]),
// to a Blob, Link or Bytes, to an Extra or a map[string]any (which b must have
// an object for), or to an any (which becomes a value of the data model, see
// [Extra]). It must not be nil.
//
// The earlier content of *v is dropped, and its memory neither read nor
// written. Nothing in *v shares memory with b; short strings share memory with
// each other, so that one keeps up to 2 KiB alive, and a struct may with those
// that it always points to. What is allocated in all is
// at most some 160 times len(b) and a few KiB, no more than half of it at a time,
// and the size of one struct for each object that is decoded into a generated type. Every error is an [*Error],
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
	if x := coderOf(v); x != nil {
		reflect.ValueOf(v).Elem().SetZero()
		if decodeJSONCoder(b, x, false) {
			return nil
		}
	}
	c, p, err := targetOf(v)
	if err != nil {
		return asError(err)
	}
	return asError(decodeAll(b, func(d *JSONDecoder) *Error { return c.decodeJSON(d, p) }))
}

// decodeObject reads b, an object with $type, into o.
func decodeObject(b []byte, o Object) *Error {
	c, p, err := objectTarget(o)
	if err != nil {
		return err
	}
	return decodeAll(b, func(d *JSONDecoder) *Error { return c.decodeJSON(d, p) })
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
	if c := u.coded((&JSONDecoder{src: b}).Type()); c != nil && decodeJSONCoder(b, c, true) {
		return c, nil
	}
	var o Object
	err := decodeAll(b, func(d *JSONDecoder) (err *Error) {
		o, err = u.decodeJSON(d)
		return err
	})
	if err != nil {
		return nil, asError(err)
	}
	return o, nil
}

// MarshalJSON returns x as an object.
func (x Extra) MarshalJSON() ([]byte, error) { return MarshalJSON(x) }

// UnmarshalJSON reads an object.
func (x *Extra) UnmarshalJSON(b []byte) error { return DecodeJSON(b, x) }

package lex

import (
	"bytes"
	"reflect"
)

// Types finds Go types by $type. It takes the place of a global registry:
// whoever wants to look types up says which. It is immutable and safe for
// concurrent use.
type Types struct{ union Union }

// NewTypes returns a Types of the given types, each as a nil pointer:
//
//	lex.NewTypes((*appbsky.FeedPost)(nil), (*appbsky.FeedLike)(nil))
//
// The types are looked at when the Types is first used; that two have one name,
// or that one is not generated, is then an error of everything but New.
func NewTypes(types ...Object) *Types { return &Types{union: Union{Members: types}} }

// Names returns the $types, in the order of [NewTypes].
func (t *Types) Names() []string {
	names := make([]string, len(t.union.Members))
	for i, o := range t.union.Members {
		names[i] = o.LexType()
	}
	return names
}

// New returns a new, zero value of the type with that name, and false if there
// is none.
func (t *Types) New(name string) (Object, bool) {
	index, err := t.union.members()
	if err != nil {
		return nil, false
	}
	m := index.find(name)
	if m == nil {
		return nil, false
	}
	return m.new(), true
}

// DecodeJSON reads b, an object with $type, into the Go type that its $type
// names, as [DecodeJSON] does; without one it is an [*UnknownObject].
func (t *Types) DecodeJSON(b []byte) (Object, error) { return DecodeUnionJSON(b, &t.union) }

// DecodeCBOR is DecodeJSON for DAG-CBOR, as [DecodeCBOR] reads it.
func (t *Types) DecodeCBOR(b []byte) (Object, error) {
	if c := t.union.coded((&CBORDecoder{src: textOf(b)}).Type()); c != nil && decodeCBORCoder(textOf(b), c, true, true) {
		return c, nil
	}
	var o Object
	c := &unionCodec{&t.union}
	err := decodeAllCBOR(textOf(bytes.Clone(b)), func(d *CBORDecoder) *Error { return c.decodeCBOR(d, addr(&o)) })
	if err != nil {
		return nil, asError(err)
	}
	return o, nil
}

// Typed returns o as the Go type that its $type names, if there is one; else
// it returns o itself. Only a new value shares no memory with o. It is an error
// if o's content does not fit the type.
func (t *Types) Typed(o Object) (Object, error) {
	if err := checkObject(o); err != nil {
		return nil, asError(err)
	}
	if _, err := t.union.members(); err != nil {
		return nil, asError(err)
	}
	typed, ok := t.New(o.LexType())
	if !ok {
		return o, nil
	}
	if err := As(o, typed); err != nil {
		return nil, err
	}
	return typed, nil
}

// new returns a new, zero value of the member's Go type.
func (m *member) new() Object {
	o, _ := reflect.TypeAssert[Object](reflect.New(m.typ.Elem())) // newMemberIndex has made sure
	return o
}

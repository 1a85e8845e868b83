package lex

import (
	"reflect"
	"strings"
)

// unionCodec is for Objects of a known union.
type unionCodec struct{ union *Union }

func (c *unionCodec) appendJSON(b []byte, p ptr, depth int) ([]byte, *Error) {
	return c.union.appendJSON(b, *at[Object](p), depth)
}

func (c *unionCodec) decodeJSON(d *JSONDecoder, p ptr) (err *Error) {
	*at[Object](p), err = c.union.decodeJSON(d)
	return err
}

func (c *unionCodec) appendCBOR(b []byte, p ptr, depth int) ([]byte, *Error) {
	return c.union.appendCBOR(b, *at[Object](p), depth)
}

func (c *unionCodec) decodeCBOR(d *CBORDecoder, p ptr) (err *Error) {
	*at[Object](p), err = c.union.decodeCBOR(d)
	return err
}

// appendJSON appends o with its $type. A closed union takes its members only;
// an open one takes whatever has a name (LX-19).
func (u *Union) appendJSON(b []byte, o Object, depth int) ([]byte, *Error) {
	if err := u.check(o); err != nil {
		return b, err
	}
	return appendObject(b, o, depth)
}

// appendCBOR is appendJSON for CBOR.
func (u *Union) appendCBOR(b []byte, o Object, depth int) ([]byte, *Error) {
	if err := u.check(o); err != nil {
		return b, err
	}
	return appendCBORObject(b, o, depth)
}

// check refuses what is no value of the union.
func (u *Union) check(o Object) *Error {
	if err := checkObject(o); err != nil {
		return err
	}
	name := o.LexType()
	if name == "" {
		return failf("a member of a union needs a type")
	}
	if !u.Closed {
		return nil
	}
	index, err := u.members()
	if err != nil {
		return err
	}
	if _, unknown := o.(*UnknownObject); unknown || index.find(name) == nil {
		return failf("%T %s is not a member of the closed union; %s", o, quote(name), index)
	}
	return nil
}

// decodeJSON reads an object and chooses its Go type by its $type.
func (u *Union) decodeJSON(d *JSONDecoder) (Object, *Error) {
	index, err := u.members()
	if err != nil {
		return nil, err
	}
	name, found, err := d.findType()
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, d.missingType()
	}
	if m := index.find(textOf(name)); m != nil {
		return m.decodeJSON(d)
	}
	if u.Closed {
		return nil, d.failf("%s is not a member of the closed union; %s", quote(string(name)), index)
	}
	return d.unknownObject()
}

// decodeCBOR is decodeJSON for CBOR.
func (u *Union) decodeCBOR(d *CBORDecoder) (Object, *Error) {
	index, err := u.members()
	if err != nil {
		return nil, err
	}
	name, found, err := d.findType()
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, d.missingType()
	}
	if m := index.find(name); m != nil {
		return m.decodeCBOR(d)
	}
	if u.Closed {
		return nil, d.failf("%s is not a member of the closed union; %s", quote(name), index)
	}
	return d.unknownObject()
}

// memberIndex finds the members of a union by name.
type memberIndex struct {
	list   []member
	byName map[string]int // nil if the list is short
}

type member struct {
	name  string
	typ   reflect.Type // a pointer type
	table *Table
	coder bool
}

// scanMembers is the length up to which a list is searched from the front,
// which is then quicker than a map.
const scanMembers = 8

// members returns the index, which is built on first use.
func (u *Union) members() (*memberIndex, *Error) {
	if index := u.index.Load(); index != nil {
		return index, nil
	}
	index, err := newMemberIndex(u.Members)
	if err != nil {
		return nil, err
	}
	u.index.CompareAndSwap(nil, index)
	return u.index.Load(), nil
}

func newMemberIndex(members []Object) (*memberIndex, *Error) {
	index := &memberIndex{byName: make(map[string]int, len(members))}
	for i, o := range members {
		table, err := tableOf(reflect.TypeOf(o))
		if err != nil {
			return nil, err
		}
		m := member{name: o.LexType(), typ: reflect.TypeOf(o), table: table, coder: reflect.TypeOf(o).Implements(coderType)}
		if _, twice := index.byName[m.name]; twice {
			return nil, failf("the union lists %s twice", m.name)
		}
		index.byName[m.name] = i
		index.list = append(index.list, m)
	}
	if len(members) <= scanMembers {
		index.byName = nil
	}
	return index, nil
}

// find returns the member of that name, or nil.
func (x *memberIndex) find(name string) *member {
	if x.byName != nil {
		if i, ok := x.byName[name]; ok {
			return &x.list[i]
		}
		return nil
	}
	for i := range x.list {
		if x.list[i].name == name {
			return &x.list[i]
		}
	}
	return nil
}

// maxListed is how many members a message lists.
const maxListed = 16

// String lists the members for a message.
func (x *memberIndex) String() string {
	var names []string
	for i, m := range x.list {
		if i == maxListed {
			names = append(names, "...")
			break
		}
		names = append(names, m.name)
	}
	if names == nil {
		return "it has none"
	}
	return "its members are " + strings.Join(names, ", ")
}

// decodeJSON reads an object with $type into a new value of the member's Go
// type.
func (m *member) decodeJSON(d *JSONDecoder) (Object, *Error) {
	p, err := m.table.planFor(m.typ)
	if err != nil {
		return nil, err
	}
	v := reflect.New(m.typ.Elem())
	if err := p.named.decodeJSON(d, pointerOf(v)); err != nil {
		return nil, err
	}
	o, _ := reflect.TypeAssert[Object](v) // newMemberIndex has made sure
	return o, nil
}

// codedMember is a member of a union that has straight-line code.
type codedMember interface {
	coder
	Object
}

// coded returns a new member of that name if it has straight-line code, or nil.
func (u *Union) coded(name string) codedMember {
	index, err := u.members()
	if err != nil {
		return nil
	}
	m := index.find(name)
	if m == nil || !m.coder {
		return nil
	}
	c, _ := coderOf(m.new()).(codedMember)
	return c
}

// decodeCBOR is decodeJSON for CBOR.
func (m *member) decodeCBOR(d *CBORDecoder) (Object, *Error) {
	p, err := m.table.planFor(m.typ)
	if err != nil {
		return nil, err
	}
	v := reflect.New(m.typ.Elem())
	if err := p.named.decodeCBOR(d, pointerOf(v)); err != nil {
		return nil, err
	}
	o, _ := reflect.TypeAssert[Object](v)
	return o, nil
}

// checkObject refuses what has no methods to call.
func checkObject(o Object) *Error {
	if o == nil {
		return required()
	}
	v := reflect.ValueOf(o)
	if v.Kind() != reflect.Pointer {
		return failf("%T is no pointer to a generated struct", o)
	}
	if v.IsNil() {
		return failf("a nil %T is no object", o)
	}
	return nil
}

// appendObject appends o, which checkObject has passed, with its $type.
func appendObject(b []byte, o Object, depth int) ([]byte, *Error) {
	if unknown, ok := o.(*UnknownObject); ok {
		return unknown.appendJSON(b, depth)
	}
	v := reflect.ValueOf(o)
	p, err := planOf(o, v)
	if err != nil {
		return b, err
	}
	return p.named.appendJSON(b, pointerOf(v), depth)
}

// appendCBORObject is appendObject for CBOR.
func appendCBORObject(b []byte, o Object, depth int) ([]byte, *Error) {
	if unknown, ok := o.(*UnknownObject); ok {
		return unknown.appendCBOR(b, depth)
	}
	v := reflect.ValueOf(o)
	p, err := planOf(o, v)
	if err != nil {
		return b, err
	}
	return p.named.appendCBOR(b, pointerOf(v), depth)
}

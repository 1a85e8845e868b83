package lex

import (
	"bytes"
	"reflect"
	"strings"

	"github.com/lexgen/lexgen/runtime/cid"
)

// The exported methods of a CBORDecoder are the words of generated code. None
// reports an error: the first failure moves the decoder to the end of its
// input, so that all that follow fail, too, and the value is read again from
// the tables.

// fail gives up.
func (d *CBORDecoder) fail() {
	d.failed = true
	d.pos = len(d.src)
}

// got returns v, or gives up.
func got[T any](d *CBORDecoder, v T, err *Error) T {
	if err != nil {
		d.fail()
	}
	return v
}

// A CBORObject is an object that is being read, in canonical order.
type CBORObject struct {
	left   int // members that were not read yet
	before int // offset of the last member, -1 at first
	extra  Extra
}

// Object enters an object.
func (d *CBORDecoder) Object() CBORObject {
	if d.pos < len(d.src) {
		n := int(d.src[d.pos]) - cborMap
		if claimed := d.claimed + 2*n; uint(n) < cborDirect && claimed <= len(d.src) && d.depth < MaxDepth {
			d.pos++
			d.depth++
			d.claimed = claimed
			return CBORObject{left: n, before: -1}
		}
	}
	n, err := d.openMap()
	return CBORObject{left: got(d, n, err), before: -1}
}

// Next reports whether the object's next member is that with the key token, as
// encoded, and moves to its value. It is small enough to become part of its
// caller.
func (d *CBORDecoder) Next(o *CBORObject, token string) bool {
	if o.left > 0 && strings.HasPrefix(d.src[d.pos:], token) {
		o.left--
		o.before = d.pos
		d.pos += len(token)
		return true
	}
	return false
}

// Key is Next, but keeps members that stand before the key. Calls must be in
// the order of the keys, and with those of all the schema's.
func (d *CBORDecoder) Key(o *CBORObject, token string) bool {
	if o.left <= 0 || d.pos < len(d.src) && d.src[d.pos] > token[0] {
		return false
	}
	for o.left > 0 && !d.failed && d.src[d.pos:min(d.pos+len(token), len(d.src))] < token {
		d.keep(o)
	}
	return d.Next(o, token)
}

// Must is Key for a member that must be there.
func (d *CBORDecoder) Must(o *CBORObject, token string) {
	if !d.Key(o, token) {
		d.fail()
	}
}

// keyAt returns the key, as encoded, that stands at an offset, and nothing
// before the first one.
func (d *CBORDecoder) keyAt(offset int) string {
	if offset < 0 {
		return ""
	}
	at := *d
	at.pos = offset
	_, key, _ := at.key()
	return key
}

// keep reads a member that no schema names.
func (d *CBORDecoder) keep(o *CBORObject) {
	d.detach()
	start := d.pos
	name, key, err := d.key()
	if err == nil {
		err = d.inOrder(start, d.keyAt(o.before), key)
	}
	if err != nil {
		d.fail()
		return
	}
	if o.extra == nil {
		o.extra = Extra{}
	}
	o.left--
	o.before = start
	if d.dataMember(o.extra, name) != nil || checkNoBlob(o.extra) != nil {
		d.fail()
	}
}

// Close leaves an object and returns the members that were kept.
func (d *CBORDecoder) Close(o *CBORObject) Extra {
	for o.left > 0 && !d.failed {
		d.keep(o)
	}
	d.depth--
	return o.extra
}

// Array enters an array and returns the number of its items.
func (d *CBORDecoder) Array() int {
	n, err := d.openArray()
	return got(d, n, err)
}

// Item reports whether item i of an array of n is to be read, and leaves the
// array if not.
func (d *CBORDecoder) Item(i, n int) bool {
	if i < n && !d.failed {
		return true
	}
	d.depth--
	return false
}

// Resize returns a slice of n items with the memory of s where that is
// enough, and with its items. It is not nil.
func Resize[T any](s []T, n int) []T {
	if s != nil && n <= cap(s) {
		return s[:n]
	}
	grown := make([]T, n)
	if len(s) > 0 { // else the runtime would prepare for a copy of nothing
		copy(grown, s)
	}
	return grown
}

// maxFill is how many elements of an array are made at once at most. One of
// them keeps all alive, and all but one are wasted if the input breaks off.
const maxFill = 8

// Gap returns how many elements of a list, whose first one is nil, are to be
// made at once.
func Gap[T any](list []*T) int {
	n := 1
	for n < min(len(list), maxFill) && list[n] == nil {
		n++
	}
	return n
}

// Fill makes the first elements of a list, whose first one is nil.
func Fill[T any](list []*T) {
	made := make([]T, Gap(list))
	for i := range made {
		list[i] = &made[i]
	}
}

// Text reads a string into x.
func (d *CBORDecoder) Text(x *string) {
	if d.pos+1 < len(d.src) {
		start, n := d.pos+1, int(d.src[d.pos])-cborText
		if n == cborOne {
			n = int(d.src[start])
			start++
		}
		if end := start + n; uint(n) < 1<<8 && end <= len(d.src) && (n >= cborDirect) == (start > d.pos+1) {
			if validText(d.src[start:end]) {
				d.pos = end
				d.put(x, start, end)
				return
			}
		}
	}
	s, err := d.text()
	if err != nil {
		d.fail()
		return
	}
	d.put(x, d.pos-len(s), d.pos)
}

// SomeText reads a string into x.
func SomeText[T ~string](d *CBORDecoder, x *Opt[T]) {
	x.set = true
	d.Text(at[string](addr(&x.value)))
}

// Int reads an integer.
func (d *CBORDecoder) Int() int64 {
	v, err := d.int()
	return got(d, v, err)
}

// Bool reads a boolean.
func (d *CBORDecoder) Bool() bool {
	v, err := d.bool()
	return got(d, v, err)
}

// Null reads null if that comes next, and reports whether it did.
func (d *CBORDecoder) Null() bool {
	if d.peek() != cborNull {
		return false
	}
	d.pos++
	return true
}

// Bytes reads bytes.
func (d *CBORDecoder) Bytes() []byte {
	b, err := d.bytes()
	if d.texts != nil {
		b = bytes.Clone(b)
	}
	return got(d, b, err)
}

// Link reads a link.
func (d *CBORDecoder) Link() Link {
	l, err := d.link()
	return got(d, l, err)
}

// Blob reads a blob, into x if that is not nil.
func (d *CBORDecoder) Blob(x *Blob) *Blob {
	if x == nil {
		x = new(Blob)
	}
	start := d.pos
	if d.plainBlob(x) {
		return x
	}
	*x = Blob{}
	if !d.failed {
		d.pos = start
		d.detach()
		got(d, x, d.blob(x))
	}
	return x
}

// blobRefToken is how a blob begins that has no other members.
const blobRefToken = "\xa4\x63ref" + cborLinkPrefix

// plainBlob reads a blob of the current form without other members, or reports
// false.
func (d *CBORDecoder) plainBlob(x *Blob) bool {
	ref := d.pos + len(blobRefToken)
	if ref+cid.Size > len(d.src) || d.depth >= MaxDepth || !d.skip(blobRefToken) {
		return false
	}
	c, err := cid.FromBytes(bytesOf(d.src[ref : ref+cid.Size]))
	d.pos += cid.Size
	if err != nil || !(Link{c}).known() || !d.skip("\x64size") {
		return false
	}
	size, bad := d.int()
	if bad != nil || size < 0 || !d.skip("\x65$type\x64blob\x68mimeType") {
		return false
	}
	mimeType, bad := d.text()
	if bad != nil {
		return false
	}
	if d.claimed += 8; d.claimed > len(d.src) {
		return false
	}
	*x = Blob{Ref: Link{c}, Size: size}
	d.put(&x.MimeType, d.pos-len(mimeType), d.pos)
	return true
}

// Unknown reads a value of type unknown.
func (d *CBORDecoder) Unknown() Object {
	d.detach()
	o, err := d.unknown()
	if err != nil {
		d.fail()
		return nil
	}
	return o
}

// Type returns the $type of the object that comes next, or nothing if [CBORDecoder.Union]
// has to find out what that means. The result is for comparing: it shares the
// input's memory.
func (d *CBORDecoder) Type() string {
	name, _, err := d.findType()
	if err != nil {
		return ""
	}
	return name
}

// Union reads a value of u, into old if that has the right type.
func (d *CBORDecoder) Union(old Object, u *Union) Object {
	index, err := u.members()
	if err != nil {
		d.fail()
		return nil
	}
	name, found, err := d.findType()
	if err != nil || !found {
		d.fail()
		return nil
	}
	m := index.find(name)
	if m == nil || !m.coder {
		d.detach()
		o, err := u.decodeCBOR(d)
		if err != nil {
			d.fail()
			return nil
		}
		return o
	}
	if reflect.TypeOf(old) != m.typ || reflect.ValueOf(old).IsNil() {
		old, _ = reflect.TypeAssert[Object](reflect.New(m.typ.Elem()))
	}
	if c, ok := old.(coder); ok {
		c.LexDecodeCBOR(d, true)
	}
	return old
}

// Ref reads a struct, whose own code is not known to exist, into x, which is
// not nil.
func (d *CBORDecoder) Ref(x Struct) {
	if c := coderOf(x); c != nil {
		c.LexDecodeCBOR(d, false)
		return
	}
	d.detach()
	c, p, err := structTarget(x)
	if err != nil || c.decodeCBOR(d, p) != nil {
		d.fail()
	}
}

// List reads a named array into x, a pointer to it.
func (d *CBORDecoder) List(x List) {
	d.detach()
	c, p, err := listTarget(x)
	if err != nil || c.decodeCBOR(d, p) != nil {
		d.fail()
	}
}

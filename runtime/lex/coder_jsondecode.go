package lex

import (
	"reflect"

	"github.com/lexgen/lexgen/runtime/cid"
)

// The exported methods of a JSONDecoder are the words of generated code. None
// reports an error: the first failure moves the decoder to the end of its
// input, so that all that follow fail, too, and the value is read again from
// the tables.

// fail gives up.
func (d *JSONDecoder) fail() {
	d.failed = true
	d.pos = len(d.src)
}

// gotJSON returns v, or gives up.
func gotJSON[T any](d *JSONDecoder, v T, err *Error) T {
	if err != nil {
		d.fail()
	}
	return v
}

// A JSONObject is an object that is being read, in any order.
type JSONObject struct {
	// Extra are the members that no schema names.
	Extra Extra
	// Null says that the value of the member at hand is null.
	Null bool

	layout   *layout
	expected int    // the field that is tried first
	seen     uint64 // a bit for each field
	started  bool
}

// maxCoderFields is how many fields a struct with straight-line code has at
// most, $type included.
const maxCoderFields = 64

// Object enters an object, which is read into x, whose table is t.
func (d *JSONDecoder) Object(x Struct, t *Table, named bool) (o JSONObject) {
	plan := t.plan.Load()
	if plan == nil {
		var err *Error
		if plan, err = planOf(x, reflect.ValueOf(x)); err != nil {
			d.fail()
			return o
		}
	}
	o.layout = plan.plain
	if named {
		o.layout = plan.named
	}
	if d.open('{') != nil || len(o.layout.fields) > maxCoderFields {
		d.fail()
	}
	return o
}

// Next moves to the value of the object's next member and returns the index of
// its field in the struct, or -1 behind the last. Null is left out where the
// zero value of the field says as much.
func (d *JSONDecoder) Next(o *JSONObject) int {
	for !d.failed {
		more, err := d.next('}', !o.started)
		if err != nil {
			break
		}
		if !more {
			if o.layout.required[0]&^o.seen != 0 {
				break
			}
			return -1
		}
		o.started = true
		f := d.member(o)
		if f == nil {
			continue
		}
		if f.index < 0 {
			if f.codec.decodeJSON(d, ptr{}) != nil {
				break
			}
			continue
		}
		if o.Null = d.peek() == 'n'; !o.Null {
			return f.index
		}
		if !f.canBeNull || d.null() != nil {
			break
		}
		if f.absence == stated {
			return f.index
		}
	}
	d.fail()
	return -1
}

// member reads a key and returns its field. A member without one is read and
// kept.
func (d *JSONDecoder) member(o *JSONObject) *field {
	l, i := o.layout, o.expected
	if i >= len(l.fields) || !d.skip(l.fields[i].prefix) {
		key, err := d.key()
		if err != nil {
			d.fail()
			return nil
		}
		if i = l.find(textOf(key)); i < 0 {
			d.keep(o, key)
			return nil
		}
	}
	if o.seen&(1<<i) != 0 {
		d.fail()
		return nil
	}
	o.seen |= 1 << i
	o.expected = i + 1
	return &l.fields[i]
}

// keep reads a member that no schema names.
func (d *JSONDecoder) keep(o *JSONObject, key []byte) {
	if o.Extra == nil {
		o.Extra = Extra{}
	}
	if d.dataMember(o.Extra, key) != nil || checkNoBlob(o.Extra) != nil {
		d.fail()
	}
}

// Array enters an array and guesses how many items it has: some, if it is not
// empty.
func (d *JSONDecoder) Array() int {
	if d.open('[') != nil {
		d.fail()
	}
	if d.peek() == ']' {
		return 0
	}
	return 4
}

// Item reports whether item i of an array is to be read, and leaves the array
// if there is none.
func (d *JSONDecoder) Item(i int) bool {
	more, err := d.next(']', i == 0)
	return gotJSON(d, more, err) && !d.failed
}

// Text reads a string.
func (d *JSONDecoder) Text() string {
	s, err := d.string()
	return gotJSON(d, s, err)
}

// Int reads an integer.
func (d *JSONDecoder) Int() int64 {
	v, err := d.int()
	return gotJSON(d, v, err)
}

// Bool reads a boolean.
func (d *JSONDecoder) Bool() bool {
	v, err := d.bool()
	return gotJSON(d, v, err)
}

// Bytes reads bytes.
func (d *JSONDecoder) Bytes() (b []byte) {
	if (bytesCodec{}).decodeJSON(d, addr(&b)) != nil {
		d.fail()
	}
	return b
}

// Link reads a link.
func (d *JSONDecoder) Link() (l Link) {
	if (linkCodec{}).decodeJSON(d, addr(&l)) != nil {
		d.fail()
	}
	return l
}

// Blob reads a blob.
func (d *JSONDecoder) Blob() *Blob {
	x := new(Blob)
	if start := d.mark(); !d.plainBlob(x) {
		*x = Blob{}
		d.pos = start
		if d.blob(x) != nil {
			d.fail()
		}
	}
	return x
}

// plainBlob reads a blob that is written as [AppendJSON] writes it and has no
// other members, or reports false.
func (d *JSONDecoder) plainBlob(x *Blob) bool {
	ref := d.pos + len(jsonBlobToken)
	if ref+cid.TextSize > len(d.src) || d.depth >= MaxDepth || !d.skip(jsonBlobToken) {
		return false
	}
	c, err := cid.Parse(textOf(d.src[ref : ref+cid.TextSize]))
	d.pos += cid.TextSize
	if err != nil || !d.skip(jsonBlobSize) {
		return false
	}
	size, bad := d.int()
	if bad != nil || size < 0 || !d.skip(jsonBlobType) {
		return false
	}
	mimeType, bad := d.string()
	if bad != nil || !d.skip("}") {
		return false
	}
	x.Ref, x.MimeType, x.Size = Link{c}, mimeType, size
	return true
}

// Unknown reads a value of type unknown.
func (d *JSONDecoder) Unknown() Object {
	o, err := d.unknown()
	if err != nil {
		d.fail()
		return nil
	}
	return o
}

// Union reads a value of u.
func (d *JSONDecoder) Union(u *Union) Object {
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
	m := index.find(string(name))
	if m == nil || !m.coder {
		o, err := u.decodeJSON(d)
		return gotJSON(d, o, err)
	}
	o, _ := reflect.TypeAssert[Object](reflect.New(m.typ.Elem()))
	if c, ok := o.(coder); ok {
		c.LexDecodeJSON(d, true)
	}
	return o
}

// Ref reads a struct, whose own code is not known to exist, into x, which is
// zero.
func (d *JSONDecoder) Ref(x Struct) {
	if c := coderOf(x); c != nil {
		c.LexDecodeJSON(d, false)
		return
	}
	c, p, err := structTarget(x)
	if err != nil || c.decodeJSON(d, p) != nil {
		d.fail()
	}
}

// List reads a named array into x, a pointer to it.
func (d *JSONDecoder) List(x List) {
	c, p, err := listTarget(x)
	if err != nil || c.decodeJSON(d, p) != nil {
		d.fail()
	}
}

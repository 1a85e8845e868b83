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
		if d.follows('}') { // as in text without white space
			d.pos++
			d.depth--
			d.complete(o)
			break
		}
		f := d.likely(o)
		if f == nil {
			var more bool
			if f, more = d.other(o); !more {
				break
			}
		}
		if f == nil {
			continue
		}
		if o.Null = d.peek() == 'n'; !o.Null && f.index >= 0 || d.settled(f) {
			return f.index
		}
	}
	return -1
}

// settled reads the value of f where that is null, or $type. It reports whether
// generated code is to know of it.
func (d *JSONDecoder) settled(f *field) bool {
	var err *Error
	switch {
	case f.index < 0:
		err = f.codec.decodeJSON(d, ptr{})
	case f.canBeNull:
		err = d.null()
	default:
		d.fail()
	}
	if err != nil {
		d.fail()
	}
	return f.absence == stated && !d.failed
}

// lookAhead is how many fields are tried before a key is looked up: in
// canonical order, what is between two members are optional ones.
const lookAhead = 3

// likely reads a key, with the comma before it, if it is that of a field that
// is expected next and there is no white space, and returns the field.
func (d *JSONDecoder) likely(o *JSONObject) *field {
	fields, src := o.layout.fields, d.src[d.pos:]
	for i := o.expected; i < min(o.expected+lookAhead, len(fields)); i++ {
		token := fields[i].follows
		if !o.started {
			token = fields[i].prefix
		}
		// The colon tells keys of different lengths apart, mostly.
		if n := len(token); n <= len(src) && src[n-1] == ':' && string(src[:n]) == token {
			d.pos += n
			o.started = true
			return d.see(o, i)
		}
	}
	return nil
}

// other reads what comes next in the object: a key, whose field it returns if
// there is one, or the end. A member without a field is read and kept.
func (d *JSONDecoder) other(o *JSONObject) (f *field, more bool) {
	more, err := d.next('}', !o.started)
	if err != nil {
		d.fail()
		return nil, false
	}
	if !more {
		d.complete(o)
		return nil, false
	}
	o.started = true
	key, err := d.key()
	if err != nil {
		d.fail()
		return nil, false
	}
	if i := o.layout.find(textOf(key)); i >= 0 {
		return d.see(o, i), true
	}
	d.keep(o, key)
	return nil, true
}

// complete gives up on an object without all required members.
func (d *JSONDecoder) complete(o *JSONObject) {
	if o.layout.required[0]&^o.seen != 0 {
		d.fail()
	}
}

// see returns field i, unless it was there before.
func (d *JSONDecoder) see(o *JSONObject, i int) *field {
	if o.seen&(1<<i) != 0 {
		d.fail()
		return nil
	}
	o.seen |= 1 << i
	o.expected = i + 1
	return &o.layout.fields[i]
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

// Array enters an array.
func (d *JSONDecoder) Array() {
	if d.open('[') != nil {
		d.fail()
	}
}

// Item reports whether item i of an array is to be read, and leaves the array
// if there is none.
func (d *JSONDecoder) Item(i int) bool {
	more, err := d.next(']', i == 0)
	return gotJSON(d, more, err) && !d.failed
}

// Text reads a string.
func (d *JSONDecoder) Text() string {
	if text, ok := d.ascii(); ok {
		return d.arena.copy(text, len(d.src)-d.pos)
	}
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

// Blob reads a blob into x, which is empty, if that is not nil.
func (d *JSONDecoder) Blob(x *Blob) *Blob {
	if x == nil {
		x = new(Blob)
	}
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
	if err != nil || !(Link{c}).known() || !d.skip(jsonBlobSize) {
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

// Type returns the $type of the object that comes next, or nothing if [JSONDecoder.Union]
// has to find out what that means. The result is for comparing: it shares the
// input's memory.
func (d *JSONDecoder) Type() string {
	name, _, err := d.findType()
	if err != nil {
		return ""
	}
	return textOf(name)
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
	m := index.find(textOf(name))
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

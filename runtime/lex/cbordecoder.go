package lex

import (
	"fmt"

	"github.com/lexgen/lexgen/runtime/cid"
)

// Limits on what is read from CBOR and written to it, besides MaxDepth
// (DM-23). Everything else is limited by the length of the input.
const (
	MaxElements = 131_072 // items of one array, or members of one object
	MaxKey      = 8_192   // bytes of the name of a member
)

// A CBORDecoder reads one item of CBOR from memory. Generated code drives it
// through its exported methods; everybody else calls [DecodeCBOR].
type CBORDecoder struct {
	src     string
	pos     int
	depth   int
	claimed int        // items that all containers so far have announced
	failed  bool       // generated code has given up
	texts   *cborTexts // what is still to be copied, unless values may share src
	types   cborTypeFinder
}

// decodeAllCBOR reads src as one item with read and nothing after it.
func decodeAllCBOR(src string, read func(d *CBORDecoder) *Error) *Error {
	d := &CBORDecoder{src: src}
	if err := read(d); err != nil {
		return err
	}
	return d.end()
}

// end makes sure that nothing is left (DM-08).
func (d *CBORDecoder) end() *Error {
	if d.pos < len(d.src) {
		return d.failf("data after the end of the value")
	}
	return nil
}

// failf returns an error about the place that is read next.
func (d *CBORDecoder) failf(format string, args ...any) *Error {
	return d.failAt(d.pos, format, args...)
}

func (*CBORDecoder) failAt(offset int, format string, args ...any) *Error {
	return &Error{Offset: offset, Reason: fmt.Sprintf(format, args...)}
}

// peek returns the first byte of the item that comes next, or the break code,
// which begins none, at the end.
func (d *CBORDecoder) peek() byte {
	if d.pos < len(d.src) {
		return d.src[d.pos]
	}
	return cborSimple | cborIndefinite
}

// expected describes what stands here instead of what.
func (d *CBORDecoder) expected(what string) *Error {
	return d.failf("expected %s, found %s", what, d.found())
}

// found names what stands here.
func (d *CBORDecoder) found() string {
	if d.pos >= len(d.src) {
		return "the end of the input"
	}
	switch c := d.src[d.pos]; c & cborMajor {
	case cborUint, cborNegint:
		return "an integer"
	case cborBytes:
		return "bytes"
	case cborText:
		return "a string"
	case cborArray:
		return "an array"
	case cborMap:
		return "an object"
	case cborTag:
		return foundTag(c)
	default:
		return foundSimple(c)
	}
}

func foundTag(c byte) string {
	if c == cborTag|cborOne {
		return "a link or another tag"
	}
	return "a tag"
}

func foundSimple(c byte) string {
	switch c {
	case cborFalse, cborTrue:
		return "a boolean"
	case cborNull:
		return "null"
	case cborNull + 1:
		return "undefined"
	case cborSimple | cborTwo, cborSimple | cborFour, cborSimple | cborEight:
		return "a float"
	case cborSimple | cborIndefinite:
		return "an end mark"
	}
	return "a simple value"
}

// skip consumes token if it stands here.
func (d *CBORDecoder) skip(token string) bool {
	end := d.pos + len(token)
	if end > len(d.src) || d.src[d.pos:end] != token {
		return false
	}
	d.pos = end
	return true
}

// openContainer enters the array or map that comes next and returns how many
// items it has, those of a map counted once each for key and value.
//
// Every item that a container announces needs a byte of its own, so all
// containers together cannot announce more than the input's length; hence
// memory may be reserved for what one announces.
func (d *CBORDecoder) openContainer(major byte, what string, each int) (int, *Error) {
	start := d.pos
	if d.peek()&cborMajor != major {
		return 0, d.expected(what)
	}
	_, n, err := d.head()
	switch {
	case err != nil:
		return 0, err
	case n > MaxElements:
		return 0, d.failAt(start, "more than %d items in one object or array", MaxElements)
	case d.depth == MaxDepth:
		return 0, d.failAt(start, "%s", tooDeep().Reason)
	}
	d.depth++
	d.claimed += each * int(n)
	if d.claimed > len(d.src) {
		return 0, d.failAt(start, "the input is shorter than its %d items", n)
	}
	return int(n), nil
}

func (d *CBORDecoder) openArray() (int, *Error) {
	return d.openContainer(cborArray, "an array", 1)
}

func (d *CBORDecoder) openMap() (int, *Error) {
	return d.openContainer(cborMap, "an object", 2)
}

// close leaves a container whose items have all been read.
func (d *CBORDecoder) close() { d.depth-- }

// text reads a string, which shares the input's memory.
func (d *CBORDecoder) text() (string, *Error) {
	start := d.pos
	s, err := d.raw(cborText, "a string")
	if err == nil && !validText(s) {
		return "", d.failAt(start, "the string is not UTF-8")
	}
	return s, err
}

// bytes reads bytes, which share the input's memory.
func (d *CBORDecoder) bytes() ([]byte, *Error) {
	s, err := d.raw(cborBytes, "bytes")
	if err != nil {
		return nil, err
	}
	if len(s) == 0 {
		return []byte{}, nil
	}
	return bytesOf(s), nil
}

// raw reads an item of major type text or bytes.
func (d *CBORDecoder) raw(major byte, what string) (string, *Error) {
	start := d.pos
	if d.peek()&cborMajor != major {
		return "", d.expected(what)
	}
	_, n, err := d.head()
	if err != nil {
		return "", err
	}
	if n > uint64(len(d.src)-d.pos) {
		return "", d.failAt(start, "the input ends inside an item")
	}
	s := d.src[d.pos : d.pos+int(n)]
	d.pos += int(n)
	return s, nil
}

func (d *CBORDecoder) int() (int64, *Error) {
	start := d.pos
	c := d.peek() & cborMajor
	if c != cborUint && c != cborNegint {
		return 0, d.expected("an integer")
	}
	_, n, err := d.head()
	if err != nil {
		return 0, err
	}
	v := int64(n)
	if v < 0 {
		return 0, d.failAt(start, "the integer needs more than 64 bits")
	}
	if c == cborNegint {
		return ^v, nil
	}
	return v, nil
}

func (d *CBORDecoder) bool() (bool, *Error) {
	switch d.peek() {
	case cborTrue:
		d.pos++
		return true, nil
	case cborFalse:
		d.pos++
		return false, nil
	}
	return false, d.expected("a boolean")
}

// What stands before a CID: the tag of links, and the head of a byte string
// that begins with a zero byte (DM-10).
const (
	cborLinkTag    = "\xd8\x2a"
	cborLinkHead   = "\x58\x25\x00"
	cborLinkPrefix = cborLinkTag + cborLinkHead
)

// link reads a link.
func (d *CBORDecoder) link() (Link, *Error) {
	if end := d.pos + len(cborLinkPrefix) + cid.Size; end <= len(d.src) && d.skip(cborLinkPrefix) {
		c, err := cid.FromBytes(bytesOf(d.src[d.pos:end]))
		if err != nil {
			return Link{}, d.failf("%v", err)
		}
		if fault := (Link{c}).check(); fault != nil {
			return Link{}, d.failAt(end-cid.Size-len(cborLinkPrefix), "%s", fault.Reason)
		}
		d.pos = end
		return Link{c}, nil
	}
	return d.oddLink()
}

// oddLink reads what does not begin as links do: something else, or a link
// whose CID has no form that this package holds (DM-11).
func (d *CBORDecoder) oddLink() (Link, *Error) {
	start := d.pos
	if d.peek()&cborMajor != cborTag {
		return Link{}, d.expected("a link")
	}
	if _, n, err := d.head(); err != nil {
		return Link{}, err
	} else if n != 42 {
		return Link{}, d.failAt(start, "the tag %d is no value of the data model", n)
	}
	b, err := d.bytes()
	if err != nil {
		return Link{}, err
	}
	if len(b) == 0 || b[0] != 0 {
		return Link{}, d.failAt(start, "the bytes of a link begin with a zero byte")
	}
	_, odd := cid.FromBytes(b[1:])
	return Link{}, d.failAt(start, "%v", odd)
}

// key reads the name of a member, and also returns it as it was encoded.
func (d *CBORDecoder) key() (name, encoded string, _ *Error) {
	start := d.pos
	if d.peek()&cborMajor != cborText {
		return "", "", d.expected("the name of a member")
	}
	name, err := d.text()
	if err != nil {
		return "", "", err
	}
	if len(name) > MaxKey {
		return "", "", d.failAt(start, "the name of a member has more than %d bytes", MaxKey)
	}
	return name, d.src[start:d.pos], nil
}

// inOrder makes sure that a key, which stands at start, comes after the one
// before it. Both are as encoded, because canonical order is the bytewise
// order of that (DM-09). The first key of an object has nothing before it.
func (d *CBORDecoder) inOrder(start int, before, encoded string) *Error {
	if before < encoded {
		return nil
	}
	d.pos = start
	name, _ := d.text()
	if before == encoded {
		return d.failAt(start, "the object has this member twice").member(name)
	}
	return d.failAt(start, "the members are not in canonical order").member(name)
}

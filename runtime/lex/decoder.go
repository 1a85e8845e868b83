package lex

import (
	"fmt"
	"strings"
)

// A JSONDecoder reads one JSON text (RFC 8259) from memory, strictly. Generated
// code drives it through its exported methods; everybody else calls
// [DecodeJSON]. The unexported methods
// read from pos on and skip white space before a token, not after it.
type JSONDecoder struct {
	src     []byte
	pos     int
	depth   int
	failed  bool // generated code has given up
	arena   arena
	types   typeFinder
	scratch []byte // the last string that had escapes
}

// decodeAll reads b as one value with read and nothing after it.
func decodeAll(b []byte, read func(d *JSONDecoder) *Error) *Error {
	d := &JSONDecoder{src: b}
	if err := read(d); err != nil {
		return err
	}
	if d.peek(); d.pos < len(d.src) {
		return d.failf("data after the end of the value")
	}
	return nil
}

// failf returns an error about the place that is read next.
func (d *JSONDecoder) failf(format string, args ...any) *Error {
	return d.failAt(d.pos, format, args...)
}

func (d *JSONDecoder) failAt(offset int, format string, args ...any) *Error {
	return &Error{Offset: offset, Reason: fmt.Sprintf(format, args...)}
}

// at gives the error a place in the input.
func (e *Error) at(offset int) *Error {
	e.Offset = offset
	return e
}

// peek skips white space and returns the byte that follows, or 0 at the end.
func (d *JSONDecoder) peek() byte {
	for d.pos < len(d.src) {
		c := d.src[d.pos]
		if c > ' ' || c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return c
		}
		d.pos++
	}
	return 0
}

// mark skips white space and returns the offset of what follows.
func (d *JSONDecoder) mark() int {
	d.peek()
	return d.pos
}

// skip consumes token if it stands here.
func (d *JSONDecoder) skip(token string) bool {
	end := d.pos + len(token)
	if end > len(d.src) || string(d.src[d.pos:end]) != token {
		return false
	}
	d.pos = end
	return true
}

// expected describes what stands here instead of what.
func (d *JSONDecoder) expected(what string) *Error {
	return d.failf("expected %s, found %s", what, d.found())
}

// found names what stands here.
func (d *JSONDecoder) found() string {
	if d.pos >= len(d.src) {
		return "the end of the input"
	}
	rest := string(d.src[d.pos:min(d.pos+len("false"), len(d.src))])
	switch c := rest[0]; {
	case c == '{':
		return "an object"
	case c == '[':
		return "an array"
	case c == '"':
		return "a string"
	case rest == "false" || strings.HasPrefix(rest, "true"):
		return "a boolean"
	case strings.HasPrefix(rest, "null"):
		return "null"
	case c == '-' || c >= '0' && c <= '9':
		return "a number"
	default:
		return fmt.Sprintf("%q", c)
	}
}

// open enters the container that begins with c.
func (d *JSONDecoder) open(c byte) *Error {
	if d.peek() != c {
		if c == '[' {
			return d.expected("an array")
		}
		return d.expected("an object")
	}
	if d.depth == MaxDepth {
		return d.failf("%s", tooDeep().Reason)
	}
	d.depth++
	d.pos++
	return nil
}

// next moves to the next element of the open container, which ends with
// closing, and reports whether there is one. first says that none was read.
func (d *JSONDecoder) next(closing byte, first bool) (bool, *Error) {
	c := d.peek()
	if c == closing {
		d.pos++
		d.depth--
		return false, nil
	}
	if first {
		return true, nil
	}
	if c != ',' {
		return false, d.expected(fmt.Sprintf("a comma or %q", closing))
	}
	d.pos++
	d.peek()
	return true, nil
}

// key reads the key of a member and the colon after it. The result may share
// the input's memory.
func (d *JSONDecoder) key() ([]byte, *Error) {
	if d.peek() != '"' {
		return nil, d.expected("the name of a member")
	}
	key, err := d.text()
	if err != nil {
		return nil, err
	}
	if d.peek() != ':' {
		return nil, d.expected("a colon")
	}
	d.pos++
	return key, nil
}

func (d *JSONDecoder) duplicate(key []byte) *Error {
	return d.failf("the object has this member twice").member(string(key))
}

func (d *JSONDecoder) bool() (bool, *Error) {
	switch d.peek(); {
	case d.skip("true"):
		return true, nil
	case d.skip("false"):
		return false, nil
	}
	return false, d.expected("a boolean")
}

func (d *JSONDecoder) null() *Error {
	if d.peek(); d.skip("null") {
		return nil
	}
	return d.expected("null")
}

// firstKey returns the first key of the object that begins here, or nothing.
// It stays where it is.
func (d *JSONDecoder) firstKey() []byte {
	start := d.pos
	d.pos++
	var key []byte
	if d.peek() == '"' {
		key, _ = d.text()
	}
	d.pos = start
	return key
}

// wrapped reads an object whose only member is key, with a string as its
// value. The string may share the input's memory.
func (d *JSONDecoder) wrapped(key string) ([]byte, *Error) {
	if d.peek() != '{' {
		return nil, d.expected("an object with " + key)
	}
	d.pos++
	if d.peek() == '}' {
		return nil, d.failf("expected %s, found nothing", key)
	}
	start := d.pos
	name, err := d.key()
	if err != nil {
		return nil, err
	}
	if string(name) != key {
		return nil, d.failAt(start, "expected %s, found %s", key, quote(string(name)))
	}
	text, err := d.text()
	if err != nil {
		return nil, err.member(key)
	}
	if d.peek() != '}' {
		return nil, d.failf("%s must be the only member of its object", key)
	}
	d.pos++
	return text, nil
}

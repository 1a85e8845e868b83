package lex

// A member of a union is decoded into the Go type that its $type names, which
// may be the object's last member. It is looked for ahead, without checking
// what is skipped, because that is read again. Unions in unions could make
// that quadratic; so once the skipping exceeds a multiple of the input, all
// objects' $type are found in one pass.

// maxSkip is that multiple.
const maxSkip = 4

// typeFinder remembers where the $type of objects stand.
type typeFinder struct {
	skipped int
	index   map[int]int // from an object's offset to that of the $type's value; nil at first
}

// findType returns the $type of the object that comes next, and whether it
// has one. It stays where it is. Text that is not JSON may be reported as an
// object without $type.
func (d *JSONDecoder) findType() ([]byte, bool, *Error) {
	if d.peek() != '{' {
		return nil, false, d.expected("an object")
	}
	start := d.pos
	name, found, err := d.typeHere()
	d.pos = start
	return name, found, err
}

// typeHere is findType, but moves on.
func (d *JSONDecoder) typeHere() ([]byte, bool, *Error) {
	if !d.toType() {
		return nil, false, nil
	}
	start := d.mark()
	name, err := d.text()
	if err == nil && len(name) == 0 {
		err = d.failAt(start, "$type must be a string that is not empty")
	}
	if err != nil {
		return nil, false, err.member(typeKey)
	}
	return name, true, nil
}

// toType moves to the value of the object's $type if there is one.
func (d *JSONDecoder) toType() bool {
	start := d.pos
	d.pos++
	if d.peek(); d.skip(`"$type":`) {
		return true
	}
	d.pos = start
	if d.types.skipped > maxSkip*len(d.src) {
		return d.toIndexedType()
	}
	found := d.toMember(typeKey)
	d.types.skipped += d.pos - start
	return found
}

// toIndexedType is toType by the index.
func (d *JSONDecoder) toIndexedType() bool {
	if d.types.index == nil {
		d.types.index = indexTypes(d.src)
	}
	value, ok := d.types.index[d.pos]
	if ok {
		d.pos = value
	}
	return ok
}

// toMember moves to the value of the object's member key if there is one, and
// somewhere beyond the start of the object if not.
func (d *JSONDecoder) toMember(key string) bool {
	d.pos++
	for d.peek() == '"' {
		name, err := d.key()
		if err != nil {
			return false
		}
		if string(name) == key {
			return true
		}
		d.skipValue()
		if d.peek() != ',' {
			return false
		}
		d.pos++
	}
	return false
}

// hasMember reports whether the object that comes next has the member key.
// It stays where it is.
func (d *JSONDecoder) hasMember(key string) bool {
	start := d.mark()
	found := d.toMember(key)
	d.pos = start
	return found
}

// skipValue moves to the comma or the bracket that ends a value, or to the
// end of the input. It checks nothing.
func (d *JSONDecoder) skipValue() {
	for depth := 0; d.pos < len(d.src); {
		switch d.src[d.pos] {
		case '"':
			d.skipString()
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return
			}
			depth--
		case ',':
			if depth == 0 {
				return
			}
		}
		d.pos++
	}
}

// skipString moves behind the string that begins here, or to the end of the
// input.
func (d *JSONDecoder) skipString() {
	for d.pos++; d.pos < len(d.src); {
		n, _ := plainLen(d.src[d.pos:])
		d.pos += n
		switch {
		case d.follows('"'):
			d.pos++
			return
		case d.follows('\\'):
			d.pos++
		}
		d.pos++
	}
	d.pos = len(d.src)
}

// missingType says that the object that comes next has no $type, unless it is
// no JSON to begin with.
func (d *JSONDecoder) missingType() *Error {
	start := d.mark()
	if _, err := d.dataMap(); err != nil {
		return err
	}
	return d.failAt(start, "a member of a union needs $type")
}

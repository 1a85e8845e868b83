package lex

// In canonical order few keys stand before $type, so that a union's member is
// found by skipping little. Hostile input can nest unions behind short keys;
// once the skipping exceeds a multiple of the input, as for JSON, all objects'
// $type are found in one pass.

// cborTypeToken is the key $type.
const cborTypeToken = "\x65" + typeKey

// cborTypeFinder remembers where the $type of objects stand.
type cborTypeFinder struct {
	skipped int
	index   map[int]int // from an object's offset to that of the $type's value; nil at first
}

// findType returns the $type of the object that comes next, and whether it
// has one. It stays where it is.
func (d *CBORDecoder) findType() (string, bool, *Error) {
	if d.peek()&cborMajor != cborMap {
		return "", false, d.expected("an object")
	}
	start := d.pos
	name, found, err := d.typeHere()
	d.pos = start
	return name, found, err
}

// typeHere is findType, but moves on.
func (d *CBORDecoder) typeHere() (string, bool, *Error) {
	found, err := d.toType()
	if err != nil || !found {
		return "", false, err
	}
	start := d.pos
	name, err := d.text()
	if err == nil && name == "" {
		err = d.failAt(start, "$type must be a string that is not empty")
	}
	if err != nil {
		return "", false, err.member(typeKey)
	}
	return name, true, nil
}

// toType moves to the value of the object's $type if there is one.
func (d *CBORDecoder) toType() (bool, *Error) {
	start := d.pos
	if d.types.skipped > maxSkip*len(d.src) {
		return d.toIndexedType(), nil
	}
	_, n, err := d.head()
	if err != nil {
		return false, err
	}
	for range n {
		if d.skip(cborTypeToken) {
			d.types.skipped += d.pos - start
			return true, nil
		}
		if d.pos < len(d.src) && d.src[d.pos:min(d.pos+len(cborTypeToken), len(d.src))] > cborTypeToken {
			break
		}
		if err := d.skipItems(2); err != nil {
			return false, err
		}
	}
	d.types.skipped += d.pos - start
	return false, nil
}

// toIndexedType is toType by the index.
func (d *CBORDecoder) toIndexedType() bool {
	if d.types.index == nil {
		d.types.index = indexCBORTypes(d.src)
	}
	value, ok := d.types.index[d.pos]
	if ok {
		d.pos = value
	}
	return ok
}

// skipItems moves behind the next n items and all that they contain. It
// checks nothing but what it needs to find their end.
func (d *CBORDecoder) skipItems(n int) *Error {
	for ; n > 0; n-- {
		c := d.peek()
		if c == cborFalse || c == cborTrue || c == cborNull {
			d.pos++
			continue
		}
		start := d.pos
		major, arg, err := d.head()
		if err != nil {
			return err
		}
		left := uint64(len(d.src) - d.pos)
		switch major {
		case cborText, cborBytes:
			if arg > left {
				return d.failAt(start, "the input ends inside an item")
			}
			d.pos += int(arg)
		case cborArray, cborMap:
			if arg > left {
				return d.failAt(start, "the input is shorter than its %d items", arg)
			}
			n += int(arg) << (major >> 5 & 1) // a map has two items for each member
		case cborTag:
			n++
		}
	}
	return nil
}

// indexCBORTypes maps the offset of each object in src to that of its $type's
// value, for each that has one. It ends early where src is no canonical CBOR or nested
// deeper than decoding accepts.
func indexCBORTypes(src string) map[int]int {
	x := cborTypeIndexer{d: CBORDecoder{src: src}, index: map[int]int{}}
	for more := true; more; {
		more = x.d.pos < len(src) && len(x.open) <= MaxDepth && x.item() == nil
	}
	return x.index
}

// cborTypeIndexer reads items one by one, loosely.
type cborTypeIndexer struct {
	d     CBORDecoder
	open  []openMap // the containers around, none of which is empty
	index map[int]int
}

// openMap is a container, of which left items are still to come. Those of an
// object are keys whenever left is even.
type openMap struct {
	start, left int
	object      bool
}

func (x *cborTypeIndexer) item() *Error {
	start := x.d.pos
	if top := len(x.open) - 1; top >= 0 {
		if o := &x.open[top]; o.object && o.left%2 == 0 && x.d.skip(cborTypeToken) {
			x.index[o.start] = x.d.pos
			x.d.pos = start
		}
	}
	c := x.d.peek()
	if c&cborMajor != cborArray && c&cborMajor != cborMap {
		if err := x.d.skipItems(1); err != nil {
			return err
		}
		x.closeDone()
		return nil
	}
	major, n, err := x.d.head()
	if err != nil {
		return err
	}
	if n > uint64(len(x.d.src)) {
		return x.d.failf("the input is shorter than its items")
	}
	if n == 0 {
		x.closeDone()
		return nil
	}
	x.open = append(x.open, openMap{start: start, left: int(n) << (major >> 5 & 1), object: major == cborMap})
	return nil
}

// closeDone counts an item that has ended, and the containers that end with
// it.
func (x *cborTypeIndexer) closeDone() {
	for len(x.open) > 0 {
		top := &x.open[len(x.open)-1]
		if top.left--; top.left > 0 {
			return
		}
		x.open = x.open[:len(x.open)-1]
	}
}

// missingType says that the object that comes next has no $type, unless it is
// no canonical CBOR to begin with.
func (d *CBORDecoder) missingType() *Error {
	start := d.pos
	if _, err := d.dataMap(); err != nil {
		return err
	}
	return d.failAt(start, "a member of a union needs $type")
}

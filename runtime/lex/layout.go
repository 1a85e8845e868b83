package lex

import "slices"

// A layout is the list of an object's members and where each lives in a Go
// struct. It is immutable.
type layout struct {
	fields   []field  // in canonical order
	byLength []int    // byLength[n] is the first field with a key of n bytes or more
	required []uint64 // a bit for each field that must be there
	extra    uintptr  // offset of the Extra
	// named says that the object writes its own $type, which is one of fields.
	named bool
}

// field is one member of an object.
type field struct {
	key     string
	token   string // what is written before the value: a comma, the key, a colon
	prefix  string // what stands before the value in the input, most likely,
	follows string // and if another member comes first
	cbor    string // the key as CBOR
	cborOut string // what is written before the value: the key, or all of $type
	codec   codec
	index   int     // of the field in the struct; -1 for $type
	value   uintptr // offset of the value
	mark    uintptr // offset of Opt's flag or Nullable's state
	absence absence
	missing State // what the absence of a value means
	// canMiss and canBeNull are what the schema says of the member.
	canMiss, canBeNull bool
}

// absence is how a Go type says that there is no value.
type absence uint8

const (
	never      absence = iota // it cannot
	flagged                   // Opt's flag is not set
	stated                    // Nullable's state
	nilSlice                  // nil, as the other three
	nilPointer                //
	nilObject                 //
)

// newLayout sorts fields, whose keys differ. A field's token is what its
// value always begins with.
func newLayout(fields []field, extra uintptr, named bool) *layout {
	l := &layout{fields: slices.Clone(fields), extra: extra, named: named}
	slices.SortFunc(l.fields, func(a, b field) int { return compareKeys(a.key, b.key) })
	l.required = make([]uint64, 1+len(fields)/64)
	for i := range l.fields {
		f := &l.fields[i]
		key := string(jsonText(f.key)) + ":"
		f.prefix, f.follows, f.token = key, ","+key, ","+key+f.token
		f.cbor = cborTextToken(f.key)
		f.cborOut = f.cbor + f.cborOut
		for len(l.byLength) <= len(f.key) {
			l.byLength = append(l.byLength, i)
		}
		if !f.canMiss {
			l.required[i/64] |= 1 << (i % 64)
		}
	}
	l.byLength = append(l.byLength, len(l.fields))
	return l
}

// find returns the index of the field with that key, or -1.
func (l *layout) find(key string) int {
	if len(key)+1 >= len(l.byLength) {
		return -1
	}
	for i := l.byLength[len(key)]; i < l.byLength[len(key)+1]; i++ {
		if l.fields[i].key == key {
			return i
		}
	}
	return -1
}

// appendJSON appends the struct at p as an object.
func (l *layout) appendJSON(b []byte, p ptr, depth int) ([]byte, *Error) {
	if depth >= MaxDepth {
		return b, tooDeep()
	}
	if extra := *at[Extra](p.field(l.extra)); len(extra) > 0 {
		return l.appendMerged(b, p, extra, depth)
	}
	start := len(b)
	for i := range l.fields {
		var err *Error
		if b, err = l.fields[i].appendJSON(b, p, depth+1); err != nil {
			return b, err
		}
	}
	return closeObject(b, start), nil
}

// appendMerged is appendJSON with extra members, in their places.
func (l *layout) appendMerged(b []byte, p ptr, extra Extra, depth int) ([]byte, *Error) {
	keys, err := l.extraKeys(extra)
	if err != nil {
		return b, err
	}
	start := len(b)
	for i := range l.fields {
		f := &l.fields[i]
		for len(keys) > 0 && compareKeys(keys[0], f.key) < 0 {
			if b, err = appendMember(b, keys[0], extra[keys[0]], depth+1); err != nil {
				return b, err
			}
			keys = keys[1:]
		}
		if b, err = f.appendJSON(b, p, depth+1); err != nil {
			return b, err
		}
	}
	for _, key := range keys {
		if b, err = appendMember(b, key, extra[key], depth+1); err != nil {
			return b, err
		}
	}
	return closeObject(b, start), nil
}

// extraKeys returns the sorted keys of extra, none of which may be a field's.
// A $type is left out if the object writes its own.
func (l *layout) extraKeys(extra Extra) ([]string, *Error) {
	keys := sortedKeys(extra)
	if i := slices.Index(keys, typeKey); i >= 0 && l.named {
		keys = slices.Delete(keys, i, i+1)
	} else if err := checkNoBlob(extra); err != nil {
		return nil, err
	}
	for _, key := range keys {
		if l.find(key) >= 0 {
			return nil, failf("Extra has a member that is a field, too").member(key)
		}
	}
	return keys, nil
}

// appendJSON appends a comma and the member, or nothing if it is absent.
func (f *field) appendJSON(b []byte, p ptr, depth int) ([]byte, *Error) {
	state := f.state(p)
	if state == Absent {
		return b, nil
	}
	b = append(b, f.token...)
	if state == Null {
		return append(b, "null"...), nil
	}
	b, err := f.codec.appendJSON(b, p.field(f.value), depth)
	if err != nil {
		return b, err.member(f.key)
	}
	return b, nil
}

// state tells whether the struct at p has the member.
func (f *field) state(p ptr) State {
	value := p.field(f.value)
	var none bool
	switch f.absence {
	case never:
	case flagged:
		none = !*at[bool](p.field(f.mark))
	case stated:
		return *at[State](p.field(f.mark))
	case nilSlice:
		none = *at[[]byte](value) == nil
	case nilPointer:
		none = at[ptr](value).isNil()
	case nilObject:
		none = *at[Object](value) == nil
	}
	if none {
		return f.missing
	}
	return Present
}

// decodeJSON reads an object into the struct at p, which is zero.
func (l *layout) decodeJSON(d *JSONDecoder, p ptr) *Error {
	start := d.mark()
	if err := d.open('{'); err != nil {
		return err
	}
	var few [2]uint64
	seen := few[:]
	if len(l.required) > len(few) {
		seen = make([]uint64, len(l.required))
	}
	for expected, first := 0, true; ; first = false {
		more, err := d.next('}', first)
		if err != nil {
			return err
		}
		if !more {
			return l.checkRequired(d, seen, start)
		}
		i, err := l.decodeMember(d, p, seen, expected)
		if err != nil {
			return err
		}
		if i >= 0 {
			expected = i + 1
		}
	}
}

// decodeMember reads one member and returns the index of its field, or -1 if
// it went to Extra. The field with the index expected is tried first, which
// saves the search where the input is in canonical order.
func (l *layout) decodeMember(d *JSONDecoder, p ptr, seen []uint64, expected int) (int, *Error) {
	i := expected
	if i >= len(l.fields) || !d.skip(l.fields[i].prefix) {
		key, err := d.key()
		if err != nil {
			return 0, err
		}
		if i = l.find(textOf(key)); i < 0 {
			return i, l.decodeExtra(d, p, key)
		}
	}
	f := &l.fields[i]
	if seen[i/64]&(1<<(i%64)) != 0 {
		return i, d.duplicate([]byte(f.key))
	}
	seen[i/64] |= 1 << (i % 64)
	return i, f.decodeJSON(d, p)
}

// decodeJSON reads the value of the field.
func (f *field) decodeJSON(d *JSONDecoder, p ptr) *Error {
	if d.peek() == 'n' {
		if err := f.decodeNull(d, p); err != nil {
			return err.member(f.key)
		}
		return nil
	}
	if err := f.codec.decodeJSON(d, p.field(f.value)); err != nil {
		return err.member(f.key)
	}
	f.setPresent(p)
	return nil
}

// setPresent says that the field has a value, where the value does not.
func (f *field) setPresent(p ptr) {
	if f.absence == flagged {
		*at[bool](p.field(f.mark)) = true
	}
	if f.absence == stated {
		*at[State](p.field(f.mark)) = Present
	}
}

// decodeNull reads null, which leaves the value zero.
func (f *field) decodeNull(d *JSONDecoder, p ptr) *Error {
	start := d.mark()
	if err := d.null(); err != nil {
		return err
	}
	if !f.canBeNull {
		return d.failAt(start, "null is not allowed")
	}
	if f.absence == stated {
		*at[State](p.field(f.mark)) = Null
	}
	return nil
}

// decodeExtra reads the value of a member that has no field.
func (l *layout) decodeExtra(d *JSONDecoder, p ptr, key []byte) *Error {
	extra := at[Extra](p.field(l.extra))
	if *extra == nil {
		*extra = Extra{}
	}
	start := d.mark()
	if err := d.dataMember(*extra, key); err != nil {
		return err
	}
	if err := checkNoBlob(*extra); err != nil {
		return err.at(start)
	}
	return nil
}

// checkNoBlob refuses a $type that makes an object a blob, which it is not
// (DM-22).
func checkNoBlob(extra Extra) *Error {
	if extra[typeKey] == blobName {
		return failf("a blob is no object").member(typeKey)
	}
	return nil
}

// checkRequired reports the first required member that was not seen in the
// object that begins at start.
func (l *layout) checkRequired(d *JSONDecoder, seen []uint64, start int) *Error {
	for i, bits := range l.required {
		if bits&^seen[i] == 0 {
			continue
		}
		for j := i * 64; j < len(l.fields); j++ {
			if f := &l.fields[j]; !f.canMiss && seen[j/64]&(1<<(j%64)) == 0 {
				return d.failAt(start, "required, but missing").member(f.key)
			}
		}
	}
	return nil
}

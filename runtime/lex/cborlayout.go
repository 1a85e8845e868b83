package lex

// appendCBOR appends the struct at p as an object.
func (l *layout) appendCBOR(b []byte, p ptr, depth int) ([]byte, *Error) {
	extra := *at[Extra](p.field(l.extra))
	var keys []string
	if len(extra) > 0 {
		var err *Error
		if keys, err = l.extraKeys(extra); err != nil {
			return b, err
		}
	}
	b, err := appendContainer(b, cborMap, l.present(p)+len(keys), depth)
	if err != nil {
		return b, err
	}
	for i := range l.fields {
		f := &l.fields[i]
		for len(keys) > 0 && compareKeys(keys[0], f.key) < 0 {
			if b, err = appendCBORMember(b, keys[0], extra[keys[0]], depth+1); err != nil {
				return b, err
			}
			keys = keys[1:]
		}
		if b, err = f.appendCBOR(b, p, depth+1); err != nil {
			return b, err
		}
	}
	for _, key := range keys {
		if b, err = appendCBORMember(b, key, extra[key], depth+1); err != nil {
			return b, err
		}
	}
	return b, nil
}

// present counts the members that the struct at p has fields for.
func (l *layout) present(p ptr) int {
	n := 0
	for i := range l.fields {
		if l.fields[i].state(p) != Absent {
			n++
		}
	}
	return n
}

// appendCBOR appends the member, or nothing if it is absent.
func (f *field) appendCBOR(b []byte, p ptr, depth int) ([]byte, *Error) {
	state := f.state(p)
	if state == Absent {
		return b, nil
	}
	b = append(b, f.cborOut...)
	if state == Null {
		return append(b, cborNull), nil
	}
	b, err := f.codec.appendCBOR(b, p.field(f.value), depth)
	if err != nil {
		return b, err.member(f.key)
	}
	return b, nil
}

// decodeCBOR reads an object into the struct at p, which is zero.
func (l *layout) decodeCBOR(d *CBORDecoder, p ptr) *Error {
	start := d.pos
	n, err := d.openMap()
	if err != nil {
		return err
	}
	m := cborMembers{layout: l, missing: -1}
	for range n {
		if err := m.decode(d, p); err != nil {
			return err
		}
	}
	d.close()
	m.pass(len(l.fields))
	if m.missing >= 0 {
		return d.failAt(start, "required, but missing").member(l.fields[m.missing].key)
	}
	return nil
}

// cborMembers is how far an object has been read. Because its keys are in
// order, as the fields are, each field is passed once.
type cborMembers struct {
	*layout
	before  string // the last key, as encoded
	next    int    // the first field that was not passed
	missing int    // the first required field that was passed and not there, or -1
}

// decode reads one member.
func (m *cborMembers) decode(d *CBORDecoder, p ptr) *Error {
	start := d.pos
	if m.next < len(m.fields) && d.skip(m.fields[m.next].cbor) {
		f := &m.fields[m.next]
		if m.before >= f.cbor {
			return d.inOrder(start, m.before, f.cbor)
		}
		m.before = f.cbor
		m.next++
		return f.decodeCBOR(d, p)
	}
	name, encoded, err := d.key()
	if err == nil {
		err = d.inOrder(start, m.before, encoded)
	}
	if err != nil {
		return err
	}
	m.before = encoded
	i := m.find(name)
	if i < 0 {
		return m.decodeExtra(d, p, name)
	}
	m.pass(i)
	m.next++
	return m.fields[i].decodeCBOR(d, p)
}

// pass goes on to field i.
func (m *cborMembers) pass(i int) {
	for ; m.next < i; m.next++ {
		if m.missing < 0 && !m.fields[m.next].canMiss {
			m.missing = m.next
		}
	}
}

// decodeExtra reads the value of a member that has no field.
func (m *cborMembers) decodeExtra(d *CBORDecoder, p ptr, name string) *Error {
	extra := at[Extra](p.field(m.extra))
	if *extra == nil {
		*extra = Extra{}
	}
	start := d.pos
	if err := d.dataMember(*extra, name); err != nil {
		return err
	}
	if err := checkNoBlob(*extra); err != nil {
		return err.at(start)
	}
	return nil
}

// decodeCBOR reads the value of the field.
func (f *field) decodeCBOR(d *CBORDecoder, p ptr) *Error {
	if d.peek() == cborNull {
		if !f.canBeNull {
			return d.failf("null is not allowed").member(f.key)
		}
		d.pos++
		if f.absence == stated {
			*at[State](p.field(f.mark)) = Null
		}
		return nil
	}
	if err := f.codec.decodeCBOR(d, p.field(f.value)); err != nil {
		return err.member(f.key)
	}
	f.setPresent(p)
	return nil
}

// hasMember reports whether the object that comes next has the member with
// that encoded key. It stays where it is.
func (d *CBORDecoder) hasMember(key string) bool {
	start := d.pos
	_, n, err := d.head()
	found := false
	for ; n > 0 && err == nil && !found; n-- {
		if found = d.skip(key); !found {
			err = d.skipItems(2)
		}
	}
	d.pos = start
	return found
}

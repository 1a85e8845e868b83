package lex

import "slices"

// dataCodec is for a variable of type any that holds a value of the data model
// (DM-01).
type dataCodec struct{}

func (dataCodec) appendJSON(b []byte, p ptr, depth int) ([]byte, *Error) {
	return appendData(b, *at[any](p), depth)
}

func (dataCodec) decodeJSON(d *JSONDecoder, p ptr) (err *Error) {
	*at[any](p), err = d.data()
	return err
}

func (dataCodec) appendCBOR(b []byte, p ptr, depth int) ([]byte, *Error) {
	return appendCBORData(b, *at[any](p), depth)
}

func (dataCodec) decodeCBOR(d *CBORDecoder, p ptr) (err *Error) {
	*at[any](p), err = d.data()
	return err
}

// mapCodec is for a variable of type map[string]any or Extra.
type mapCodec struct{}

func (mapCodec) appendJSON(b []byte, p ptr, depth int) ([]byte, *Error) {
	return appendMap(b, *at[map[string]any](p), depth)
}

func (mapCodec) decodeJSON(d *JSONDecoder, p ptr) (err *Error) {
	*at[map[string]any](p), err = d.dataMap()
	return err
}

func (mapCodec) appendCBOR(b []byte, p ptr, depth int) ([]byte, *Error) {
	return appendCBORMap(b, *at[map[string]any](p), depth)
}

func (mapCodec) decodeCBOR(d *CBORDecoder, p ptr) (err *Error) {
	*at[map[string]any](p), err = d.dataMap()
	return err
}

// appendCBORData appends a value of the data model.
func appendCBORData(b []byte, v any, depth int) ([]byte, *Error) {
	switch v := v.(type) {
	case nil:
		return append(b, cborNull), nil
	case bool:
		return appendCBORBool(b, v), nil
	case int64:
		return appendInt(b, v), nil
	case string:
		return appendText(b, v)
	case Bytes:
		return appendCBORBytes(b, v), nil
	case Link:
		return appendCBORLink(b, v)
	case []any:
		return appendCBORList(b, v, depth)
	case map[string]any:
		return appendCBORMap(b, v, depth)
	}
	return b, failf("%T is no type of the data model", v)
}

func appendCBORBool(b []byte, v bool) []byte {
	if v {
		return append(b, cborTrue)
	}
	return append(b, cborFalse)
}

func appendCBORBytes(b, data []byte) []byte {
	return append(appendHead(b, cborBytes, uint64(len(data))), data...)
}

func appendCBORLink(b []byte, l Link) ([]byte, *Error) {
	if err := l.check(); err != nil {
		return b, err
	}
	return l.AppendBytes(append(b, cborLinkPrefix...)), nil
}

// appendContainer appends the head of a container that depth others enclose.
func appendContainer(b []byte, major byte, n, depth int) ([]byte, *Error) {
	if depth >= MaxDepth {
		return b, tooDeep()
	}
	if n > MaxElements {
		return b, failf("more than %d items in one object or array", MaxElements)
	}
	return appendHead(b, major, uint64(n)), nil
}

func appendCBORList(b []byte, list []any, depth int) ([]byte, *Error) {
	b, err := appendContainer(b, cborArray, len(list), depth)
	if err != nil {
		return b, err
	}
	for i, v := range list {
		if b, err = appendCBORData(b, v, depth+1); err != nil {
			return b, err.item(i)
		}
	}
	return b, nil
}

func appendCBORMap(b []byte, m map[string]any, depth int) ([]byte, *Error) {
	name, _ := m[typeKey].(string)
	if err := checkBlobMap(name, m); err != nil {
		return b, err
	}
	return appendCBORMembers(b, m, "", depth)
}

// appendCBORMembers appends the object that has m's members and, unless name
// is empty, that $type, which m then has not.
func appendCBORMembers(b []byte, m map[string]any, name string, depth int) ([]byte, *Error) {
	keys := sortedKeys(m)
	if name != "" {
		at, _ := slices.BinarySearchFunc(keys, typeKey, compareKeys)
		keys = slices.Insert(keys, at, typeKey)
	}
	b, err := appendContainer(b, cborMap, len(keys), depth)
	if err != nil {
		return b, err
	}
	for _, key := range keys {
		value := m[key]
		if key == typeKey && name != "" {
			value = name
		}
		if b, err = appendCBORMember(b, key, value, depth+1); err != nil {
			return b, err
		}
	}
	return b, nil
}

// appendCBORMember appends a member that no schema names.
func appendCBORMember(b []byte, key string, value any, depth int) ([]byte, *Error) {
	if err := checkMember(key, value); err != nil {
		return b, err.member(key)
	}
	if len(key) > MaxKey {
		return b, failf("the name of a member has more than %d bytes", MaxKey).member(key)
	}
	b, err := appendText(b, key)
	if err != nil {
		return b, failf("the name of a member is not UTF-8").member(key)
	}
	if b, err = appendCBORData(b, value, depth); err != nil {
		return b, err.member(key)
	}
	return b, nil
}

// data reads a value of the data model.
func (d *CBORDecoder) data() (any, *Error) {
	c := d.peek()
	switch c & cborMajor {
	case cborUint, cborNegint:
		return boxed(d.int())
	case cborBytes:
		b, err := d.bytes()
		return boxed(Bytes(b), err)
	case cborText:
		return boxed(d.text())
	case cborArray:
		return d.dataList()
	case cborMap:
		return boxed(d.dataMap())
	case cborTag:
		return boxed(d.link())
	}
	switch c {
	case cborNull:
		d.pos++
		return nil, nil
	case cborTrue, cborFalse:
		d.pos++
		return c == cborTrue, nil
	}
	if d.pos >= len(d.src) {
		return nil, d.expected("a value")
	}
	return nil, d.failf("%s is no value of the data model", d.found())
}

func (d *CBORDecoder) dataList() (any, *Error) {
	n, err := d.openArray()
	if err != nil {
		return nil, err
	}
	list := make([]any, n)
	for i := range list {
		if list[i], err = d.data(); err != nil {
			return nil, err.item(i)
		}
	}
	d.close()
	return list, nil
}

// dataMap reads an object. It is never nil.
func (d *CBORDecoder) dataMap() (map[string]any, *Error) {
	start := d.pos
	n, err := d.openMap()
	if err != nil {
		return nil, err
	}
	m := make(map[string]any, n)
	before := ""
	for range n {
		at := d.pos
		name, encoded, err := d.key()
		if err == nil {
			err = d.inOrder(at, before, encoded)
		}
		if err != nil {
			return nil, err
		}
		if err := d.dataMember(m, name); err != nil {
			return nil, err
		}
		before = encoded
	}
	d.close()
	name, _ := m[typeKey].(string)
	if err := checkBlobMap(name, m); err != nil {
		return nil, err.at(start)
	}
	return m, nil
}

// dataMember reads the value of a member that no schema names.
func (d *CBORDecoder) dataMember(m map[string]any, name string) *Error {
	start := d.pos
	v, err := d.data()
	if err == nil {
		if err = checkMember(name, v); err != nil {
			err = err.at(start)
		}
	}
	if err != nil {
		return err.member(name)
	}
	m[name] = v
	return nil
}

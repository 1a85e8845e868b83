package lex

import "slices"

// appendData appends a value of the data model (DM-01).
func appendData(b []byte, v any, depth int) ([]byte, *Error) {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return boolCodec{}.appendJSON(b, addr(&v), depth)
	case int64:
		return intCodec{}.appendJSON(b, addr(&v), depth)
	case string:
		return appendString(b, v)
	case Bytes:
		return appendBytes(b, v), nil
	case Link:
		return appendLink(b, v)
	case []any:
		return appendList(b, v, depth)
	case map[string]any:
		return appendMap(b, v, depth)
	}
	return b, failf("%T is no type of the data model", v)
}

func appendList(b []byte, list []any, depth int) ([]byte, *Error) {
	if depth >= MaxDepth {
		return b, tooDeep()
	}
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		var err *Error
		if b, err = appendData(b, v, depth+1); err != nil {
			return b, err.item(i)
		}
	}
	return append(b, ']'), nil
}

func appendMap(b []byte, m map[string]any, depth int) ([]byte, *Error) {
	if depth >= MaxDepth {
		return b, tooDeep()
	}
	name, _ := m[typeKey].(string)
	if err := checkBlobMap(name, m); err != nil {
		return b, err
	}
	return appendMembers(b, m, "", depth+1)
}

// appendMembers appends the object that has m's members and, unless name is
// empty, that $type, which m then has not. depth counts the object.
func appendMembers(b []byte, m map[string]any, name string, depth int) ([]byte, *Error) {
	keys := sortedKeys(m)
	if name != "" {
		at, _ := slices.BinarySearchFunc(keys, typeKey, compareKeys)
		keys = slices.Insert(keys, at, typeKey)
	}
	start := len(b)
	for _, key := range keys {
		value := m[key]
		if key == typeKey && name != "" {
			value = name
		}
		var err *Error
		if b, err = appendMember(b, key, value, depth); err != nil {
			return b, err
		}
	}
	return closeObject(b, start), nil
}

// appendMember appends a comma and a member that no schema names.
func appendMember(b []byte, key string, value any, depth int) ([]byte, *Error) {
	if err := checkMember(key, value); err != nil {
		return b, err.member(key)
	}
	b, err := appendString(append(b, ','), key)
	if err != nil {
		return b, failf("the name of a member is not UTF-8").member(key)
	}
	if b, err = appendData(append(b, ':'), value, depth); err != nil {
		return b, err.member(key)
	}
	return b, nil
}

// closeObject ends the object whose members stand from start on, each after a
// comma. The first comma makes room for the brace.
func closeObject(b []byte, start int) []byte {
	if len(b) == start {
		return append(b, "{}"...)
	}
	b[start] = '{'
	return append(b, '}')
}

// checkMember holds a member against the rules for keys that begin with $
// (DM-13, DM-14, DM-16).
func checkMember(key string, value any) *Error {
	switch key {
	case "$link", "$bytes":
		return failf("%s must be the only member of its object", key)
	case typeKey:
		if name, ok := value.(string); !ok || name == "" {
			return failf("$type must be a string that is not empty")
		}
	}
	return nil
}

// checkBlobMap holds the map of a blob, which is one if it has that name,
// against DM-18 and DM-19. Whether the values suit the schema is validation's
// business.
func checkBlobMap(name string, m map[string]any) *Error {
	if name != blobName {
		return nil
	}
	if _, ok := m["ref"].(Link); !ok {
		return failf("a blob needs a link").member("ref")
	}
	if _, ok := m["mimeType"].(string); !ok {
		return failf("a blob needs a string").member("mimeType")
	}
	if size, ok := m["size"].(int64); !ok || size < 0 {
		return failf("a blob needs an integer that is not negative").member("size")
	}
	return nil
}

// data reads a value of the data model.
func (d *JSONDecoder) data() (any, *Error) {
	switch d.peek() {
	case '{':
		return d.dataObject()
	case '[':
		return d.dataList()
	case '"':
		return boxed(d.string())
	case 't', 'f':
		return boxed(d.bool())
	case 'n':
		return nil, d.null()
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return boxed(d.int())
	}
	return nil, d.expected("a value")
}

// boxed makes a result one of data; an error has no value.
func boxed[T any](v T, err *Error) (any, *Error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}

func (d *JSONDecoder) dataList() (any, *Error) {
	if err := d.open('['); err != nil {
		return nil, err
	}
	list := []any{}
	for {
		more, err := d.next(']', len(list) == 0)
		if err != nil || !more {
			return list, err
		}
		v, err := d.data()
		if err != nil {
			return nil, err.item(len(list))
		}
		list = append(list, v)
	}
}

// dataObject reads what begins with a brace: a map, a link or bytes.
func (d *JSONDecoder) dataObject() (any, *Error) {
	switch string(d.firstKey()) {
	case "$link":
		var l Link
		err := linkCodec{}.decodeJSON(d, addr(&l))
		return l, err
	case "$bytes":
		var x Bytes
		err := bytesCodec{}.decodeJSON(d, addr(&x))
		return x, err
	}
	return d.dataMap()
}

// dataMap reads an object that is a map. It is never nil.
func (d *JSONDecoder) dataMap() (map[string]any, *Error) {
	start := d.mark()
	if err := d.open('{'); err != nil {
		return nil, err
	}
	m := map[string]any{}
	for {
		more, err := d.next('}', len(m) == 0)
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		key, err := d.key()
		if err != nil {
			return nil, err
		}
		if err := d.dataMember(m, key); err != nil {
			return nil, err
		}
	}
	name, _ := m[typeKey].(string)
	if err := checkBlobMap(name, m); err != nil {
		return nil, err.at(start)
	}
	return m, nil
}

// dataMember reads the value of a member that no schema names. key may share
// the input's memory.
func (d *JSONDecoder) dataMember(m map[string]any, key []byte) *Error {
	if _, twice := m[string(key)]; twice {
		return d.duplicate(key)
	}
	name := d.arena.copy(key, len(d.src)-d.pos)
	start := d.mark()
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

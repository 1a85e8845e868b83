package lex

import "reflect"

// A plan is what a Table means for the Go type that it describes: everything
// that is found out once, so that coding a value needs no reflection. It is
// immutable.
type plan struct {
	typ reflect.Type // a pointer type
	// plain is the object where its place tells its type, named the object
	// with $type. Both are the same for records, and named is nil if the
	// struct has no name.
	plain, named *layout
}

// tableOf returns the table of the pointer type t.
func tableOf(t reflect.Type) (*Table, *Error) {
	if t == nil || !isGenerated(t) {
		return nil, failf("%v is no pointer to a generated struct", t)
	}
	if x, ok := reflect.TypeAssert[Struct](reflect.Zero(t)); ok && x.LexTable() != nil {
		return x.LexTable(), nil
	}
	return nil, failf("%v has no table", t)
}

// isGenerated tells generated structs from those that only embed one: they
// have its methods, and its table does not describe them.
func isGenerated(t reflect.Type) bool {
	if t.Kind() != reflect.Pointer || t.Elem().Kind() != reflect.Struct || !t.Implements(structType) {
		return false
	}
	for f := range t.Elem().Fields() {
		if f.Anonymous {
			return false
		}
	}
	return true
}

// planOf returns the plan for x, which is v, a pointer that is not nil.
func planOf(x Struct, v reflect.Value) (*plan, *Error) {
	table := x.LexTable()
	if table == nil {
		return nil, failf("%v has no table", v.Type())
	}
	return table.planFor(v.Type())
}

// planFor returns the plan for the pointer type typ, the only one that t
// describes.
func (t *Table) planFor(typ reflect.Type) (*plan, *Error) {
	p := t.plan.Load()
	if p == nil {
		built, err := newPlan(t, typ)
		if err != nil {
			return nil, err
		}
		t.plan.CompareAndSwap(nil, built)
		p = t.plan.Load()
	}
	if p.typ != typ {
		return nil, failf("%v has the table of %v", typ, p.typ)
	}
	return p, nil
}

// newPlan holds a table against its Go type. An error is a defect of the
// generated code.
func newPlan(t *Table, typ reflect.Type) (*plan, *Error) {
	if !isGenerated(typ) {
		return nil, failf("%v is no generated struct, though it has the methods of one", typ)
	}
	st := typ.Elem()
	last := st.NumField() - 1
	if last != len(t.Fields) || st.Field(last).Type != reflect.TypeFor[Extra]() {
		return nil, failf("the table of %v needs one field for each but the last, which is the Extra", st)
	}
	keys := map[string]bool{typeKey: true}
	fields := make([]field, len(t.Fields))
	for i := range t.Fields {
		f, err := newField(&t.Fields[i], st.Field(i))
		if err != nil {
			return nil, failf("%v.%s: %s", st, st.Field(i).Name, err.Reason)
		}
		if keys[f.key] {
			return nil, failf("%v has two fields named %s", st, quote(f.key))
		}
		keys[f.key] = true
		f.index = i
		fields[i] = f
	}
	return newLayouts(t, typ, fields, st.Field(last).Offset)
}

func newLayouts(t *Table, typ reflect.Type, fields []field, extra uintptr) (*plan, *Error) {
	p := &plan{typ: typ, plain: newLayout(fields, extra, false)}
	o, ok := reflect.TypeAssert[Object](reflect.Zero(typ))
	if !ok {
		return p, nil
	}
	if name := o.LexType(); name != t.Name || name == "" {
		return nil, failf("%v is called %s and its table %s", typ, quote(name), quote(t.Name))
	}
	p.named = newLayout(append(fields, typeField(t.Name)), extra, true)
	if t.Record {
		p.plain = p.named
	}
	return p, nil
}

// typeField returns the member $type, which has no variable.
func typeField(name string) field {
	quoted := string(jsonText(name))
	return field{
		key:     typeKey,
		token:   quoted,
		cborOut: cborTextToken(name),
		codec:   constCodec{name, quoted},
		index:   -1,
		missing: Present,
	}
}

// newField describes the struct's field sf.
func newField(f *Field, sf reflect.StructField) (field, *Error) {
	out := field{
		key:       f.Name,
		value:     sf.Offset,
		canMiss:   f.Presence == Optional || f.Presence == OptionalNullable,
		canBeNull: f.Presence == RequiredNullable || f.Presence == OptionalNullable,
	}
	if out.canBeNull {
		out.missing = Null
	}
	t, err := out.unwrap(f.Presence, sf)
	if err != nil {
		return out, err
	}
	out.codec, err = codecOf(t, f.Type)
	return out, err
}

// unwrap finds out how sf says that there is no value, and returns the type
// of the value.
func (f *field) unwrap(presence Presence, sf reflect.StructField) (reflect.Type, *Error) {
	t := sf.Type
	switch {
	case presence == Required:
		return t, nil
	case presence == OptionalNullable:
		if !t.Implements(reflect.TypeFor[interface{ isNullable() }]()) {
			return nil, failf("an optional and nullable property needs a Nullable, not %v", t)
		}
		f.absence = stated
		f.mark = sf.Offset + t.Field(0).Offset
		f.value = sf.Offset + t.Field(1).Offset
		return t.Field(1).Type, nil
	case t.Implements(reflect.TypeFor[interface{ isOpt() }]()):
		f.absence = flagged
		f.value = sf.Offset + t.Field(0).Offset
		f.mark = sf.Offset + t.Field(1).Offset
		return t.Field(0).Type, nil
	}
	switch t.Kind() {
	case reflect.Slice:
		f.absence = nilSlice
	case reflect.Pointer:
		f.absence = nilPointer
	case reflect.Interface:
		f.absence = nilObject
	default:
		return nil, failf("%v cannot say that it is absent or null", t)
	}
	return t, nil
}

// refCodecOf chooses the codec for pointers to generated structs.
func refCodecOf(t reflect.Type) (codec, *Error) {
	table, err := tableOf(t)
	if err != nil {
		return nil, err
	}
	return &refCodec{t, table}, nil
}

// refCodec is for pointers to generated structs. The plan behind it is looked
// up when it is used, because types may refer to each other in circles.
type refCodec struct {
	typ   reflect.Type
	table *Table
}

func (c *refCodec) appendJSON(b []byte, p ptr, depth int) ([]byte, *Error) {
	target := *at[ptr](p)
	if target.isNil() {
		return b, required()
	}
	plan, err := c.table.planFor(c.typ)
	if err != nil {
		return b, err
	}
	return plan.plain.appendJSON(b, target, depth)
}

func (c *refCodec) decodeJSON(d *JSONDecoder, p ptr) *Error {
	plan, err := c.table.planFor(c.typ)
	if err != nil {
		return err
	}
	target := pointerOf(reflect.New(c.typ.Elem()))
	*at[ptr](p) = target
	return plan.plain.decodeJSON(d, target)
}

func (c *refCodec) appendCBOR(b []byte, p ptr, depth int) ([]byte, *Error) {
	target := *at[ptr](p)
	if target.isNil() {
		return b, required()
	}
	plan, err := c.table.planFor(c.typ)
	if err != nil {
		return b, err
	}
	return plan.plain.appendCBOR(b, target, depth)
}

func (c *refCodec) decodeCBOR(d *CBORDecoder, p ptr) *Error {
	plan, err := c.table.planFor(c.typ)
	if err != nil {
		return err
	}
	target := pointerOf(reflect.New(c.typ.Elem()))
	*at[ptr](p) = target
	return plan.plain.decodeCBOR(d, target)
}

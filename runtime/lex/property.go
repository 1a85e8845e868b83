package lex

// IntegerOf returns the value of an integer property of a generated struct. ok is
// false if the type has no such property, if it is not an integer, or if it is
// absent or null. v may be nil.
func IntegerOf(v Struct, property string) (value int64, ok bool) {
	f, o := scalarOf(v, property, KindInteger)
	if f == nil || f.field.state(o) != Present {
		return 0, false
	}
	return *at[int64](o.field(f.field.value)), true
}

// StringOf is [IntegerOf] for text.
func StringOf(v Struct, property string) (value string, ok bool) {
	f, o := scalarOf(v, property, KindString)
	if f == nil || f.field.state(o) != Present {
		return "", false
	}
	return *at[string](o.field(f.field.value)), true
}

// SetString gives a property of a generated struct, which is text, a value. ok is
// false if the type has no such property. v may be nil.
func SetString(v Struct, property, value string) (ok bool) {
	f, o := scalarOf(v, property, KindString)
	if f == nil {
		return false
	}
	f.field.set(o, value)
	return true
}

// scalarOf returns a property of that kind, nil if there is none, and the struct.
func scalarOf(v Struct, property string, kind Kind) (*SchemaField, ptr) {
	if v == nil {
		return nil, ptr{}
	}
	schema, x, err := generated(v)
	if err != nil {
		return nil, ptr{}
	}
	object, ok := schema.(*ObjectSchema)
	if !ok {
		return nil, ptr{}
	}
	fields, err := object.fields()
	if err != nil {
		return nil, ptr{}
	}
	i, ok := fields.index[property]
	if !ok {
		return nil, ptr{}
	}
	f := &fields.list[i]
	if scalar, ok := f.Schema.(*ScalarSchema); !ok || scalar.Kind != kind {
		return nil, ptr{}
	}
	return f, *at[ptr](x.variable)
}

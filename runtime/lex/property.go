package lex

// IntegerOf returns the value of an integer property of a generated struct. ok is
// false if the type has no such property, if it is not an integer, or if it is
// absent or null. v may be nil.
func IntegerOf(v Struct, property string) (value int64, ok bool) {
	if v == nil {
		return 0, false
	}
	schema, x, err := generated(v)
	if err != nil {
		return 0, false
	}
	object, ok := schema.(*ObjectSchema)
	if !ok {
		return 0, false
	}
	fields, err := object.fields()
	if err != nil {
		return 0, false
	}
	i, ok := fields.index[property]
	if !ok {
		return 0, false
	}
	f := &fields.list[i]
	scalar, ok := f.Schema.(*ScalarSchema)
	if !ok || scalar.Kind != KindInteger {
		return 0, false
	}
	state, variable := f.value(instance{variable: *at[ptr](x.variable)})
	if state != Present {
		return 0, false
	}
	return *at[int64](variable.variable), true
}

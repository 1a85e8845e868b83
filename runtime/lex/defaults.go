package lex

import "reflect"

// ApplyDefaults sets what is absent in v, and has a default in the schema, to
// that default, at any depth (LX-30). Null is not absent. v is a pointer to a
// generated struct, or a named array; it is changed in place, and so are the
// maps in it. Objects that an open union does not list, and values of type
// unknown, stay as they are. An error is a defect of the generated code, nesting
// beyond [MaxDepth], or v is nil or of another type.
//
// Records should not be stored with defaults applied: the next version of
// the schema may have others.
func ApplyDefaults(v any) error {
	schema, x, err := generated(v)
	if err != nil {
		return asError(err)
	}
	d := &defaulter{}
	schema.applyDefaults(d, x)
	return asError(d.defect)
}

// ApplyDefaultsData is [ApplyDefaults] for a value of the data model, whose
// maps are changed in place. What does not fit the schema stays as it is.
func ApplyDefaultsData(s Schema, v any) {
	if extra, ok := v.(Extra); ok {
		v = map[string]any(extra)
	}
	s.applyDefaults(&defaulter{}, subject{data: v})
}

// A defaulter applies the defaults of one schema to one value.
type defaulter struct {
	depth  int
	defect *Error // in the description of a type, or too much depth
}

// enter begins a container. If that is one too many there is no end to be
// expected, so that nothing else is entered either.
func (d *defaulter) enter() bool {
	if d.depth >= MaxDepth && d.defect == nil {
		d.defect = tooDeep()
	}
	if d.defect != nil {
		return false
	}
	d.depth++
	return true
}

func (d *defaulter) leave() { d.depth-- }

func (s *ScalarSchema) applyDefaults(*defaulter, subject) {}

func (s *ArraySchema) applyDefaults(d *defaulter, x subject) {
	list, ok := s.list(x)
	if !ok || list.n == 0 || !d.enter() {
		return
	}
	items, err := s.items()
	if err != nil {
		d.defect = err
		return
	}
	for i := range list.n {
		items.applyDefaults(d, list.item(i))
	}
	d.leave()
}

func (s *ObjectSchema) applyDefaults(d *defaulter, x subject) {
	if !x.isData() {
		if target := *at[ptr](x.variable); !target.isNil() {
			s.applyInstance(d, instance{variable: target})
		}
		return
	}
	if m, ok := x.data.(map[string]any); ok && m != nil {
		s.applyInstance(d, instance{members: m})
	}
}

func (s *ObjectSchema) applyInstance(d *defaulter, o instance) {
	fields, err := s.fields()
	if err != nil {
		d.defect = err
		return
	}
	if !d.enter() {
		return
	}
	for i := range fields.list {
		f := &fields.list[i]
		switch state, value := f.value(o); {
		case state == Present:
			f.Schema.applyDefaults(d, value)
		case state == Absent && f.canMiss():
			f.setDefault(o)
		}
	}
	d.leave()
}

// setDefault sets the property to its default, if it has one.
func (f *SchemaField) setDefault(o instance) bool {
	value, ok := f.defaultValue()
	switch {
	case !ok:
	case o.variable.isNil():
		o.members[f.Name] = value
	default:
		f.field.set(o.variable, value)
	}
	return ok
}

// defaultValue returns the property's default, which is of the data model.
func (f *SchemaField) defaultValue() (any, bool) {
	scalar, ok := f.Schema.(*ScalarSchema)
	if !ok {
		return nil, false
	}
	return scalar.defaultValue()
}

// defaultValue returns the default, which is of the data model.
func (s *ScalarSchema) defaultValue() (any, bool) {
	for _, rule := range s.Rules {
		switch rule := rule.(type) {
		case DefaultBool:
			return bool(rule), s.Kind == KindBoolean
		case DefaultInt:
			return int64(rule), s.Kind == KindInteger
		case DefaultString:
			return string(rule), s.Kind == KindString
		}
	}
	return nil, false
}

// set gives the field of the struct at p a value, which is of the kind that
// the field has.
func (f *field) set(p ptr, value any) {
	variable := p.field(f.value)
	switch value := value.(type) {
	case bool:
		*at[bool](variable) = value
	case int64:
		*at[int64](variable) = value
	case string:
		*at[string](variable) = value
	}
	f.setPresent(p)
}

func (s *UnionSchema) applyDefaults(d *defaulter, x subject) {
	if x.isData() {
		m, _ := x.data.(map[string]any)
		name, _ := m[typeKey].(string)
		s.applyMap(d, name, m)
		return
	}
	o := *at[Object](x.variable)
	if o == nil || checkObject(o) != nil || s.member(o.LexType()) == nil {
		return
	}
	if unknown, ok := o.(*UnknownObject); ok {
		if unknown.Fields == nil {
			unknown.Fields = Extra{}
		}
		s.applyMap(d, unknown.Type, unknown.Fields)
		return
	}
	schema, err := schemaOfStruct(o, reflect.TypeOf(o))
	if err != nil {
		d.defect = err
		return
	}
	schema.applyInstance(d, instance{variable: pointerOf(reflect.ValueOf(o))})
}

func (s *UnionSchema) applyMap(d *defaulter, name string, m map[string]any) {
	if member := s.member(name); member != nil && m != nil {
		member.applyInstance(d, instance{members: m})
	}
}

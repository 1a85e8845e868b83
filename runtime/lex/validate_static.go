package lex

import (
	"reflect"
	"sync"
)

// SchemaOf returns the schema of a generated type. v is a pointer to a
// generated struct, which may be nil, or a named array. An error is a defect of
// the generated code, or v is of another type.
func SchemaOf(v any) (Schema, error) {
	schema, err := schemaOfValue(v)
	if err != nil {
		return nil, asError(err)
	}
	return schema, nil
}

func schemaOfValue(v any) (Schema, *Error) {
	t := reflect.TypeOf(v)
	switch v := v.(type) {
	case *UnknownObject:
		return &ScalarSchema{Kind: KindUnknown}, nil
	case Struct:
		return schemaOfStruct(v, t)
	case List:
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		return schemaOf(t, nil)
	}
	return nil, failf("%T is not generated", v)
}

// schemaOfStruct returns the schema of x's type, which is t.
func schemaOfStruct(x Struct, t reflect.Type) (*ObjectSchema, *Error) {
	table := x.LexTable()
	if table == nil {
		return nil, failf("%v has no table", t)
	}
	return table.schemaFor(t)
}

// schemaFor returns the schema of the pointer type typ, the only one that t
// describes. It is made once, and its members when they are first asked for,
// because types may refer to each other in circles.
func (t *Table) schemaFor(typ reflect.Type) (*ObjectSchema, *Error) {
	s := t.schema.Load()
	if s == nil {
		if !isGenerated(typ) {
			return nil, failf("%v is no generated struct, though it has the methods of one", typ)
		}
		t.schema.CompareAndSwap(nil, t.newSchema(typ))
		s = t.schema.Load()
	}
	if s.typ != typ {
		return nil, failf("%v has the table of %v", typ, s.typ)
	}
	return s, nil
}

func (t *Table) newSchema(typ reflect.Type) *ObjectSchema {
	s := &ObjectSchema{
		typ:    typ,
		record: t.Record,
		fields: sync.OnceValues(func() (*members, *Error) { return t.members(typ) }),
	}
	switch o := reflect.Zero(typ).Interface().(type) {
	case Record:
		s.name, s.key = t.Name, o.LexRecordKey()
	case Object:
		s.name = t.Name
	}
	return s
}

// members describes the fields of a struct.
func (t *Table) members(typ reflect.Type) (*members, *Error) {
	p, err := t.planFor(typ)
	if err != nil {
		return nil, err
	}
	list := make([]SchemaField, len(t.Fields))
	for i := range t.Fields {
		f := &t.Fields[i]
		schema, err := schemaOf(valueType(typ.Elem().Field(i).Type, f.Presence), f.Type)
		if err != nil {
			return nil, err
		}
		list[i] = SchemaField{Name: f.Name, Presence: f.Presence, Schema: schema, field: &p.plain.fields[p.plain.find(f.Name)]}
	}
	m := newMembers(list)
	m.extra = p.plain.extra
	return m, nil
}

// valueType returns the type of a field's value, without what says that there
// is none.
func valueType(t reflect.Type, presence Presence) reflect.Type {
	var f field
	if inner, err := f.unwrap(presence, reflect.StructField{Type: t}); err == nil {
		return inner
	}
	return t
}

// schemaOf makes the schema of a Go type and what the table adds to it.
func schemaOf(t reflect.Type, typ Type) (Schema, *Error) {
	switch typ := typ.(type) {
	case *Union:
		return typ.schema()
	case *Array:
		return typ.schemaFor(t), nil
	case Rules:
		return plainSchema(t, typ)
	}
	return plainSchema(t, nil)
}

// plainSchema makes the schema of a Go type that is neither a union nor an
// array with a description.
func plainSchema(t reflect.Type, rules Rules) (Schema, *Error) {
	switch t {
	case linkType:
		return &ScalarSchema{Kind: KindLink}, nil
	case blobType:
		return &ScalarSchema{KindBlob, rules}, nil
	case objectType:
		return &ScalarSchema{Kind: KindUnknown}, nil
	}
	switch t.Kind() {
	case reflect.Bool:
		return &ScalarSchema{KindBoolean, rules}, nil
	case reflect.Int64:
		return &ScalarSchema{KindInteger, rules}, nil
	case reflect.String:
		return &ScalarSchema{KindString, withFormat(t, rules)}, nil
	case reflect.Slice:
		return sliceSchema(t, rules)
	case reflect.Pointer:
		if x, ok := reflect.TypeAssert[Struct](reflect.Zero(t)); ok {
			return schemaOfStruct(x, t)
		}
	}
	return nil, failf("%v is no type of the data model", t)
}

func sliceSchema(t reflect.Type, rules Rules) (Schema, *Error) {
	if t.Elem().Kind() == reflect.Uint8 {
		return &ScalarSchema{KindBytes, rules}, nil
	}
	if x, ok := reflect.TypeAssert[List](reflect.Zero(t)); ok {
		return x.LexArray().schemaFor(t), nil
	}
	return newArraySchema(t, nil, nil), nil
}

// withFormat puts the format that a Go type stands for in front of the rules.
func withFormat(t reflect.Type, rules Rules) Rules {
	if format, ok := formatOf(t); ok {
		return append(Rules{format}, rules...)
	}
	return rules
}

// schemaFor returns the schema of the slice type t, which a describes. It is
// made once, because a named array may contain itself.
func (a *Array) schemaFor(t reflect.Type) *ArraySchema {
	if s := a.schema.Load(); s != nil {
		return s
	}
	a.schema.CompareAndSwap(nil, newArraySchema(t, a.Items, a.Rules))
	return a.schema.Load()
}

func newArraySchema(t reflect.Type, items Type, rules Rules) *ArraySchema {
	return &ArraySchema{
		rules: rules,
		items: sync.OnceValues(func() (Schema, *Error) { return schemaOf(t.Elem(), items) }),
		size:  t.Elem().Size(),
	}
}

// schema makes the schema of the union.
func (u *Union) schema() (Schema, *Error) {
	index, err := u.members()
	if err != nil {
		return nil, err
	}
	members := make([]*ObjectSchema, len(index.list))
	for i := range index.list {
		if members[i], err = index.list[i].table.schemaFor(index.list[i].typ); err != nil {
			return nil, err
		}
	}
	return NewUnionSchema(u.Closed, members...), nil
}

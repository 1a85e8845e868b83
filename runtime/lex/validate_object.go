package lex

import (
	"reflect"
	"slices"
	"sync"
)

// An ObjectSchema is an object or a record (LX-08, LX-15).
type ObjectSchema struct {
	name   string
	key    string // key type of a record, empty if it is none
	record bool
	typ    reflect.Type // of a generated struct's pointer, else nil
	fields func() (*members, *Error)
}

// A SchemaField describes one property of an [ObjectSchema].
type SchemaField struct {
	Name     string
	Presence Presence
	Schema   Schema

	field *field // where it lives in a struct; nil if the schema is for data alone
}

// members are the properties of an object.
type members struct {
	list  []SchemaField
	index map[string]int
	extra uintptr // offset of the Extra
}

// NewObjectSchema describes an object. name is its $type, empty if it has
// none. fields is called once, when the first value is checked; its result is
// in the order in which violations are reported.
func NewObjectSchema(name string, fields func() []SchemaField) *ObjectSchema {
	return &ObjectSchema{name: name, fields: sync.OnceValues(func() (*members, *Error) {
		return newMembers(fields()), nil
	})}
}

// NewRecordSchema describes a record, which carries $type wherever it stands
// (LX-22). key is the type of its keys as written in a schema, such as "tid";
// any key is allowed if it is not one of those of SY-14.
func NewRecordSchema(name, key string, fields func() []SchemaField) *ObjectSchema {
	s := NewObjectSchema(name, fields)
	s.record, s.key = true, key
	return s
}

func newMembers(list []SchemaField) *members {
	m := &members{list: list, index: make(map[string]int, len(list))}
	for i := range list {
		m.index[list[i].Name] = i
	}
	return m
}

// Name returns the $type, empty if the object has none.
func (s *ObjectSchema) Name() string { return s.name }

// IsRecord reports whether the object is a record.
func (s *ObjectSchema) IsRecord() bool { return s.record }

// Fields returns the properties, in a new slice; nil if the description of a
// generated type is defective.
func (s *ObjectSchema) Fields() []SchemaField {
	m, err := s.fields()
	if err != nil {
		return nil
	}
	return slices.Clone(m.list)
}

// An instance is one object, wherever it lives.
type instance struct {
	variable ptr            // a struct, unless nil
	members  map[string]any // if it is no struct
}

// check is for a value in the place of a plain reference, where the schema
// tells its type.
func (s *ObjectSchema) check(c *checker, x subject) {
	if !x.isData() {
		target := *at[ptr](x.variable)
		if target.isNil() {
			c.missing()
			return
		}
		s.checkInstance(c, instance{variable: target}, s.record)
		return
	}
	m, ok := x.data.(map[string]any)
	if !ok {
		c.expected("an object", x.data)
		return
	}
	if s.record && !c.checkName(m, s.name) {
		return
	}
	s.checkInstance(c, instance{members: m}, s.record)
}

// checkName makes sure that $type is there and has that value. Otherwise
// nothing else can be said of the object.
func (c *checker) checkName(m map[string]any, want string) bool {
	found, ok := m[typeKey]
	if ok && found == want {
		return true
	}
	c.at(typeKey)
	switch name, isString := found.(string); {
	case !ok:
		c.faultf(RuleTypeName, "the record needs the $type %s", quote(want))
	case isString:
		c.faultf(RuleTypeName, "expected %s, found %s", quote(want), quote(name))
	default:
		c.expected("a string", found)
	}
	c.pop()
	return false
}

// checkInstance checks all members. named says that $type is a matter of its
// own and was settled.
func (s *ObjectSchema) checkInstance(c *checker, o instance, named bool) {
	fields, err := s.fields()
	if err != nil {
		c.broken(err)
	}
	if !c.enter() {
		return
	}
	for i := range fields.list {
		if c.stopped {
			break
		}
		fields.list[i].check(c, o)
	}
	fields.checkOthers(c, o, named)
	c.leave()
}

func (f *SchemaField) check(c *checker, o instance) {
	c.at(f.Name)
	switch state, value := f.value(o); {
	case state == Present:
		f.Schema.check(c, value)
	case state == Null && !f.canBeNull():
		c.faultf(RuleNull, "null is not allowed")
	case state == Absent && !f.canMiss():
		c.missing()
	}
	c.pop()
}

func (f *SchemaField) canBeNull() bool {
	return f.Presence == RequiredNullable || f.Presence == OptionalNullable
}

func (f *SchemaField) canMiss() bool {
	return f.Presence == Optional || f.Presence == OptionalNullable
}

// value returns the property's value, if it has one.
func (f *SchemaField) value(o instance) (State, subject) {
	if !o.variable.isNil() {
		return f.field.state(o.variable), subject{variable: o.variable.field(f.field.value)}
	}
	switch v, ok := o.members[f.Name]; {
	case !ok:
		return Absent, subject{}
	case v == nil:
		return Null, subject{}
	default:
		return Present, subject{data: v}
	}
}

// checkOthers checks the members that the schema does not name, which have to
// be of the data model and no more (LX-23).
func (m *members) checkOthers(c *checker, o instance, named bool) {
	others := o.members
	if !o.variable.isNil() {
		others = *at[Extra](o.variable.field(m.extra))
	}
	var keys []string
	for key := range others {
		_, known := m.index[key]
		if known && o.variable.isNil() || key == typeKey && named {
			continue
		}
		keys = append(keys, key)
	}
	slices.SortFunc(keys, compareKeys)
	for _, key := range keys {
		m.checkOther(c, key, others[key])
	}
}

func (m *members) checkOther(c *checker, key string, value any) {
	c.at(key)
	switch _, known := m.index[key]; {
	case known:
		c.faultf(RuleData, "Extra has a member that is a field, too")
	case key == typeKey && value == blobName:
		c.faultf(RuleType, "expected an object, found a blob")
	default:
		c.checkMember(key, value)
	}
	c.pop()
}

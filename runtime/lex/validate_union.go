package lex

import (
	"reflect"
	"strings"
)

// A UnionSchema is a choice of objects, told apart by $type (LX-19).
type UnionSchema struct {
	closed  bool
	members []*ObjectSchema
	index   map[string]int
}

// NewUnionSchema describes a union. All members have names, and no two the
// same.
func NewUnionSchema(closed bool, members ...*ObjectSchema) *UnionSchema {
	s := &UnionSchema{closed: closed, members: members, index: make(map[string]int, len(members))}
	for i, m := range members {
		s.index[m.name] = i
	}
	return s
}

// Closed reports whether the union takes its members only.
func (s *UnionSchema) Closed() bool { return s.closed }

// Members returns the members. The slice must not be changed.
func (s *UnionSchema) Members() []*ObjectSchema { return s.members }

// member returns the member with that name, or nil.
func (s *UnionSchema) member(name string) *ObjectSchema {
	if i, ok := s.index[name]; ok {
		return s.members[i]
	}
	return nil
}

func (s *UnionSchema) check(c *checker, x subject) {
	if !x.isData() {
		s.checkObject(c, *at[Object](x.variable))
		return
	}
	m, ok := x.data.(map[string]any)
	if !ok {
		c.expected("an object", x.data)
		return
	}
	if name, ok := c.typeName(m); ok {
		s.checkMap(c, name, m)
	}
}

// typeName returns the $type that a member of a union has.
func (c *checker) typeName(m map[string]any) (string, bool) {
	found, ok := m[typeKey]
	name, isString := found.(string)
	switch {
	case !ok, isString && name == "":
		c.unnamed()
		return "", false
	case !isString:
		c.at(typeKey).expected("a string", found)
		c.pop()
		return "", false
	}
	return name, true
}

func (c *checker) unnamed() { c.faultf(RuleTypeName, "a member of a union needs $type") }

// checkMap checks an object without a Go type.
func (s *UnionSchema) checkMap(c *checker, name string, m map[string]any) {
	switch member := s.member(name); {
	case member != nil:
		member.checkInstance(c, instance{members: m}, true)
	case s.closed:
		s.foreign(c, name)
	default:
		c.checkUnknownMap(name, m)
	}
}

// foreign notes an object that a closed union does not take.
func (s *UnionSchema) foreign(c *checker, name string) {
	c.faultf(RuleClosedUnion, "%s is not a member of the closed union; %s", quote(name), s.listing())
}

func (s *UnionSchema) listing() string {
	if len(s.members) == 0 {
		return "it has none"
	}
	var names []string
	for i, m := range s.members {
		if i == maxListed {
			names = append(names, "...")
			break
		}
		names = append(names, m.name)
	}
	return "its members are " + strings.Join(names, ", ")
}

// checkObject checks the value of a Go variable.
func (s *UnionSchema) checkObject(c *checker, o Object) {
	if !c.checkPointer(o) {
		return
	}
	name := o.LexType()
	if name == "" {
		c.unnamed()
		return
	}
	member := s.member(name)
	switch unknown, ok := o.(*UnknownObject); {
	case ok && member != nil && s.closed:
		c.faultf(RuleClosedUnion, "a closed union takes %s as its Go type only, not as %T", quote(name), o)
	case ok:
		c.checkUnknownType(unknown)
		s.checkMap(c, name, unknown.Fields)
	case member == nil && s.closed:
		s.foreign(c, name)
	default:
		c.checkTyped(o, member != nil)
	}
}

// checkPointer refuses what is no object to begin with.
func (c *checker) checkPointer(o Object) bool {
	if o == nil {
		c.missing()
		return false
	}
	if err := checkObject(o); err != nil {
		c.faultf(RuleData, "%s", err.Reason)
		return false
	}
	return true
}

// checkTyped checks a generated object by its own table. If the schema does
// not know it, its constraints do not count.
func (c *checker) checkTyped(o Object, known bool) {
	v := reflect.ValueOf(o)
	schema, err := schemaOfStruct(o, v.Type())
	if err != nil {
		c.broken(err)
		return
	}
	if !known {
		c.loose++
		defer func() { c.loose-- }()
	}
	schema.checkInstance(c, instance{variable: pointerOf(v)}, true)
}

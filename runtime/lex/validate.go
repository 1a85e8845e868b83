package lex

import (
	"errors"
	"maps"
	"reflect"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// A ValidateOption changes what validation demands.
type ValidateOption struct{ lenient bool }

// Lenient is for data that is in the network already (LX-31). It passes over
// the formats datetime, at-uri and language, and over the media type and the
// size of blobs, and takes blobs of the legacy form (DM-20).
func Lenient() ValidateOption { return ValidateOption{lenient: true} }

// Validate holds v against its schema (LX-13 to LX-23). v is a pointer to a
// generated struct, or a named array. It returns nil, or [*Violations] with
// everything that is wrong; any other error is a defect of the generated code,
// or v is nil or of another type.
//
// Members that the schema does not know only have to be of the data model
// (LX-23). The same goes for objects that an open union does not list and for
// values of type unknown: their constraints are not checked even where their Go
// type knows them, because nobody else would.
//
// Decoding and encoding do not validate.
func Validate(v any, opts ...ValidateOption) error {
	schema, x, err := generated(v)
	if err != nil {
		return asError(err)
	}
	c := newChecker(opts)
	schema.check(c, x)
	return c.result()
}

// generated returns the schema of a generated value, and a variable that has
// it.
func generated(v any) (Schema, subject, *Error) {
	schema, err := schemaOfValue(v)
	if err != nil {
		return nil, subject{}, err
	}
	rv := reflect.ValueOf(v)
	if rv.Kind() == reflect.Pointer && rv.IsNil() {
		return nil, subject{}, failf("%T must not be nil", v)
	}
	switch schema.(type) {
	case *ObjectSchema:
		target := pointerOf(rv)
		return schema, subject{variable: addr(&target)}, nil
	case *ArraySchema:
		return schema, subject{variable: arrayVariable(rv)}, nil
	}
	o, _ := v.(Object)
	return schema, subject{variable: addr(&o)}, nil
}

// arrayVariable returns a variable with the value of v, a named array or a
// pointer to one that is not nil.
func arrayVariable(v reflect.Value) ptr {
	if v.Kind() == reflect.Pointer {
		return pointerOf(v)
	}
	variable := reflect.New(v.Type())
	variable.Elem().Set(v)
	return pointerOf(variable)
}

// ValidateData holds v, a value of the data model (see [Extra]), an Extra or
// an [*UnknownObject], against a schema, as [Validate] does with generated
// values. A record needs its $type, another object has none or any.
func ValidateData(s Schema, v any, opts ...ValidateOption) error {
	c := newChecker(opts)
	s.check(c, subject{data: plainData(v)})
	return c.result()
}

// plainData returns v without the types that the data model's values may have
// on top.
func plainData(v any) any {
	switch v := v.(type) {
	case Extra:
		return map[string]any(v)
	case *UnknownObject:
		if v == nil {
			return nil
		}
		m := map[string]any{}
		maps.Copy(m, v.Fields)
		if v.Type != "" {
			m[typeKey] = v.Type
		}
		return m
	}
	return v
}

// ValidateRecord holds r against its schema and key against the schema's key
// type, as [Validate] and [CheckKey] do.
func ValidateRecord(r Record, key syntax.RecordKey, opts ...ValidateOption) error {
	return joinViolations(CheckKey(r, key), Validate(r, opts...))
}

// ValidateRecordData is [ValidateRecord] for data.
func ValidateRecordData(s *ObjectSchema, v any, key syntax.RecordKey, opts ...ValidateOption) error {
	return joinViolations(s.CheckKey(key), ValidateData(s, v, opts...))
}

// CheckKey returns nil if records of r's type may have that key (SY-14), else
// [*Violations] with the root as the path. r may be a nil pointer.
func CheckKey(r Record, key syntax.RecordKey) error { return checkKey(r.LexRecordKey(), key) }

// CheckKey returns nil if records may have that key (SY-14), else
// [*Violations] with the root as the path. s is a record's schema.
func (s *ObjectSchema) CheckKey(key syntax.RecordKey) error { return checkKey(s.key, key) }

// checkKey takes a key type that is not known for any, as the parser does.
func checkKey(keyType string, key syntax.RecordKey) error {
	rule, err := syntax.ParseRecordKeyType(keyType)
	if err != nil {
		rule = syntax.RecordKeyType{}
	}
	if err := rule.Check(key); err != nil {
		return &Violations{List: []Violation{{Path: Path{}, Rule: RuleRecordKey, Message: err.Error()}}}
	}
	return nil
}

// joinViolations puts the violations of two checks into one error. An error
// that is none comes first.
func joinViolations(first, second error) error {
	var a, b *Violations
	switch {
	case first == nil:
		return second
	case second == nil:
		return first
	case !errors.As(first, &a):
		return first
	case !errors.As(second, &b):
		return second
	}
	return &Violations{List: append(a.List, b.List...), More: a.More || b.More}
}

func newChecker(opts []ValidateOption) *checker {
	c := &checker{}
	for _, o := range opts {
		c.lenient = c.lenient || o.lenient
	}
	return c
}

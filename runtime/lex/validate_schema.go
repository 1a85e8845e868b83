package lex

// A Schema is a Lexicon type in full: what a generated type's table and its Go
// type say together. It checks generated values, see [Validate], and values of
// the data model alike, see [ValidateData]. It is a closed sum:
// [*ScalarSchema], [*ArraySchema], [*ObjectSchema], [*UnionSchema]. Schemas are
// immutable and safe for concurrent use, and may contain themselves.
type Schema interface {
	check(c *checker, x subject)
	applyDefaults(d *defaulter, x subject)
}

// A subject is a value that a schema is applied to: one of the data model, or
// a Go variable that the schema was made for.
type subject struct {
	data     any
	variable ptr // nil if the value is data
}

func (x subject) isData() bool { return x.variable.isNil() }

// A Kind is a type without parts.
type Kind uint8

// The kinds. A KindAny is any value of the data model; it stands where a
// lexicon is broken.
const (
	KindBoolean Kind = iota
	KindInteger
	KindString
	KindBytes
	KindLink
	KindBlob
	KindUnknown
	KindAny
)

// A ScalarSchema is a value without parts that the schema knows.
type ScalarSchema struct {
	Kind  Kind
	Rules Rules
}

func (s *ScalarSchema) check(c *checker, x subject) {
	switch s.Kind {
	case KindBoolean:
		if v, ok := scalar[bool](c, x, "a boolean"); ok {
			s.Rules.checkBool(c, v)
		}
	case KindInteger:
		if v, ok := scalar[int64](c, x, "an integer"); ok {
			s.Rules.checkInt(c, v)
		}
	case KindString:
		if v, ok := scalar[string](c, x, "a string"); ok && checkUTF8(c, v) {
			s.Rules.checkString(c, v)
		}
	case KindBytes:
		if v, ok := scalar[Bytes](c, x, "bytes"); ok {
			s.Rules.checkBytes(c, len(v))
		}
	case KindLink:
		if v, ok := scalar[Link](c, x, "a link"); ok {
			checkLink(c, v)
		}
	case KindBlob:
		checkBlob(c, x, s.Rules)
	case KindUnknown:
		checkUnknown(c, x)
	case KindAny:
		checkAny(c, x)
	}
}

// scalar returns the value, which has the memory layout of T if it is a
// variable.
func scalar[T any](c *checker, x subject, want string) (T, bool) {
	if !x.isData() {
		return *at[T](x.variable), true
	}
	v, ok := x.data.(T)
	if !ok {
		c.expected(want, x.data)
	}
	return v, ok
}

func checkLink(c *checker, l Link) {
	if fault := l.check(); fault != nil {
		c.faultf(RuleData, "%s", fault.Reason)
	}
}

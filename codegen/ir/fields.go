package ir

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// fieldScope gives the fields of one struct their names.
type fieldScope struct{ taken *nameSet }

func newFieldScope() *fieldScope { return &fieldScope{taken: newNameSet()} }

// name returns the Go name for a property. A name that a method of generated
// types has gets the suffix Field; the later of two equal names a number.
func (s *fieldScope) name(property string) string {
	name := exported(GoName(property))
	if methodName(name) {
		name += "Field"
	}
	return s.taken.take(name, property)
}

// extra returns the name of the field for unknown properties.
func (s *fieldScope) extra() string {
	if s.taken.has("Extra") {
		return s.taken.take("ExtraFields", "")
	}
	return s.taken.take("Extra", "")
}

// methodName reports whether generated types may have a method of that name:
// the marshal interfaces of encoding/json and cbor-gen, and all that begins
// with Lex and a capital.
func methodName(name string) bool {
	switch name {
	case "MarshalJSON", "UnmarshalJSON", "MarshalCBOR", "UnmarshalCBOR":
		return true
	}
	rest, ok := strings.CutPrefix(name, "Lex")
	first, _ := utf8.DecodeRuneInString(rest)
	return ok && unicode.IsUpper(first)
}

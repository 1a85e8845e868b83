package ir

// LexRules are the constraints and the default of a value that is neither a
// union nor an array.
type LexRules []LexRule

func (LexRules) lexType() {}

// LexRule is one constraint: a type of package lex and its value, which is a
// bool, int64 or string, or a slice of int64 or string.
type LexRule struct {
	Name  string
	Value any
}

package lex

// AtLeastV0_1 is named by code that needs version 0.1 of this package or a
// later one, so that generated code does not compile with an older runtime.
// When it is undefined, update github.com/lexgen/lexgen in go.mod.
const AtLeastV0_1 = true

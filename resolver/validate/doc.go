// Package validate holds data against lexicons that no Go code was generated
// for.
//
// [New] makes [Schemas] of a graph. Schemas turn definitions into the schemas
// of package lex when they are first asked for, and check values of the data
// model against them with the same code that checks generated types, so that
// both come to the same verdict. [Rules] is the one place where constraints
// of a lexicon become those of package lex; the generator prints its results.
//
// An [Endpoint] has the schemas of what a method takes and gives.
//
// Where a lexicon is broken its schemas allow more than they should, and
// never less: whoever minds looks at the diagnostics of the graph first.
package validate

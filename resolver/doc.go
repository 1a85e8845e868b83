// Package resolver turns the Lexicon files of ordered sources into a graph in
// which every reference is a pointer, and selects the part of it that a run
// needs.
//
// The phases, each complete before the next begins:
//
//  1. [ParseSource], [Dir], [SingleFile], [FS] and [GoModule] name a source;
//     its Files method reads it.
//  2. [Load] reads and parses all sources into a [Set]: one document per id.
//  3. [Link] resolves references and makes a [Graph], which also knows what
//     records and streams reach.
//  4. [Select] finds the definitions that patterns name and all that these
//     lead to.
//  5. [Selection.Demote] turns errors in files that the selection does not
//     need into warnings.
//
// Problems of the input are diagnostics; every phase adds its own to a
// diag.Report and goes on. An error is returned only where a source cannot be
// read at all or an argument is malformed.
//
// A document that had errors takes part with the definitions that its text
// allows. What leads to the rest is not reported again: one mistake is one
// diagnostic.
//
// Values of this package are immutable once returned and then safe for
// concurrent use. Only Load starts goroutines, and it waits for them.
package resolver

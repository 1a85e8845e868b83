// Package diag says what is wrong with an input, and where.
//
// The life of a problem:
//
//  1. [NewFile] takes the bytes of an input. A [Span] is a range of them, and
//     everything that has one is a [Spanner] and can be blamed.
//  2. Whoever finds a problem adds a [Diagnostic] to a [Report]: a [Code], a
//     severity, a span, a sentence, and where there is a second party, a
//     [Note] at its place.
//  3. [Report.Merge] joins the reports of parallel workers, and
//     [Report.Diagnostics] returns everything in an order that depends on
//     nothing but the inputs.
//  4. A [Printer] renders the diagnostics: [Text] for people, [JSON] for
//     programs, [GitHub] for annotations, package sarif for code scanners.
//     Package format chooses one by name.
//
// Each code is documented: [Lookup] returns its title, an explanation, and an
// example that has this one problem.
//
// Diagnostics are about an input; an error of the world (a disk, a network) is
// a Go error instead. Inputs are hostile: no printer lets a control character,
// a terminal escape or a bidirectional override of an input through.
//
// Files are safe for concurrent use, reports are not. The zero Report is
// ready; the zero Span means that there is no place.
package diag

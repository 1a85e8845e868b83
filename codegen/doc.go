// Package codegen prints a program (package ir) as Go source.
//
// Generate asks each emitter of a table for its part of each declaration and
// renders the files with jennifer. An emitter is a value {Name, Doc, Emit} in
// a file of its own; it prints what package ir decided and decides nothing
// itself. Emitters lists those of lexgen; a caller may append its own.
//
// Text of a schema reaches Go source in two ways only: as comment lines that
// package ir has cleaned, and as string literals that jennifer quotes.
package codegen

// Package lexfmt gives Lexicon files their canonical form. [Format] turns one
// file into its text:
//
//  1. Package jsontree reads the file; with an error in it, it is left alone.
//  2. order.go puts the keywords of the language into their order and leaves
//     everything else in the order of the file: definitions, properties, values,
//     and keys that the language does not know, which come behind the keywords.
//  3. layout.go decides which objects and arrays stand on one line, and prints.
//
// Strings and numbers are copied byte for byte, so no value can change. Of the
// layout two choices stay with the author: an object that is begun on a new
// line stays open, and a blank line between two members stays. That is the form
// in which the official lexicons are published.
package lexfmt

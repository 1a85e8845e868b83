// Package ir is the program that lexgen prints: every Go package, file,
// declaration, name, type and import path, decided. Emitters only print it.
//
// Build takes a linked graph and a selection through three steps, each in a
// file of its own:
//
//  1. layout assigns every lexicon to a Go package and merges packages that
//     would import each other;
//  2. names gives every declaration a Go name that no other has;
//  3. lower turns Lexicon types into declarations and Go types.
//
// The values of this package are complete when Build returns and are not
// changed after it, so they may be read by many goroutines.
package ir

// Package gonames says which names of generated Go code differ between two
// versions of lexicons, so that a maintainer knows whether code that uses them
// still compiles.
//
// [Compare] takes the versions with the programs that package ir makes of them
// and lists what has another name, another Go type, or is gone, with its places in
// the lexicons. What is new breaks nobody and is not listed. A type is recognised
// by the definition that it comes from, a field by its type and property, and a
// constant by its lexicon, value and type. What is recognised no longer and has its
// name still is the same to those who use the name.
//
// The type of an endpoint is that of its variable, of its requests and of the
// method that serves it; a struct is a record, an object or a union besides its
// fields.
//
// Everything is safe for concurrent use.
package gonames

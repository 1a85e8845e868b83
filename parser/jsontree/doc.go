// Package jsontree reads JSON into a tree in which every value and every key
// knows its place in the file.
//
// It is for files that people write: [Parse] keeps the order of the members,
// goes on after mistakes that leave the structure clear, and reports each
// mistake once, with its place. It is strict about the text (RFC 8259, UTF-8)
// and bounds what a hostile file can cost: see [MaxSize] and [MaxDepth].
//
// A tree does not change after it was read, and is safe for concurrent use.
package jsontree

package lex

// Extra holds the members of an object by name where no schema names them. A
// nil Extra is empty.
//
// The values are those of the data model (DM-01) and no others: nil, bool,
// int64, string, Bytes, Link, []any and map[string]any, the last two of the
// same values. A blob is a map here. No map has the key $link or $bytes, and
// a $type is a string that is not empty (DM-13, DM-14, DM-16): encoding
// refuses everything else, with the path to it.
//
// In the Extra of a generated struct the key $type is what a plain reference
// carried without need; it is written back there, and ignored where the
// struct writes its own $type, as records and members of unions do.
type Extra map[string]any

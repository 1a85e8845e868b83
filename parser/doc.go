// Package parser reads Lexicon files. [Parse] turns one file into a
// [Document], a syntax tree in which every node knows its place, and reports
// what is wrong with the file. The phases are:
//
//  1. Package jsontree reads the text into a tree of JSON values.
//  2. lexicon.schema.json, a JSON Schema of the Lexicon language, is enforced
//     on that tree. It decides the shape of a document, and says itself how
//     grave each violation is and what to tell about it. [Schema] returns it,
//     for editors.
//  3. The tree is lowered to the nodes of this package. What a schema cannot
//     express is checked here: names in required, the text of references,
//     constraints that contradict each other.
//
// One mistake gives one diagnostic. A value that is reported and of no use is
// left out of the tree, so that later phases do not report it again; where an
// error is among the diagnostics, [Document.Broken] is set.
//
// Nothing here looks at a second file: that references lead somewhere is the
// business of package resolver.
//
// A Document does not change after Parse and is safe for concurrent use.
package parser

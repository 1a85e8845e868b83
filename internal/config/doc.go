// Package config reads lexgen.yaml, which says what lexgen gen does in a
// project.
//
//  1. [Find] looks for the file, [Read] reads it.
//  2. [Parse] turns its text into a tree with places (yaml.go), checks the tree
//     against a JSON Schema (schema.go), and lowers it to a [Config].
//  3. [Config.WithSums] returns the text with other sums, everything else byte
//     for byte as it was, and [Replace] writes it.
//
// The schema decides the shape and is shipped: [Schema] returns it for editors.
// What the values mean (which patterns and folders make sense) is for those
// who use them, and so every value keeps its place.
//
// The file is read strictly: an unknown key, a key that stands twice, an
// anchor, an alias and a tag are errors. Mistakes are diagnostics with the code
// config-invalid. Configurations are immutable and safe for concurrent use.
package config

// Package templates holds text of fixed shape: what a program prints that does
// not depend on a schema's structure, as embedded text/template files.
//
// [Explain] and [Codes] print the documentation of diagnostics, [Help] and
// [Usage] are the layouts of a command's help. [NewLexicon] writes the first
// version of a lexicon and [NewProject] the files of a project. [Visible] makes
// text of unknown origin safe to print on a terminal.
//
// The package knows neither diagnostics nor commands nor lexicons: callers fill
// its structs.
// All functions are safe for concurrent use.
package templates

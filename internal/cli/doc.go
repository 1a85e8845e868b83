// Package cli is lexgen's command line: flags and lexgen.yaml in, output and
// exit status out. What the commands do is done by the packages of the
// pipeline; see codegen/gen.
//
// [Main] runs one command line:
//
//  1. root.go builds the commands; flags that do not parse end with status 2.
//  2. gen: settings.go joins flags and lexgen.yaml to what is to be done,
//     gen.go runs the pipeline, and report.go says what it found and did.
//  3. lint.go runs the rules of lint, edits what they mend, and keeps the
//     baseline. fmt.go replaces lexicons by their canonical form; new.go and init.go
//     write files from templates, and ask.go asks for what they lack on a
//     terminal.
//  4. call.go calls endpoints of services, whose parameters, bodies and messages
//     the lexicons describe; repo.go and identity.go have commands for what
//     others have made.
//  5. The other commands print: explain.go, schema.go, version.go,
//     completion.go.
//  6. status.go turns how it ended into an exit status and a last line.
//
// Diagnostics as text and everything that is told go to standard error; what
// was asked for goes to standard output: a schema, a page, and diagnostics in
// the formats for programs. Text from inputs never reaches a terminal
// unescaped.
package cli

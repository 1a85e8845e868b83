// Package lint holds lexicons against rules that go beyond what a lexicon must
// be to be understood: limits that contradict each other, names that clash in
// some language, and the style guide (LE-12, LE-13).
//
// The phases, each complete before the next begins:
//
//  1. [Run] walks the lexicons of a graph once, and at each node lets every
//     [Rule] look that concerns itself with such nodes. What the parser and the
//     resolver reported becomes findings, too. A rule has a [Level]; one that is
//     off by default speaks in a strict run.
//  2. [Baseline.Accept] sets aside what a project has accepted, with a reason.
//  3. [Result.Diagnostics] and [Result.Fixed] are what came of it: diagnostics
//     in a stable order, and the files with all fixes applied.
//
// A rule is a value in a table and one file, rule_CODE.go. What it means, and an
// example that has it, stands in the documentation of its code, see diag.Lookup;
// tests run the examples.
//
// A fix edits the text of a file by spans and leaves all else as it is, byte for
// byte. Rules have one only where the meaning of the lexicon stays the same or
// can only be what is written then.
//
// Results are not safe for concurrent use; everything else is.
package lint

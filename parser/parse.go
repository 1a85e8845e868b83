package parser

import (
	"fmt"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/jsontree"
)

// Parse reads one Lexicon file and adds to r what is wrong with it. It returns
// nil if the file is no lexicon: a value without the key lexicon, or text in
// which not even that key can be read. Otherwise the document is as complete as
// the text allows, and Broken if an error was reported: then its ID may be
// absent or malformed, and behind an error in the JSON nothing was read, so that
// the last definition may lack a part.
//
// Files of more than [jsontree.MaxSize] bytes or [jsontree.MaxValues] values,
// and nesting of more than [jsontree.MaxDepth] levels, are errors. Of the
// diagnostics of one file at most 1000 are reported; the last one counts the
// rest. Calls may run concurrently, each with a report of its own.
func Parse(f *diag.File, r *diag.Report) *Document {
	own := &diag.Report{}
	document := parse(f, own)
	r.Merge(shortened(own))
	return document
}

func parse(f *diag.File, r *diag.Report) *Document {
	root, whole := jsontree.Parse(f, r)
	if root == nil {
		return nil
	}
	inside := r
	if !whole {
		// Whatever seems to be missing may stand behind the error.
		inside = &diag.Report{}
	}
	faults := check(root, inside)
	object, ok := root.(*jsontree.Object)
	if !ok || object.Get("lexicon") == nil {
		return nil
	}
	l := &lowering{file: f, report: inside, faults: faults}
	document := l.document(object)
	document.Broken = r.HasErrors()
	return document
}

// maxDiagnostics is how many diagnostics of one file are reported.
const maxDiagnostics = 1000

// shortened returns the report, or one with its first diagnostics and a last
// one that stands for the others: nobody reads more, and to print many excerpts
// of long lines takes long.
func shortened(r *diag.Report) *diag.Report {
	if r.Len() <= maxDiagnostics {
		return r
	}
	list := r.Diagnostics()
	if len(list) <= maxDiagnostics {
		return r
	}
	short := &diag.Report{}
	for _, d := range list[:maxDiagnostics-1] {
		short.Add(d)
	}
	rest := list[maxDiagnostics-1:]
	last := diag.Diagnostic{
		Code:     rest[0].Code,
		Severity: diag.Warning,
		Span:     rest[0].Span,
		Message:  fmt.Sprintf("the file has %d more problems from here on", len(rest)),
	}
	for _, d := range rest {
		last.Severity = min(last.Severity, d.Severity)
	}
	short.Add(last)
	return short
}

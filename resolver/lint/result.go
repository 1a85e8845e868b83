package lint

import (
	"cmp"
	"fmt"

	"github.com/lexgen/lexgen/parser/diag"
)

// Result is what [Run] found.
type Result struct {
	Findings []Finding // sorted as diagnostics are
	Accepted []Finding // those that a baseline set aside
	Lexicons int       // how many were looked at

	run *run
}

// compareFindings orders by path, start, severity and code, as diag.Report does.
func compareFindings(a, b Finding) int {
	return cmp.Or(
		cmp.Compare(a.Span.Path(), b.Span.Path()),
		cmp.Compare(a.Span.Start, b.Span.Start),
		cmp.Compare(a.Severity, b.Severity),
		cmp.Compare(a.Code, b.Code),
		cmp.Compare(a.Message, b.Message),
	)
}

// maxReported is how many findings of one file are reported, as of the parser's
// diagnostics: nobody reads more, and excerpts of long lines take long.
const maxReported = 1000

// Report adds the findings to a report. Of one file at most 1000 are added; the
// last one counts the rest.
func (r *Result) Report(to *diag.Report) {
	for _, findings := range r.byFile() {
		for i, f := range findings {
			if rest := len(findings) - i; i == maxReported-1 && rest > 1 {
				to.Add(restOf(findings[i:]))
				break
			}
			to.Add(f.Diagnostic)
		}
	}
}

// restOf returns a diagnostic that stands for several, as grave as the gravest.
func restOf(findings []Finding) diag.Diagnostic {
	d := diag.Diagnostic{
		Code:     findings[0].Code,
		Severity: diag.Warning,
		Span:     findings[0].Span,
		Message:  fmt.Sprintf("the file has %d more problems from here on", len(findings)),
	}
	for _, f := range findings {
		d.Severity = min(d.Severity, f.Severity)
	}
	return d
}

// byFile returns the findings of each file.
func (r *Result) byFile() [][]Finding {
	var files [][]Finding
	for i, f := range r.Findings {
		if i == 0 || f.Span.File != r.Findings[i-1].Span.File {
			files = append(files, nil)
		}
		last := &files[len(files)-1]
		*last = append(*last, f)
	}
	return files
}

// FixedFile is a file with its fixes applied.
type FixedFile struct {
	File *diag.File
	Text []byte
	// Fixed are the findings that are gone, Left counts those whose fix has to
	// wait, because it edits what another one does. Run again to apply them.
	Fixed []Finding
	Left  int
}

// Fixed returns the files that fixes change, sorted by path. Nothing is written.
func (r *Result) Fixed() []FixedFile {
	var files []FixedFile
	for _, findings := range r.byFile() {
		if fixed := fix(findings[0].Span.File, findings); len(fixed.Fixed) > 0 {
			files = append(files, fixed)
		}
	}
	return files
}

// fix applies the fixes of the findings in one file.
func fix(file *diag.File, findings []Finding) FixedFile {
	fixed := FixedFile{File: file}
	var edits []Edit
	for _, f := range findings {
		if len(f.Fix) == 0 {
			continue
		}
		more, ok := insert(edits, f.Fix)
		if !ok {
			fixed.Left++
			continue
		}
		edits = more
		fixed.Fixed = append(fixed.Fixed, f)
	}
	if len(edits) > 0 {
		fixed.Text = apply(file, edits)
	}
	return fixed
}

package breaking

import (
	"strconv"
	"strings"

	"github.com/lexgen/lexgen/parser/diag"
)

// Report is what [Compare] found. The zero Report is that of equal lexicons.
type Report struct {
	Findings []*Finding // sorted by definition, path and rule
}

// Count returns how many findings have a verdict, and how many of these are
// suppressed.
func (r *Report) Count(v Verdict) (all, suppressed int) {
	for _, f := range r.Findings {
		if f.Verdict == v {
			all++
			if f.Suppressed != nil {
				suppressed++
			}
		}
	}
	return all, suppressed
}

// Diagnostics adds the findings that are neither harmless nor suppressed to d:
// what breaks as errors, what is risky as warnings. Of what is not released,
// only what breaks is added, as warnings. A diagnostic stands at the place in
// the new version, and at none where the lexicon is gone.
func (r *Report) Diagnostics(d *diag.Report) {
	for _, f := range r.Findings {
		if severity, counts := f.severity(); counts {
			d.Add(f.diagnostic(severity))
		}
	}
}

// severity returns how a finding is reported, and whether it is.
func (f *Finding) severity() (diag.Severity, bool) {
	switch {
	case f.Suppressed != nil:
		return 0, false
	case f.Released == Breaking:
		return diag.Error, true
	}
	return diag.Warning, f.Released == Risky || f.Verdict == Breaking
}

func (f *Finding) diagnostic(severity diag.Severity) diag.Diagnostic {
	d := diag.Diagnostic{Code: f.Rule.Code, Severity: severity, Span: f.New, Message: f.Message()}
	if !f.Old.IsZero() {
		d.Notes = append(d.Notes, diag.Note{Span: f.Old, Text: "it was here"})
	}
	if f.Was != "" {
		d.Notes = append(d.Notes, diag.Note{Text: "compared with " + f.Was + ", where the reference led"})
	}
	for _, line := range f.Roots() {
		d.Notes = append(d.Notes, diag.Note{Text: line})
	}
	if f.Verdict != f.Released {
		d.Notes = append(d.Notes, diag.Note{Text: idOf(f.ID) + " is not released, so that this is no error"})
	}
	if f.Released == Breaking {
		d.Help = f.wayOut() + ", or accept the change under breaking: ignore: in lexgen.yaml, with a reason and a date"
	}
	return d
}

// wayOut says how to change nothing that is in use (LE-02).
func (f *Finding) wayOut() string {
	if f.Rule == lexiconRemoved || f.Rule == definitionRemoved {
		return "put it back, and say in its description that it is not to be used any more"
	}
	return "publish the new version as " + Successor(idOf(f.ID)) + " beside the old one (LE-02)"
}

// Successor returns the NSID for an incompatible new version of a lexicon
// (LE-02): the next number behind a V at its end.
func Successor(nsid string) string {
	digits := len(nsid) - len(strings.TrimRight(nsid, "0123456789"))
	stem := nsid[:len(nsid)-digits]
	if n, err := strconv.Atoi(nsid[len(stem):]); err == nil && strings.HasSuffix(stem, "V") {
		return stem + strconv.Itoa(n+1)
	}
	return nsid + "V2"
}

package resolver

import "github.com/lexgen/lexgen/parser/diag"

// Demote returns a report in which errors in files that the selection does not
// reach are warnings. Files that another source hides are never reached. A file
// without a usable id is reached if everything is selected, or if its path
// stands for an id that is. Diagnostics about anything but files of the sources
// stay as they are.
func (s *Selection) Demote(r *diag.Report) *diag.Report {
	demoted := &diag.Report{}
	for _, d := range r.Diagnostics() {
		if !s.reaches(d.Span) {
			d.Severity = diag.Warning
		}
		demoted.Add(d)
	}
	return demoted
}

// reaches reports whether the errors of the file are errors of the run.
func (s *Selection) reaches(at diag.Span) bool {
	if at.File == nil {
		return true
	}
	state, loaded := s.graph.set.paths[at.Path()]
	switch {
	case !loaded || s.files[at.Path()]:
		return true
	case s.everything:
		return state != fileHidden
	default:
		return false
	}
}

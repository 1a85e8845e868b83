package diag

import "slices"

// Report collects diagnostics. The zero Report is empty and ready. It is not
// safe for concurrent use: give each worker its own and merge them.
type Report struct {
	list []Diagnostic
}

// Add adds a diagnostic.
func (r *Report) Add(d Diagnostic) { r.list = append(r.list, d) }

// Error adds an error about the place of at; nil means that there is no place.
func (r *Report) Error(code Code, at Spanner, message string, opts ...Option) {
	r.add(Error, code, at, message, opts)
}

// Warning adds a warning about the place of at; nil means that there is no
// place.
func (r *Report) Warning(code Code, at Spanner, message string, opts ...Option) {
	r.add(Warning, code, at, message, opts)
}

// Merge adds all diagnostics of another report, which may be nil.
func (r *Report) Merge(other *Report) {
	if other != nil {
		r.list = append(r.list, other.list...)
	}
}

// Diagnostics returns all diagnostics, sorted by path, start, severity (errors
// first) and code. A problem that was added twice is there once. The slice
// belongs to the caller.
func (r *Report) Diagnostics() []Diagnostic {
	list := slices.Clone(r.list)
	slices.SortStableFunc(list, compare)
	return slices.CompactFunc(list, func(a, b Diagnostic) bool { return compare(a, b) == 0 })
}

// HasErrors reports whether a diagnostic is an error.
func (r *Report) HasErrors() bool {
	return slices.ContainsFunc(r.list, func(d Diagnostic) bool { return d.Severity == Error })
}

// Len returns the number of diagnostics that were added, repeated ones
// included.
func (r *Report) Len() int { return len(r.list) }

func (r *Report) add(severity Severity, code Code, at Spanner, message string, opts []Option) {
	d := Diagnostic{Code: code, Severity: severity, Span: spanOf(at), Message: message}
	for _, opt := range opts {
		opt(&d)
	}
	r.Add(d)
}

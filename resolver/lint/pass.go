package lint

import "github.com/lexgen/lexgen/parser/diag"

// pass is what one rule sees of a run, and where it reports.
type pass struct {
	*run

	rule     *Rule
	severity diag.Severity
}

// report adds a finding without a fix.
func (p *pass) report(at diag.Spanner, message string, opts ...diag.Option) {
	p.mend(nil, at, message, opts...)
}

// mend adds a finding with a fix. A file with errors is not edited: what it was
// meant to say is not known.
func (p *pass) mend(fix []Edit, at diag.Spanner, message string, opts ...diag.Option) {
	d := diag.Diagnostic{Code: p.rule.Code, Severity: p.severity, Span: at.Span(), Message: message}
	for _, opt := range opts {
		opt(&d)
	}
	if p.broken[d.Span.File] {
		fix = nil
	}
	p.found = append(p.found, Finding{Diagnostic: d, Fix: fix})
}

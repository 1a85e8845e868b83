package breaking

import (
	"fmt"
	"strings"
	"time"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
)

// Suppression accepts findings: those of one rule in the definitions that a
// pattern names.
type Suppression struct {
	Rule    diag.Code
	Pattern resolver.Pattern
	Reason  string
	Until   time.Time // the last day; the time of day does not count
	At      diag.Span // where it is written; may be nowhere
}

// Suppress sets aside what the suppressions accept today, and reports as
// warnings those that have expired and those that accept nothing. Harmless
// findings need none.
func (r *Report) Suppress(list []Suppression, today time.Time, d *diag.Report) {
	for i := range list {
		s := &list[i]
		matched := r.matching(s)
		switch {
		case len(matched) == 0:
			d.Warning(diag.CodeSuppressionUnused, s.At, fmt.Sprintf("no change of %s is %s", s.Pattern, s.Rule),
				diag.Help("remove the entry: the version that is compared with has the change already, or the id or the rule is another"))
		case s.expired(today):
			d.Warning(diag.CodeSuppressionExpired, s.At,
				fmt.Sprintf("the suppression of %s in %s ended on %s", s.Rule, s.Pattern, s.Until.Format(time.DateOnly)),
				diag.Help("decide again: undo the change, or give a later date and the reason"))
		default:
			for _, f := range matched {
				f.Suppressed = s
			}
		}
	}
}

// expired reports whether the last day is over.
func (s *Suppression) expired(today time.Time) bool {
	return today.UTC().Format(time.DateOnly) > s.Until.Format(time.DateOnly)
}

// matching returns the findings that a suppression names and that are not
// harmless.
func (r *Report) matching(s *Suppression) []*Finding {
	var matched []*Finding
	for _, f := range r.Findings {
		if f.Rule.Code == s.Rule && f.Verdict != Compatible && s.names(f.ID) {
			matched = append(matched, f)
		}
	}
	return matched
}

// names reports whether the pattern names the definition with an id, which may
// be gone.
func (s *Suppression) names(id string) bool {
	nsid, name, found := strings.Cut(id, "#")
	if !found {
		name = "main"
	}
	return s.Pattern.MatchID(nsid) && (!s.Pattern.HasDef() || s.Pattern.String() == nsid+"#"+name)
}

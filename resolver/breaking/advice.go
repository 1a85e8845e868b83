package breaking

// Advice says which part of a version number a set of lexicons has to change
// when it is published again, as semantic versioning means it.
type Advice int

// The advices.
const (
	None  Advice = iota // nothing changed
	Patch               // nothing that anybody can rely on changed
	Minor               // something is new, or is a risk
	Major               // something broke
)

// String returns the name of the part.
func (a Advice) String() string { return [...]string{"none", "patch", "minor", "major"}[a] }

// Advice returns the least change of the version that the findings ask for. What
// a project accepted is a risk that it takes, and what is not released does not
// count as broken: neither asks for a major one.
func (r *Report) Advice() Advice {
	advice := None
	for _, f := range r.Findings {
		advice = max(advice, f.advice())
	}
	return advice
}

func (f *Finding) advice() Advice {
	switch {
	case f.Released == Breaking && f.Suppressed == nil:
		return Major
	case f.Verdict != Compatible, f.Old.IsZero(), f.Rule == propertyAdded, f.Rule == unionChanged:
		return Minor
	}
	return Patch
}

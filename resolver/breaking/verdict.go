package breaking

// Verdict is how grave a change is.
type Verdict int

// The verdicts, from harmless to grave.
const (
	// Compatible changes harm nobody.
	Compatible Verdict = iota
	// Risky changes are against the rules of evolution although no data breaks,
	// or break only software that is stricter than it should be.
	Risky
	// Breaking changes make data or software fail.
	Breaking
)

// String returns the name of the verdict.
func (v Verdict) String() string { return [...]string{"compatible", "risky", "breaking"}[v] }

// Effect is what a change does to the set of valid data. The zero Effect leaves
// it as it is.
type Effect uint8

// The effects. A change may have more than one.
const (
	Tightens Effect = 1 << iota // data valid under the old version may be invalid under the new one
	Relaxes                     // data valid under the new version may be invalid under the old one
	Removes                     // what others refer to is no more, or is no data any more
)

// Has reports whether all effects of other are among e.
func (e Effect) Has(other Effect) bool { return e&other == other }

// judge is the one place where an effect and the ways of data become a
// verdict. strict says that the rules of evolution rule the change out (LE-01,
// LE-03), whatever becomes of data.
func judge(effect Effect, ways Directions, strict bool) Verdict {
	switch {
	case ways == 0:
		return Compatible
	case effect.Has(Removes), effect.Has(Tightens) && ways&oldMeetsNew != 0:
		return Breaking
	case effect.Has(Relaxes) && ways&newMeetsOld != 0 && strict:
		return Breaking
	case effect.Has(Relaxes) && ways&newMeetsOld != 0, strict:
		return Risky
	default:
		return Compatible
	}
}

package breaking

import "github.com/lexgen/lexgen/parser"

// beyond says how long the texts of a format are, in bytes, that are not of
// another one. Of pairs that are not listed they have all lengths of the format.
var beyond = map[[2]string]interval{
	{"at-identifier", "did"}:        {3, 253},
	{"at-identifier", "handle"}:     {7, 2048},
	{"at-identifier", "record-key"}: {8, 2048}, // with a %
	{"at-identifier", "uri"}:        {3, 253},
	{"at-uri", "uri"}:               nothing,
	{"datetime", "record-key"}:      {25, 64}, // with a +
	{"did", "at-identifier"}:        nothing,
	{"did", "record-key"}:           {8, 2048},
	{"did", "uri"}:                  nothing,
	{"handle", "at-identifier"}:     nothing,
	{"handle", "record-key"}:        nothing,
	{"language", "record-key"}:      nothing,
	{"nsid", "at-identifier"}:       {254, 317},
	{"nsid", "handle"}:              {254, 317},
	{"nsid", "record-key"}:          nothing,
	{"tid", "record-key"}:           nothing,
}

// format compares formats of strings (LE-04).
func (w *walk) format(s site, was, is *parser.String) {
	before, after := was.Format.Value, is.Format.Value
	if before == after {
		return
	}
	w.found(formatChanged, s, change{
		what:   replaced("format", textLiteral(was.Format), textLiteral(is.Format)),
		effect: formatEffect(was, is),
		strict: true,
		old:    was.Format,
		new:    is.Format,
	})
}

// textLiteral is a name as it is written, without quotes.
func textLiteral(t parser.Text) literal { return literal{t.At, t.Value} }

func formatEffect(was, is *parser.String) (effect Effect) {
	if leavesFormat(was, is.Format.Value) {
		effect |= Tightens
	}
	if leavesFormat(is, was.Format.Value) {
		effect |= Relaxes
	}
	return effect
}

// leavesFormat reports whether texts of a type are not of a format.
func leavesFormat(t *parser.String, format string) bool {
	if format == "" {
		return false
	}
	lengths := sizeOf(t).bytes
	if apart, ok := beyond[[2]string{t.Format.Value, format}]; ok {
		lengths = lengths.and(apart)
	}
	return !lengths.empty()
}

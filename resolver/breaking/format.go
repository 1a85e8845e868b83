package breaking

import (
	"slices"

	"github.com/lexgen/lexgen/parser"
)

// wider lists the formats whose every text has a format, too. No other format
// contains another one.
var wider = map[string][]string{
	"at-identifier": {"did", "handle"},
	"record-key":    {"handle", "language", "nsid", "tid"},
	"uri":           {"at-uri", "did"},
}

// format compares formats of strings (LE-04).
func (w *walk) format(s site, was, is *parser.String) {
	before, after := was.Format.Value, is.Format.Value
	if before == after {
		return
	}
	w.found(formatChanged, s, change{
		what:   replaced("format", textLiteral(was.Format), textLiteral(is.Format)),
		effect: formatEffect(before, after),
		strict: true,
		old:    was.Format,
		new:    is.Format,
	})
}

// textLiteral is a name as it is written, without quotes.
func textLiteral(t parser.Text) literal { return literal{t.At, t.Value} }

func formatEffect(was, is string) Effect {
	switch {
	case was == "", slices.Contains(wider[was], is):
		return Tightens
	case is == "", slices.Contains(wider[is], was):
		return Relaxes
	}
	return Tightens | Relaxes
}

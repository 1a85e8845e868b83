package lint

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// kebab is the form of fixed strings. Marks such as ! in front are names of
// their own kind.
var kebab = regexp.MustCompile(`^!?[a-z0-9]+(-[a-z0-9]+)*$`)

// outdatedCursor is the one fixed string that the protocol spells (ES-09): with
// it a stream says that it begins later than was asked for.
const outdatedCursor = "OutdatedCursor"

// valueStyle finds fixed strings that are not in kebab-case (LE-12). Tokens, and
// strings that a format governs, are names of other things.
var valueStyle = &Rule{Code: diag.CodeValueStyle, typ: func(p *pass, at *site) {
	s, ok := at.typ.(*parser.String)
	if !ok || s.Format.Present() {
		return
	}
	for _, list := range [][]parser.Text{s.Enum, s.KnownValues} {
		for _, v := range list {
			if !kebab.MatchString(v.Value) && !strings.ContainsAny(v.Value, ".#") && v.Value != outdatedCursor {
				p.report(v, fmt.Sprintf("the value %q is not in kebab-case", v.Value), suggestIf(kebab.MatchString, strings.Join(wordsOf(v.Value), "-")))
			}
		}
	}
}}

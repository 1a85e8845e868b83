package lint

import (
	"fmt"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
)

// defsName is the last segment of lexicons that hold shared definitions.
const defsName = "defs"

// sharedDefinitions finds lexicons without a main definition that are not called
// defs, and lexicons called so that have one (LE-12).
var sharedDefinitions = &Rule{Code: diag.CodeSharedDefinitions, lexicon: func(p *pass, l *resolver.Lexicon) {
	name := nameOfID(l.ID)
	switch main := l.Main(); {
	case main == nil && name != defsName && !l.Doc.Broken && !l.Doc.Skips("main"):
		p.report(l.Doc.ID, fmt.Sprintf("%q has shared definitions alone", name),
			diag.Help("put them into a lexicon called defs, such as "+parentOfID(l.ID)+defsName))
	case main != nil && name == defsName:
		p.report(main.AST.Name, "a lexicon called defs holds what others share, and has no main definition")
	}
}}

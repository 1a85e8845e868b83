package lint

import (
	"fmt"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
)

// ambiguousDefinition finds definitions whose name in generated code is that of
// something else: of the lexicon foo.bar for foo#bar, and of a part of the
// method in the same lexicon.
var ambiguousDefinition = &Rule{Code: diag.CodeAmbiguousDefinition, definition: func(p *pass, def *resolver.Def) {
	if def == def.Lexicon.Main() {
		return
	}
	if other := p.graph.Lexicon(def.Lexicon.ID + "." + def.Name); other != nil {
		p.report(def.AST.Name, fmt.Sprintf("%s and the lexicon %s get one name where names are joined", def.ID(), other.ID),
			diag.WithNote(other.Doc.ID, "the lexicon"))
	}
	main := def.Lexicon.Main()
	if main == nil || !isMethod(main.AST.Type) {
		return
	}
	switch def.Name {
	case "input", "output", "params", "parameters", "message":
		p.report(def.AST.Name, fmt.Sprintf("generators call a part of the method %q, too", def.Name),
			diag.WithNote(main.AST.Name, "the method"))
	}
}}

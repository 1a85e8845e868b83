package lint

import (
	"fmt"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
)

// nameStyle finds names that are not in lowerCamelCase (LE-12). Names that are
// not portable have a rule of their own.
var nameStyle = &Rule{
	Code: diag.CodeNameStyle,
	lexicon: func(p *pass, l *resolver.Lexicon) {
		if name := nameOfID(l.ID); !isCamel(name) && isPortable(name) {
			p.report(l.Doc.ID, fmt.Sprintf("the name %q of the lexicon is not in lowerCamelCase", name),
				diag.Suggest(parentOfID(l.ID)+camel(wordsOf(name))))
		}
		for _, def := range l.Defs {
			checkCamel(p, def.AST.Name, "the definition")
		}
	},
	typ: func(p *pass, at *site) {
		for _, property := range propertiesOf(at.typ) {
			checkCamel(p, property.Name, "the property")
		}
	},
}

func checkCamel(p *pass, name parser.Text, what string) {
	if !isCamel(name.Value) && isPortable(name.Value) {
		p.report(name, fmt.Sprintf("%s %q is not in lowerCamelCase", what, name.Value), diag.Suggest(camel(wordsOf(name.Value))))
	}
}

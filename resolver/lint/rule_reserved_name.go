package lint

import (
	"fmt"
	"strings"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
)

// Words that cannot be names of fields, by language. In Go and TypeScript every
// word can.
const (
	pythonWords = " False None True and as assert async await break class continue def del elif else except finally for from " +
		"global if import in is lambda nonlocal not or pass raise return try while with yield "
	rustWords = " Self abstract as async await become box break const continue crate do dyn else enum extern false final fn for " +
		"gen if impl in let loop macro match mod move mut override priv pub ref return self static struct super trait " +
		"true try type typeof unsafe unsized use virtual where while yield "
)

// Types that a definition of the same name hides.
const (
	typeScriptTypes = " Array Boolean Date Error Function Map Number Object Promise Record Set String Symbol "
	rustTypes       = " Box Err None Ok Option Result Some String Vec "
)

// reservedName finds names that a language keeps for itself.
var reservedName = &Rule{
	Code: diag.CodeReservedName,
	lexicon: func(p *pass, l *resolver.Lexicon) {
		for _, def := range l.Defs {
			checkReserved(p, def.AST.Name, capital(def.Name), "a type", typeScriptTypes, "TypeScript", rustTypes, "Rust")
		}
	},
	typ: func(p *pass, at *site) {
		for _, property := range propertiesOf(at.typ) {
			checkReserved(p, property.Name, property.Name.Value, "a keyword", pythonWords, "Python", rustWords, "Rust")
		}
	},
}

// checkReserved reports a name that is in one of two lists, each with the
// language that it is of.
func checkReserved(p *pass, at parser.Text, name, what, words1, language1, words2, language2 string) {
	var languages []string
	if strings.Contains(words1, " "+name+" ") {
		languages = append(languages, language1)
	}
	if strings.Contains(words2, " "+name+" ") {
		languages = append(languages, language2)
	}
	if len(languages) > 0 {
		p.report(at, fmt.Sprintf("%q is %s of %s, so that generators rename it", name, what, strings.Join(languages, " and ")))
	}
}

package lint

import (
	"fmt"
	"strings"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
)

// nameCollision finds names in one scope that become one name in some language,
// or that only letter case or punctuation tells apart.
var nameCollision = &Rule{
	Code:  diag.CodeNameCollision,
	Level: Warning,
	set: func(p *pass) {
		ids := names{}
		for _, l := range p.linted {
			ids.add(p, l.Doc.ID, "ids of lexicons")
		}
	},
	lexicon: func(p *pass, l *resolver.Lexicon) {
		defs := names{}
		for _, def := range l.Defs {
			defs.add(p, def.AST.Name, "definitions")
		}
	},
	definition: func(p *pass, def *resolver.Def) {
		errors := names{}
		for _, e := range errorsOf(def) {
			errors.add(p, e.Name, "errors")
		}
	},
	typ: func(p *pass, at *site) {
		properties := names{}
		for _, property := range propertiesOf(at.typ) {
			properties.add(p, property.Name, "properties")
		}
	},
}

// errorsOf returns the errors that a method declares.
func errorsOf(def *resolver.Def) []*parser.Error {
	if s, ok := def.AST.Type.(*parser.Subscription); ok {
		return s.Errors
	}
	if m := methodOf(def); m != nil {
		return m.Errors
	}
	return nil
}

// names are those of one scope, by what is left of them without letter case and
// punctuation. Segments of ids stay apart.
type names map[string]parser.Text

// add reports a name that is easily taken for one that was there before.
func (n names) add(p *pass, name parser.Text, what string) {
	key := strings.Map(func(r rune) rune {
		if strings.ContainsRune("_- $", r) {
			return -1
		}
		return r
	}, strings.ToLower(name.Value))
	first, taken := n[key]
	if !taken {
		n[key] = name
		return
	}
	p.report(name, fmt.Sprintf("the %s %q and %q %s", what, first.Value, name.Value, sameness(first.Value, name.Value)),
		diag.WithNote(first, "the other name"))
}

// sameness says in what two names are alike.
func sameness(a, b string) string {
	var languages []string
	if exported(a) == exported(b) {
		languages = append(languages, "Go")
	}
	if capital(a) == capital(b) {
		languages = append(languages, "TypeScript")
	}
	if snake(a) == snake(b) {
		languages = append(languages, "Python", "Rust")
	}
	switch n := len(languages); {
	case n == 0 && strings.EqualFold(a, b):
		return "differ by letter case only"
	case n == 0:
		return "differ by letter case and punctuation only"
	case n == 1:
		return "become one name in " + languages[0]
	default:
		return "become one name in " + strings.Join(languages[:n-1], ", ") + " and " + languages[n-1]
	}
}

// exported returns a name as generators for Go write it.
func exported(name string) string {
	var b strings.Builder
	for part := range strings.FieldsFuncSeq(name, func(r rune) bool { return strings.ContainsRune("_- $.", r) }) {
		b.WriteString(capital(part))
	}
	return b.String()
}

// snake returns a name as generators for Python and Rust write it.
func snake(name string) string { return strings.Join(wordsOf(name), "_") }

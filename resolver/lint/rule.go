package lint

import (
	"slices"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
)

// Rule is one thing that lexicons are held against. What it is for stands in the
// documentation of its code.
type Rule struct {
	Code  diag.Code
	Level Level // where nobody sets one; Off is Warning in a strict run
	Fixes bool  // whether findings may have a fix

	// What the rule looks at, each nil if it is not concerned.
	set        func(*pass)
	lexicon    func(*pass, *resolver.Lexicon)
	definition func(*pass, *resolver.Def)
	typ        func(*pass, *site)
}

// Doc returns the documentation of the rule.
func (r *Rule) Doc() diag.Doc {
	doc, _ := diag.Lookup(r.Code)
	return doc
}

// Rules returns all rules, sorted by code. The slice belongs to the caller.
func Rules() []*Rule { return slices.Clone(rules) }

// ruleOf returns the rule of a code, or nil.
func ruleOf(code diag.Code) *Rule {
	for _, r := range rules {
		if r.Code == code {
			return r
		}
	}
	return nil
}

// Codes returns the codes whose level can be set, sorted: those of the rules,
// and those of all other problems that a lexicon can have.
func Codes() []diag.Code {
	var codes []diag.Code
	for _, doc := range diag.Codes() {
		if known(doc.Code) {
			codes = append(codes, doc.Code)
		}
	}
	return codes
}

// known reports whether a code is one of lint: that of a rule, or of a problem
// that the parser or the resolver finds in lexicons. Those have an example with
// one version of them, which all other codes lack.
func known(code diag.Code) bool {
	if ruleOf(code) != nil {
		return true
	}
	doc, ok := diag.Lookup(code)
	return ok && len(doc.Example) > 0 && !slices.ContainsFunc(doc.Example, func(f diag.ExampleFile) bool {
		return len(f.Path) > len(twoVersions) && f.Path[:len(twoVersions)] == twoVersions
	})
}

// twoVersions begins the paths of examples of changes.
const twoVersions = "before/"

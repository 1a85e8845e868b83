package breaking

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

func numberOf(n *parser.Int) literal {
	if n == nil {
		return literal{}
	}
	return literal{n.At, strconv.FormatInt(n.Value, 10)}
}

func literalOf(t *parser.Text) literal {
	if t == nil {
		return literal{}
	}
	return literal{t.At, strconv.QuoteToASCII(t.Value)}
}

func numbers(list []parser.Int) []literal {
	all := make([]literal, len(list))
	for i := range list {
		all[i] = numberOf(&list[i])
	}
	return all
}

func literals(list []parser.Text) []literal {
	all := make([]literal, len(list))
	for i := range list {
		all[i] = literalOf(&list[i])
	}
	return all
}

// replaced says in words how one value took the place of another.
func replaced(name string, was, is literal) string {
	switch {
	case was.text == "":
		return fmt.Sprintf("%s %s is new", name, clip(is.text))
	case is.text == "":
		return fmt.Sprintf("%s %s is gone", name, clip(was.text))
	default:
		return fmt.Sprintf("%s was %s and is %s", name, clip(was.text), clip(is.text))
	}
}

// spanner returns the place, nil if there is none.
func (l literal) spanner() diag.Spanner {
	if l.IsZero() {
		return nil
	}
	return l.Span
}

// constant reports another const, and whether there is one (LE-03).
func (w *walk) constant(s site, was, is literal, effect Effect) bool {
	if was.text == is.text {
		return false
	}
	w.found(constChanged, s, change{what: replaced("const", was, is), effect: effect, strict: true, old: was.spanner(), new: is.spanner()})
	return true
}

// enum reports other members of an enum, and whether there are any (LE-03).
func (w *walk) enum(s site, was, is []literal, effect Effect) bool {
	removed, added := missing(was, is), missing(is, was)
	if len(removed)+len(added) == 0 {
		return false
	}
	c := change{effect: effect, strict: true}
	switch {
	case len(was) == 0:
		c.what = "the enum " + listing(is) + " is new"
	case len(is) == 0:
		c.what = "the enum " + listing(was) + " is gone"
	default:
		c.what = "the enum " + gained(removed, added)
	}
	if len(added) > 0 {
		c.new = added[0].Span
	}
	if len(removed) > 0 {
		c.old = removed[0].Span
	}
	w.found(enumChanged, s, c)
	return true
}

// known reports other known values, which bind nobody (LX-14).
func (w *walk) known(s site, was, is []parser.Text) {
	removed, added := missing(literals(was), literals(is)), missing(literals(is), literals(was))
	if len(removed)+len(added) > 0 {
		w.found(knownValuesChanged, s, change{what: "the list of known values " + gained(removed, added)})
	}
}

// defaults reports another default. Data stay valid, but what is left out means
// something else (LX-30).
func (w *walk) defaults(s site, was, is literal) {
	if was.text != is.text {
		w.found(defaultChanged, s, change{what: replaced("default", was, is), strict: true, old: was.spanner(), new: is.spanner()})
	}
}

// missing returns what one list has and the other has not.
func missing(from, in []literal) []literal {
	var list []literal
	has := make(map[string]bool, len(in))
	for _, l := range in {
		has[l.text] = true
	}
	for _, l := range from {
		if !has[l.text] {
			list = append(list, l)
		}
	}
	return list
}

// gained says what a list lost and gained.
func gained(removed, added []literal) string {
	var parts []string
	if len(removed) > 0 {
		parts = append(parts, "lost "+listing(removed))
	}
	if len(added) > 0 {
		parts = append(parts, "gained "+listing(added))
	}
	return strings.Join(parts, " and ")
}

// maxListed is how many values a message lists.
const maxListed = 5

// listing lists values in the order of their texts.
func listing(list []literal) string {
	var texts []string
	for _, l := range slices.SortedFunc(slices.Values(list), func(a, b literal) int { return cmp.Compare(a.text, b.text) }) {
		texts = append(texts, clip(l.text))
	}
	if more := len(texts) - maxListed; more > 0 {
		texts = append(texts[:maxListed], fmt.Sprintf("%d more", more))
	}
	return strings.Join(texts, ", ")
}

package breaking

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// permissionSet compares what a set permits (LX-26 to LX-28), one permission for
// each collection with an action and for each method. Apps that run already get
// another set without a new consent (OA-75).
func (w *walk) permissionSet(s site, was, is *parser.PermissionSet) {
	s = w.part(s, "", Permissions, diag.Span{}, diag.Span{})
	before, after := permitted(was), permitted(is)
	if removed := missing(before, after); len(removed) > 0 {
		w.found(permissionsChanged, s, change{what: "the set lost " + listing(removed), effect: Tightens, strict: true, old: removed[0].Span})
	}
	if added := missing(after, before); len(added) > 0 {
		w.found(permissionsChanged, s, change{what: "the set gained " + listing(added), effect: Relaxes, new: added[0].Span})
	}
}

// permitted lists the single permissions of a set, each once, in the order of
// their texts.
func permitted(set *parser.PermissionSet) []literal {
	var list []literal
	for _, p := range set.Permissions {
		if !p.Ignored {
			list = append(list, single(p)...)
		}
	}
	slices.SortStableFunc(list, func(a, b literal) int { return cmp.Compare(a.text, b.text) })
	return slices.CompactFunc(list, func(a, b literal) bool { return a.text == b.text })
}

// single takes a permission apart.
func single(p *parser.Permission) []literal {
	var list []literal
	for _, collection := range p.Collection {
		for _, action := range actions(p) {
			list = append(list, literal{collection.At, "repo:" + collection.Value + " " + action})
		}
	}
	for _, method := range p.LXM {
		list = append(list, literal{method.At, "rpc:" + method.Value + " " + audience(p)})
	}
	for i := range list {
		list[i].text = strconv.QuoteToASCII(list[i].text)
	}
	return list
}

// actions are all where a permission names none (OA-60).
func actions(p *parser.Permission) []string {
	if len(p.Action) == 0 {
		return []string{"create", "update", "delete"}
	}
	var names []string
	for _, action := range p.Action {
		names = append(names, strings.ToLower(action.Value))
	}
	return names
}

func audience(p *parser.Permission) string {
	if p.InheritAud {
		return "of the audience that includes the set"
	}
	return "of the audience " + p.Aud.Value
}

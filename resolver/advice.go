package resolver

import (
	"cmp"
	"strings"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// maxAdvice is the number of different missing names for which the nearest
// existing ones are searched, so that a hostile file costs no more than that.
const maxAdvice = 1000

// advice finds what a reference that leads nowhere may have been meant to say.
// Its answers are texts of references.
type advice struct {
	graph  *Graph
	ids    []string
	byName map[string][]*Def // by namespace and name; made when first needed
	known  map[string]string // answers of nearest, by list and name
}

func newAdvice(g *Graph) *advice {
	return &advice{graph: g, ids: g.set.IDs(), known: map[string]string{}}
}

// lexicon returns what a reference to a missing lexicon may have meant:
// x.defs#foo for x.defs.foo, x.foo for x#foo, or a similar id.
func (a *advice) lexicon(ref *parser.Reference) string {
	if text := a.definitionOfParent(ref); text != "" {
		return text
	}
	if text := a.child(ref); text != "" {
		return text
	}
	return a.similarID(ref)
}

// definitionOfParent answers x.defs#foo for x.defs.foo.
func (a *advice) definitionOfParent(ref *parser.Reference) string {
	dot := strings.LastIndexByte(ref.ID, '.')
	parent := a.graph.Lexicon(ref.ID[:max(dot, 0)])
	if ref.Name != mainName || parent == nil {
		return ""
	}
	if def := parent.Def(ref.ID[dot+1:]); def != nil {
		return def.ID()
	}
	return ""
}

// child answers x.foo for x#foo.
func (a *advice) child(ref *parser.Reference) string {
	lexicon := a.graph.Lexicon(ref.ID + "." + ref.Name)
	if lexicon == nil || lexicon.Main() == nil {
		return ""
	}
	return lexicon.ID
}

// similarID answers the nearest id that has the definition, or else the
// nearest id alone.
func (a *advice) similarID(ref *parser.Reference) string {
	id := a.nearest("", ref.ID, a.ids)
	if id == "" || ref.Name == mainName {
		return id
	}
	if def := a.graph.Lexicon(id).Def(ref.Name); def != nil {
		return def.ID()
	}
	return ""
}

// definition returns what a reference to a missing definition of a lexicon may
// have meant: a similar name in it, the lexicon x.foo for x#foo, the only
// definition of that name in the namespace, or the only one of the lexicon.
func (a *advice) definition(ref *parser.Reference, lexicon *Lexicon) string {
	names := make([]string, len(lexicon.Defs))
	for i, def := range lexicon.Defs {
		names[i] = def.Name
	}
	if name := a.nearest(lexicon.ID, ref.Name, names); name != "" {
		return spell(ref, lexicon.Def(name))
	}
	if text := cmp.Or(a.child(ref), a.only(ref)); text != "" || len(lexicon.Defs) != 1 {
		return text
	}
	return spell(ref, lexicon.Defs[0])
}

// spell writes a reference to a definition of the lexicon that ref leads to,
// in the local form if ref has it.
func spell(ref *parser.Reference, def *Def) string {
	if strings.HasPrefix(ref.Value, "#") {
		return "#" + def.Name
	}
	return def.ID()
}

// only answers the single definition of a name among the lexicons whose ids
// have the same first two segments. A main definition belongs to its lexicon,
// and is no answer.
func (a *advice) only(ref *parser.Reference) string {
	if ref.Name == mainName {
		return ""
	}
	if a.byName == nil {
		a.byName = a.index()
	}
	if defs := a.byName[namespace(ref.ID)+"#"+ref.Name]; len(defs) == 1 {
		return defs[0].ID()
	}
	return ""
}

func (a *advice) index() map[string][]*Def {
	index := map[string][]*Def{}
	for def := range a.graph.defs {
		key := namespace(def.Lexicon.ID) + "#" + def.Name
		index[key] = append(index[key], def)
	}
	return index
}

// namespace returns the first two segments of an id.
func namespace(id string) string {
	segments := strings.SplitN(id, ".", 3)
	return strings.Join(segments[:min(2, len(segments))], ".")
}

// nearest is diag.Nearest for one answer, remembered by the name of the list,
// and empty once too many names were missing.
func (a *advice) nearest(list, name string, candidates []string) string {
	key := list + "#" + name
	if answer, ok := a.known[key]; ok || len(a.known) >= maxAdvice {
		return answer
	}
	answer := ""
	if near := diag.Nearest(name, candidates, 1); len(near) > 0 {
		answer = near[0]
	}
	a.known[key] = answer
	return answer
}

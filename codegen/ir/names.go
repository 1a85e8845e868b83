package ir

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/resolver"
)

// names holds the Go name of everything that is declared. Keys are the syntax
// nodes that the declarations come from: *parser.Def, *parser.Params,
// *parser.Body, *parser.Message, *parser.Object for an object without a name,
// *parser.Text, *parser.Int and *parser.Error for constants; *parser.Query,
// *parser.Procedure and *parser.Subscription for requests; a groupKey for what
// the endpoints of a group have together.
type names struct {
	local map[any]string // in the package that the prefix has by itself
	final map[any]string // in the package where it is declared

	renames []Rename
	pinned  map[string]bool // keys of Options.Names that were used
}

// newNames chooses all names of a layout. Within a space they depend only on
// its lexicons, selected or not. It fails if two definitions are pinned to one
// name.
func newNames(l *layout) (*names, error) {
	n := &names{local: map[any]string{}, final: map[any]string{}, pinned: map[string]bool{}}
	var scopes []*scope
	for _, space := range l.spaces {
		s := &scope{names: n, space: space, opts: l.opts, taken: newNameSet()}
		if err := s.definitions(); err != nil {
			return nil, err
		}
		s.derived()
		s.groups()
		scopes = append(scopes, s)
	}
	n.finish(scopes)
	slices.SortFunc(n.renames, func(a, b Rename) int {
		return cmp.Or(cmp.Compare(a.Package, b.Package), cmp.Compare(a.Got, b.Got))
	})
	return n, nil
}

// finish turns local names into final ones: in a merged package the names of
// every space but the package's own carry their prefix.
func (n *names) finish(scopes []*scope) {
	taken := map[*Package]*nameSet{}
	for _, s := range scopes {
		if s.space.merged() {
			continue
		}
		taken[s.space.pkg] = s.taken
		for _, e := range s.order {
			n.final[e.key] = n.local[e.key]
		}
	}
	for _, s := range scopes {
		if s.space.merged() {
			n.move(s, taken[s.space.pkg])
		}
	}
}

// move names what a scope has in the package that it was merged into.
func (n *names) move(s *scope, taken *nameSet) {
	for _, e := range s.order {
		wanted := shorten(exported(GoName(e.prefix) + n.local[e.key]))
		r := Rename{ID: e.id, Wanted: wanted, Occupant: taken.owners[wanted], Package: s.space.pkg.Path}
		r.Got = taken.take(wanted, e.id)
		n.final[e.key] = r.Got
		if r.Got != wanted {
			n.renames = append(n.renames, r)
		}
	}
}

// scope solves the names of one space.
type scope struct {
	*names

	space  *space
	opts   Options
	taken  *nameSet
	prefix string // of the lexicon whose names are being chosen
	order  []entry
}

// entry is what got a name, in the order of the getting.
type entry struct {
	key        any
	id, prefix string
}

// claim is a definition's wish for a name.
type claim struct {
	def    *resolver.Def
	prefix string
	name   string
	pinned bool
}

// definitions names the definitions. Where two want one name, a pinned one
// wins, then a lexicon's main over a named definition, then the shorter NSID,
// then the earlier one.
func (s *scope) definitions() error {
	claims := s.claims()
	slices.SortStableFunc(claims, compareClaims)
	var losers []claim
	for _, c := range claims {
		if s.taken.has(c.name) {
			losers = append(losers, c)
			continue
		}
		s.prefix = c.prefix
		s.give(c.def.AST, c.def.ID(), c.name)
	}
	for _, c := range losers {
		if c.pinned {
			return fmt.Errorf("names: %s and %s are both pinned to %s", s.taken.owners[c.name], c.def.ID(), c.name)
		}
		s.prefix = c.prefix
		s.rename(c.def.AST, c.def.ID(), c.name, s.second(c))
	}
	return nil
}

func (s *scope) claims() []claim {
	var claims []claim
	for _, lex := range s.space.lexicons {
		s.prefix = prefixOf(lex.ID, s.opts)
		for _, def := range lex.Defs {
			claims = append(claims, s.claim(def))
		}
	}
	return claims
}

func (s *scope) claim(def *resolver.Def) claim {
	if pin, ok := s.opts.Names[def.ID()]; ok {
		s.pinned[def.ID()] = true
		return claim{def: def, prefix: s.prefix, name: pin, pinned: true}
	}
	name := s.base(def.Lexicon.ID)
	if def.Name != "main" {
		name += GoName(def.Name)
	}
	return claim{def: def, prefix: s.prefix, name: shorten(exported(name))}
}

// second is the name of a definition whose first choice is taken. Where
// prefixes share a folder, those behind the first add theirs. Otherwise a named
// definition says what it is, and a main gets a number.
func (s *scope) second(c claim) string {
	switch {
	case c.prefix != s.space.prefixes[0]:
		return shorten(exported(GoName(c.prefix) + c.name))
	case c.def.Name != "main":
		return c.name + "Def"
	}
	return c.name
}

// base is the NSID behind the prefix as a name; the last segment where the
// prefix is the whole NSID.
func (s *scope) base(id string) string {
	rest, ok := strings.CutPrefix(id, s.prefix+".")
	if !ok {
		rest = id[strings.LastIndexByte(id, '.')+1:]
	}
	return GoName(rest)
}

func compareClaims(a, b claim) int {
	return cmp.Or(
		compareBool(b.pinned, a.pinned),
		compareBool(a.def.Name != "main", b.def.Name != "main"),
		cmp.Compare(len(a.def.Lexicon.ID), len(b.def.Lexicon.ID)),
	)
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// give records that key, called id in messages, has the name, or the first
// free one with a number.
func (s *scope) give(key any, id, name string) string {
	name = s.taken.take(name, id)
	s.local[key] = name
	s.order = append(s.order, entry{key, id, s.prefix})
	return name
}

// rename is give for a key that wanted a name that was taken, and reports it.
func (s *scope) rename(key any, id, wanted, name string) string {
	r := Rename{ID: id, Wanted: wanted, Occupant: s.taken.owners[wanted], Package: s.space.own.Path}
	r.Got = s.give(key, id, name)
	s.renames = append(s.renames, r)
	return r.Got
}

// want gives name, or the first free one of the alternatives and of the name
// with a number. It returns what it gave.
func (s *scope) want(key any, id, name string, alternatives ...string) string {
	name = shorten(exported(name))
	if !s.taken.has(name) {
		return s.give(key, id, name)
	}
	for _, other := range alternatives {
		if other = shorten(exported(other)); !s.taken.has(other) {
			return s.rename(key, id, name, other)
		}
	}
	return s.rename(key, id, name, name)
}

// derived names what definitions bring along, in source order.
func (s *scope) derived() {
	for _, lex := range s.space.lexicons {
		s.prefix = prefixOf(lex.ID, s.opts)
		for _, def := range lex.Defs {
			s.definition(clip(def.ID()), s.local[def.AST], def.AST.Type)
		}
	}
}

func (s *scope) definition(id, name string, t parser.Type) {
	switch t := t.(type) {
	case *parser.Record:
		if t.Record != nil {
			s.properties(id, name, t.Record.Properties)
		}
	case *parser.Query:
		s.method(id, name, t, &t.Method, nil)
	case *parser.Procedure:
		s.method(id, name, t, &t.Method, t.Input)
	case *parser.Subscription:
		s.params(id, name, t.Parameters)
		if t.Message != nil {
			s.want(t.Message, id+" message", name+"Message", name+"MessageUnion")
		}
		s.request(id, name, t)
		s.errors(id, name, t.Errors)
	default:
		s.inner(id, name, t, true)
	}
}

func (s *scope) method(id, name string, key parser.Type, m *parser.Method, input *parser.Body) {
	s.params(id, name, m.Parameters)
	s.body(id+" input", name+"Input", input)
	s.body(id+" output", name+"Output", m.Output)
	s.request(id, name, key)
	s.errors(id, name, m.Errors)
}

// request names what a handler of an endpoint gets.
func (s *scope) request(id, name string, key parser.Type) {
	s.want(key, id+" request", name+"Request", name+"ServerRequest")
}

// errors names the constants of declared errors.
func (s *scope) errors(id, name string, errors []*parser.Error) {
	for _, e := range errors {
		s.want(e, id+" error "+quoted(e.Name.Value), name+"Err"+GoName(e.Name.Value))
	}
}

func (s *scope) params(id, name string, p *parser.Params) {
	if p == nil {
		return
	}
	name = s.want(p, id+" parameters", name+"Params", name+"QueryParams")
	s.properties(id+" parameters", name, p.Properties)
}

func (s *scope) body(id, name string, b *parser.Body) {
	if b == nil || b.Schema == nil {
		return
	}
	name = s.want(b, id, name, name+"Body")
	s.inner(id, name, b.Schema, true)
}

func (s *scope) properties(id, name string, props []*parser.Property) {
	for _, p := range props {
		if dropped(p) {
			continue
		}
		s.inner(within(id, p.Name.Value), name+GoName(p.Name.Value), p.Type, false)
	}
}

// inner names what a type declares besides itself: unnamed objects and
// constants. An object that is itself the definition or body called name has
// its name already.
func (s *scope) inner(id, name string, t parser.Type, named bool) {
	switch t := t.(type) {
	case *parser.Object:
		if !named {
			name = s.want(t, id, name, name+"Object")
		}
		s.properties(id, name, t.Properties)
	case *parser.Array:
		if t.Items != nil {
			s.inner(within(id, "items"), itemName(name, t.Items), t.Items, false)
		}
	case *parser.String:
		for _, list := range [][]parser.Text{t.KnownValues, t.Enum} {
			s.values(id, name, list)
		}
	case *parser.Integer:
		for _, v := range distinctInts(t.Enum) {
			s.want(v, id+" value "+strconv.FormatInt(v.Value, 10), name+integerName(v.Value))
		}
	}
}

// itemName is the name of an array's items where they are an object; constants
// of items belong to the array.
func itemName(name string, items parser.Type) string {
	if _, ok := items.(*parser.Object); ok {
		return name + "Item"
	}
	return name
}

// values names the constants of a list of strings. A reference to a token is
// called like the token.
func (s *scope) values(id, name string, list []parser.Text) {
	for _, v := range distinctTexts(list) {
		short, full := valueNames(v.Value)
		s.want(v, id+" value "+quoted(v.Value), name+short, name+full)
	}
}

// distinctTexts returns the texts of list, each value once.
func distinctTexts(list []parser.Text) []*parser.Text {
	return distinct(list, func(t parser.Text) string { return t.Value })
}

// distinctInts returns the integers of list, each value once.
func distinctInts(list []parser.Int) []*parser.Int {
	return distinct(list, func(i parser.Int) int64 { return i.Value })
}

func distinct[E any, V comparable](list []E, value func(E) V) []*E {
	var first []*E
	seen := map[V]bool{}
	for i := range list {
		if v := value(list[i]); !seen[v] {
			seen[v] = true
			first = append(first, &list[i])
		}
	}
	return first
}

// valueNames returns a short and a long name for a known value.
func valueNames(value string) (short, full string) {
	full = GoName(value)
	if _, fragment, ok := strings.Cut(value, "#"); ok {
		short = GoName(fragment)
	} else {
		short = full
	}
	switch {
	case value == "":
		return "Empty", "EmptyString"
	case short == "":
		return "Value", "Value" + full
	}
	return short, full
}

func integerName(v int64) string {
	if v < 0 {
		return "Minus" + strings.TrimPrefix(strconv.FormatInt(v, 10), "-")
	}
	return strconv.FormatInt(v, 10)
}

// dropped reports whether a property gets no field: one without a type, and
// one whose name is reserved for the data model (DM-06).
func dropped(p *parser.Property) bool {
	return p.Type == nil || strings.HasPrefix(p.Name.Value, "$")
}

package ir

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/lexgen/lexgen/parser"
)

// serverFile is the file of a package's groups. No NSID has an underscore, so no
// lexicon's file can be called so.
const serverFile = "package_server.go"

// groupOf is the NSID of a lexicon without its last segment.
func groupOf(id string) string { return id[:strings.LastIndexByte(id, '.')] }

// groupKey is what a group's names are kept by: one group in one space.
type groupKey struct {
	space *space
	id    string // of the group
	role  groupRole
}

type groupRole int

const (
	groupServer groupRole = iota
	groupUnimplemented
	groupRegister
)

// isEndpoint reports whether a definition is a query, procedure or subscription.
func isEndpoint(t parser.Type) bool {
	switch t.(type) {
	case *parser.Query, *parser.Procedure, *parser.Subscription:
		return true
	}
	return false
}

// groups names the groups of a space, in the order of their first lexicons.
func (s *scope) groups() {
	seen := map[string]bool{}
	for _, lex := range s.space.lexicons {
		s.prefix = prefixOf(lex.ID, s.opts)
		for _, def := range lex.Defs {
			id := groupOf(lex.ID)
			if !isEndpoint(def.AST.Type) || seen[id] {
				continue
			}
			seen[id] = true
			s.nameGroup(id)
		}
	}
}

// nameGroup names what a group declares: all with Server, or all with Service
// where something has one of these names already.
func (s *scope) nameGroup(id string) {
	base := s.groupBase(id)
	names := func(last string) [3]string {
		return [3]string{shorten(exported(base + last)), shorten("Unimplemented" + base + last), shorten("Register" + base + last)}
	}
	wanted := names("Server")
	got := wanted
	if slices.ContainsFunc(wanted[:], s.taken.has) {
		got = names("Service")
	}
	for role, what := range []string{groupServer: "server", groupUnimplemented: "unimplemented server", groupRegister: "registration"} {
		key, label := groupKey{s.space, id, groupRole(role)}, id+" "+what
		if s.taken.has(wanted[role]) {
			s.rename(key, label, wanted[role], got[role])
		} else {
			s.give(key, label, got[role])
		}
	}
}

// groupBase is the group's NSID behind the prefix as a name, empty if that is the
// prefix or less.
func (s *scope) groupBase(id string) string {
	rest, ok := strings.CutPrefix(id, s.prefix+".")
	if !ok {
		return ""
	}
	return GoName(rest)
}

// serverFiles adds to each package the file with its groups, and to the program
// the packages with their fakes.
func (b *builder) serverFiles(p *Program) {
	taken := map[string]bool{}
	for _, pkg := range p.Packages {
		taken[pkg.Dir] = true
	}
	for _, pkg := range slices.Clone(p.Packages) {
		groups := b.groups[pkg]
		if len(groups) == 0 {
			continue
		}
		file := &File{Name: serverFile}
		for _, g := range groups {
			file.Decls = append(file.Decls, g)
		}
		pkg.Files = append(pkg.Files, file)
		p.Packages = append(p.Packages, fakes(pkg, groups, taken))
	}
}

// fakes returns the package with the fakes of another package's groups.
func fakes(pkg *Package, groups []*Group, taken map[string]bool) *Package {
	name := pkg.Name + "test"
	for taken[path.Join(pkg.Dir, name)] {
		name += "fakes"
	}
	f := &Package{
		Name: name, Path: pkg.Path + "/" + name, Dir: path.Join(pkg.Dir, name),
		Imports: append([]*Package{pkg}, pkg.Imports...), FakesOf: pkg,
	}
	file := &File{Name: "fakes.go"}
	for _, g := range groups {
		nameFields(g)
		file.Decls = append(file.Decls, &Fake{Name: g.Server, Group: g})
	}
	f.Files = []*File{file}
	return f
}

// nameFields names the fields of a fake, which must differ from its methods.
func nameFields(g *Group) {
	taken := newNameSet()
	for _, m := range g.Methods {
		taken.take(m.Name, m.Endpoint.ID)
	}
	for i := range g.Methods {
		g.Methods[i].Field = taken.take(g.Methods[i].Name+"Func", g.Methods[i].Endpoint.ID)
	}
}

// group adds an endpoint to the group of its file.
func (u *unit) group(e *Endpoint) {
	pkg, id := u.pkg(), groupOf(u.file.ID)
	i := slices.IndexFunc(u.groups[pkg], func(g *Group) bool { return g.ID == id })
	if i < 0 {
		own := u.layout.space(u.file.ID)
		g := &Group{ID: id, Package: pkg}
		g.Server = u.name(groupKey{own, id, groupServer}, AliasType)
		g.Unimplemented = u.name(groupKey{own, id, groupUnimplemented}, AliasType)
		g.Register = u.name(groupKey{own, id, groupRegister}, AliasFunc)
		u.groups[pkg] = append(u.groups[pkg], g)
		i = len(u.groups[pkg]) - 1
	}
	g := u.groups[pkg][i]
	taken := newNameSet()
	for _, m := range g.Methods {
		taken.take(m.Name, m.Endpoint.ID)
	}
	name := taken.take(exported(GoName(u.file.ID[len(id)+1:])), e.ID)
	g.Methods = append(g.Methods, GroupMethod{Name: name, Endpoint: e})
}

// fakesDoc says what a package of fakes holds.
func fakesDoc(pkg *Package) Doc {
	return Doc{Lines: wrap(fmt.Sprintf("Package %s has servers for tests whose methods are fields, for the interfaces of package %s. "+
		"A method whose field is nil is not implemented.", pkg.Name, pkg.FakesOf.Name))}
}

package gonames

import (
	"fmt"
	"strings"

	"github.com/lexgen/lexgen/codegen/ir"
	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// The kinds of what has a name.
const (
	typeKind     = "type"
	fieldKind    = "field"
	constantKind = "constant"
	variableKind = "variable"
	functionKind = "function"
	methodKind   = "method"
	standInKind  = "name" // of an import path that is kept alive
)

// unknownProperties stands for the property of the field that holds the unknown
// ones. No property has a name like that (DM-06).
const unknownProperties = "$unknown"

// key recognises an entry in another version.
type key struct{ kind, id, within string }

// entry is one exported name.
type entry struct {
	key

	name string // with the package, and of a field with the struct
	typ  string // what has to be equal besides the name
	in   string // the definition, with the place inside it, or the lexicon
	at   diag.Span
}

// last is the name without what is around it.
func (e entry) last() string { return e.name[strings.LastIndexByte(e.name, '.')+1:] }

// entries lists the names of a version, package by package, and the names that
// keep import paths alive last. Types are called what the aliases say.
func entries(v Version, called aliases) []entry {
	var list []entry
	places := placesOf(v.Graph)
	for _, pkg := range v.Program.Packages {
		for _, file := range pkg.Files {
			c := collector{pkg: pkg, file: file, aliases: called, places: places}
			for _, decl := range file.Decls {
				c.declaration(decl)
			}
			list = append(list, c.list...)
		}
	}
	return append(list, standIns(v.Program, list)...)
}

// standIns lists the names that keep import paths alive, each at the place of
// what it stands for.
func standIns(p *ir.Program, list []entry) []entry {
	byName := make(map[string]entry, len(list))
	for _, e := range list {
		byName[e.name] = e
	}
	var more []entry
	for _, pkg := range p.Packages {
		for _, alias := range pkg.Aliases {
			target := byName[alias.Target.Package.Name+"."+alias.Target.Name]
			more = append(more, entry{
				key: key{standInKind, "package " + pkg.Dir, alias.Name}, name: pkg.Name + "." + alias.Name, in: target.in, at: target.at,
			})
		}
	}
	return more
}

// collector lists the names of a file.
type collector struct {
	aliases

	places *places
	pkg    *ir.Package
	file   *ir.File
	list   []entry
}

func (c *collector) declaration(decl ir.Decl) {
	switch d := decl.(type) {
	case *ir.Struct:
		c.structure(d)
	case *ir.Defined:
		c.named(d.Name, c.typeText(d.Type), d.Schema)
	case *ir.Array:
		c.named(d.Name, "[]"+c.typeText(d.Elem), d.Schema)
	case *ir.TypeAlias:
		c.named(d.Name, c.typeText(d.Type), d.Schema)
	case *ir.BodyUnion:
		c.add(entry{key: key{typeKind, d.Label, ""}, name: c.qualified(d.Name), typ: "a union", at: c.places.named(c.file.ID, d.Schema)})
	case *ir.Consts:
		c.constants(d)
	case *ir.Endpoint:
		c.endpoint(d)
	case *ir.Group:
		c.group(d)
	case *ir.Fake: // its names are those of what it fakes
	default:
		panic(fmt.Sprintf("gonames: unexpected %T", d)) // a bug in lexgen, not in the input
	}
}

func (c *collector) add(e entry) {
	e.in = e.id
	c.list = append(c.list, e)
}

// aliases are names of types, with the package, by other names that stand for
// the same.
type aliases map[string]string

// aliasesOf returns the names that keep import paths alive.
func aliasesOf(p *ir.Program) aliases {
	all := aliases{}
	for _, pkg := range p.Packages {
		for _, alias := range pkg.Aliases {
			if alias.Kind == ir.AliasType {
				all[pkg.Name+"."+alias.Name] = alias.Target.Package.Name + "." + alias.Target.Name
			}
		}
	}
	return all
}

// of returns the name that a name stands for, as a rule itself.
func (a aliases) of(name string) string {
	if target, ok := a[name]; ok {
		return target
	}
	return name
}

func (c *collector) qualified(name string) string { return c.pkg.Name + "." + name }

// endpoint adds a variable and what its handlers get.
func (c *collector) endpoint(d *ir.Endpoint) {
	at := c.places.named(c.file.ID, d.Schema)
	c.add(entry{key: key{variableKind, d.ID, ""}, name: c.qualified(d.Name), typ: c.endpointText(d), at: at})
	c.add(entry{key: key{typeKind, d.ID + " request", ""}, name: c.qualified(d.Request), typ: c.requestText(d), at: at})
}

// group adds an interface and what goes with it, at the place of its first
// endpoint.
func (c *collector) group(d *ir.Group) {
	for i, m := range d.Methods {
		at := c.places.named(m.Endpoint.ID, m.Endpoint.Schema)
		if i == 0 {
			c.add(entry{key: key{typeKind, d.ID + " server", ""}, name: c.qualified(d.Server), at: at})
			c.add(entry{key: key{typeKind, d.ID + " unimplemented", ""}, name: c.qualified(d.Unimplemented), at: at})
			c.add(entry{key: key{functionKind, d.ID, ""}, name: c.qualified(d.Register), at: at})
		}
		c.add(entry{
			key: key{methodKind, m.Endpoint.ID, ""}, name: c.qualified(d.Server) + "." + m.Name,
			typ: c.handlerText(m.Endpoint, d.Package.Name), at: at,
		})
	}
}

func (c *collector) structure(d *ir.Struct) {
	name := c.qualified(d.Name)
	at := c.places.named(c.file.ID, d.Schema)
	c.add(entry{key: key{typeKind, d.Label, ""}, name: name, typ: structText(d.Kind), at: at})
	for _, f := range d.Fields {
		c.add(entry{key: key{fieldKind, d.Label, f.Wire}, name: name + "." + f.Name, typ: c.typeText(f.Type), at: c.places.named(c.file.ID, f.Schema)})
	}
	if d.Extra != "" {
		c.add(entry{key: key{fieldKind, d.Label, unknownProperties}, name: name + "." + d.Extra, typ: "lex.Extra", at: at})
	}
}

// structText says what a struct is besides its fields: a record has methods of
// its own.
func structText(k ir.StructKind) string {
	if k == ir.RecordStruct {
		return "a record"
	}
	return "an object"
}

// named adds a type that has no label: its lexicon and its name recognise it.
func (c *collector) named(name, typ string, schema parser.Type) {
	c.add(entry{key: key{typeKind, c.file.ID, name}, name: c.qualified(name), typ: typ, at: c.places.named(c.file.ID, schema)})
}

// constants adds a group. Where two have one value, the first has it.
func (c *collector) constants(d *ir.Consts) {
	for _, constant := range d.Consts {
		typ := ""
		if constant.Type != nil {
			typ = c.typeText(constant.Type)
		}
		c.add(entry{
			key:  key{constantKind, c.file.ID, fmt.Sprintf("%T %v %s", constant.Value, constant.Value, typ)},
			name: c.qualified(constant.Name), at: c.places.constant(c.file.ID, constant.Value),
		})
	}
}

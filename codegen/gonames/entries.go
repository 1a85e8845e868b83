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

	name    string // with the package, and of a field with the struct
	dir     string // folder of the package
	typ     string // what has to be equal besides the name
	means   string // what the type is that a name stands for; empty for others
	through string // of a field, the type that it is a field of, where its own is another name of that
	in      string // the definition, with the place inside it, or the lexicon
	at      diag.Span
}

// outer is the name of what has the field or method.
func (e entry) outer() string { return e.name[:strings.LastIndexByte(e.name, '.')] }

// last is the name without what is around it.
func (e entry) last() string { return e.name[strings.LastIndexByte(e.name, '.')+1:] }

// entries lists the names of a version, package by package, and the names that
// keep import paths alive last. Types are called what the aliases say.
func entries(v Version, called aliases) []entry {
	var list []entry
	places, structs := placesOf(v.Graph), structsOf(v.Program)
	for _, pkg := range v.Program.Packages {
		for _, file := range pkg.Files {
			c := collector{pkg: pkg, file: file, aliases: called, places: places, structs: structs}
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

	places  *places
	structs map[ir.Ident]*ir.Struct
	pkg     *ir.Package
	file    *ir.File
	list    []entry
}

// structsOf returns the structs of a program by their names.
func structsOf(p *ir.Program) map[ir.Ident]*ir.Struct {
	all := map[ir.Ident]*ir.Struct{}
	for _, pkg := range p.Packages {
		for _, file := range pkg.Files {
			for _, decl := range file.Decls {
				if s, ok := decl.(*ir.Struct); ok {
					all[ir.Ident{Name: s.Name, Package: pkg}] = s
				}
			}
		}
	}
	return all
}

func (c *collector) declaration(decl ir.Decl) {
	switch d := decl.(type) {
	case *ir.Struct:
		c.structure(d)
	case *ir.Defined:
		c.named(d.Label, d.Name, c.typeText(d.Type), d.Schema)
	case *ir.Array:
		c.named(d.Label, d.Name, "[]"+c.typeText(d.Elem), d.Schema)
	case *ir.TypeAlias:
		c.alias(d)
	case *ir.BodyUnion:
		c.named(d.Label, d.Name, "a union", d.Schema)
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
	e.in, e.dir = e.id, c.pkg.Dir
	c.list = append(c.list, e)
}

// aliases are names, with the package, by other names that stand for the same. A
// variable has none: an alias package has its address.
type aliases map[string]string

// aliasesOf returns the names that keep import paths alive, and those of bodies
// that are references.
func aliasesOf(p *ir.Program) aliases {
	all := aliases{}
	for _, pkg := range p.Packages {
		for _, alias := range pkg.Aliases {
			if alias.Kind != ir.AliasVar {
				all[pkg.Name+"."+alias.Name] = alias.Target.Package.Name + "." + alias.Target.Name
			}
		}
		for _, file := range pkg.Files {
			for _, decl := range file.Decls {
				all.declaration(pkg, decl)
			}
		}
	}
	return all
}

func (a aliases) declaration(pkg *ir.Package, decl ir.Decl) {
	if d, ok := decl.(*ir.TypeAlias); ok {
		if target, ok := d.Type.(ir.Named); ok {
			a[pkg.Name+"."+d.Name] = target.Package.Name + "." + target.Name
		}
	}
}

// of returns the name that a name stands for, as a rule itself.
func (a aliases) of(name string) string {
	for range a { // a name of a name of a type
		target, ok := a[name]
		if !ok {
			break
		}
		name = target
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
	c.named(d.Label, d.Name, structText(d.Kind), d.Schema)
	c.fields(d, entry{key: key{fieldKind, d.Label, ""}, name: c.qualified(d.Name)}, c.file.ID)
}

// alias adds another name of a type, and the fields that it has by that name.
func (c *collector) alias(d *ir.TypeAlias) {
	e := entry{key: key{typeKind, d.Label, ""}, name: c.qualified(d.Name), typ: c.typeText(d.Type), at: c.places.named(c.file.ID, d.Schema)}
	target, _ := d.Type.(ir.Named)
	s := c.structs[target.Ident]
	if s != nil {
		e.means = structText(s.Kind)
	}
	c.add(e)
	if s != nil {
		c.fields(s, entry{key: key{fieldKind, d.Label, ""}, name: e.name, through: e.typ, at: e.at}, "")
	}
}

// fields adds the fields of a struct, with the key and the name of e. Each is where
// the lexicon has it, or where e is for none.
func (c *collector) fields(d *ir.Struct, e entry, lexicon string) {
	name := e.name
	add := func(wire, field, typ string, schema parser.Type) {
		e.within, e.name, e.typ = wire, name+"."+field, typ
		if lexicon != "" {
			e.at = c.places.named(lexicon, schema)
		}
		c.add(e)
	}
	for _, f := range d.Fields {
		add(f.Wire, f.Name, c.typeText(f.Type), f.Schema)
	}
	if d.Extra != "" {
		add(unknownProperties, d.Extra, "lex.Extra", d.Schema)
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

// named adds a type, which its label recognises.
func (c *collector) named(label, name, typ string, schema parser.Type) {
	c.add(entry{key: key{typeKind, label, ""}, name: c.qualified(name), typ: typ, at: c.places.named(c.file.ID, schema)})
}

// constants adds a group, whose value and type recognise each. Several of a
// lexicon can have both in common.
func (c *collector) constants(d *ir.Consts) {
	for _, constant := range d.Consts {
		text := c.constantText(constant)
		c.add(entry{key: key{constantKind, c.file.ID, text}, name: c.qualified(constant.Name), typ: text, at: constant.At})
	}
}

// constantText returns the value of a constant as Go writes it, with its type.
func (a aliases) constantText(c ir.Const) string {
	text := fmt.Sprintf("%#v", c.Value)
	if c.Type != nil {
		text = a.typeText(c.Type) + "(" + text + ")"
	}
	return text
}

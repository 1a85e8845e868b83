package ir

import (
	"fmt"
	"slices"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/resolver"
)

// binary reports whether a definition can be written as CBOR without tables:
// if a record or a stream has it, or if everything shall.
func (b *builder) binary(def *resolver.Def) bool {
	return b.cbor == CBORAll || def.FromRecord || def.FromStream
}

// direct reports whether the struct of an object gets straight-line code.
func direct(binary bool, t *parser.Object) bool {
	n := 1
	if t != nil {
		for _, p := range t.Properties {
			if !dropped(p) {
				n++
			}
		}
	}
	return binary && n <= maxDirect
}

// code adds the code of its fields to a struct.
func (u *unit) code(s *Struct, t *parser.Object) {
	s.CBOR = u.binary(u.def)
	s.Direct = direct(s.CBOR, t)
	if !s.Direct {
		return
	}
	for i, f := range s.Fields {
		c := &coding{unit: u, table: s.Name, field: i}
		f.Code = c.value(f.Schema, bare(f.Type))
		if c.part(f.Presence, f.Schema) {
			s.Parts = append(s.Parts, f)
		}
	}
}

// part reports whether a property always points to one struct or blob.
func (u *unit) part(presence Presence, t parser.Type) bool {
	if presence != Required {
		return false
	}
	switch t := t.(type) {
	case *parser.Object, *parser.Blob:
		return true
	case *parser.Ref:
		switch u.graph.Target(t.Ref).AST.Type.(type) {
		case *parser.Object, *parser.Record, *parser.Blob:
			return true
		}
	}
	return false
}

// parts reports whether the struct of an object in package pkg has parts, and
// may be made with them from the package of this file.
func (u *unit) parts(pkg *Package, t *parser.Object) bool {
	return pkg == u.pkg() && slices.ContainsFunc(t.Properties, func(p *parser.Property) bool {
		return !dropped(p) && u.part(presence(p), p.Type)
	})
}

// bare is the type of a value that is present.
func bare(t GoType) GoType {
	switch t := t.(type) {
	case Opt:
		return t.Elem
	case Nullable:
		return t.Elem
	}
	return t
}

// coding lowers the code of one field.
type coding struct {
	*unit
	table string
	field int
}

// value lowers the code of a value whose Go type is g.
func (c *coding) value(t parser.Type, g GoType) Code {
	switch t := t.(type) {
	case *parser.Boolean:
		return CodeScalar{Word: "Bool", Basic: unlike(g, "bool")}
	case *parser.Integer:
		return CodeScalar{Word: "Int", Basic: unlike(g, "int64")}
	case *parser.String:
		return CodeScalar{Word: "Text", Basic: unlike(g, "string")}
	case *parser.Bytes:
		return CodeScalar{Word: "Bytes"}
	case *parser.CIDLink:
		return CodeScalar{Word: "Link"}
	case *parser.Blob:
		return CodeScalar{Word: "Blob"}
	case *parser.Unknown:
		return CodeScalar{Word: "Unknown"}
	case *parser.Union:
		return c.union(t)
	case *parser.Array:
		item := c.value(t.Items, Elem(g))
		if ref, ok := item.(CodeRef); ok && ref.Parts {
			c.filled[ref.Target] = true
		}
		return CodeSlice{Item: item}
	case *parser.Object:
		return c.refTo(pointee(g), direct(c.binary(c.def), t), t)
	case *parser.Ref:
		return c.ref(c.graph.Target(t.Ref), g)
	default:
		panic(fmt.Sprintf("ir: unexpected type %T of a value", t)) // a bug in lexgen: the parser refuses the rest
	}
}

func (c *coding) union(t *parser.Union) Code {
	code := CodeUnion{Table: c.table, Field: c.field}
	seen := map[*resolver.Def]bool{}
	for _, ref := range t.Refs {
		if def := c.graph.Target(ref); !seen[def] && c.direct(def) {
			seen[def] = true
			code.Direct = append(code.Direct, CodeMember{c.refTo(c.ident(def), true, object(def)), def.ID()})
		}
	}
	return code
}

// ref lowers the code of a reference.
func (c *coding) ref(def *resolver.Def, g GoType) Code {
	switch t := def.AST.Type.(type) {
	case *parser.Object, *parser.Record:
		return c.refTo(c.ident(def), c.direct(def), object(def))
	case *parser.Array:
		return CodeList{}
	default:
		return c.value(t, g)
	}
}

// direct reports whether the struct of a definition gets straight-line code.
// Of a package that was generated elsewhere that is not known here.
func (c *coding) direct(def *resolver.Def) bool {
	if c.ident(def).Package.External {
		return false
	}
	t := object(def)
	return t != nil && direct(c.binary(def), t)
}

// object returns the object that a definition or its record is, or nil.
func object(def *resolver.Def) *parser.Object {
	switch t := def.AST.Type.(type) {
	case *parser.Object:
		return t
	case *parser.Record:
		return t.Record
	}
	return nil
}

// refTo is the code of a pointer to the struct of an object.
func (c *coding) refTo(target Ident, direct bool, t *parser.Object) CodeRef {
	parts := direct && c.parts(target.Package, t)
	if parts {
		c.made[target] = true
	}
	return CodeRef{Target: target, Direct: direct, Parts: parts}
}

// settleParts forgets the parts of structs that no code makes, and says which
// are made for arrays.
func (b *builder) settleParts(p *Program) {
	for _, pkg := range p.Packages {
		for _, file := range pkg.Files {
			for _, d := range file.Decls {
				s, ok := d.(*Struct)
				if !ok {
					continue
				}
				if s.Filled = b.filled[Ident{s.Name, pkg}]; !b.made[Ident{s.Name, pkg}] {
					s.Parts = nil
				}
			}
		}
	}
}

// unlike returns basic unless that is what g is.
func unlike(g GoType, basic string) string {
	if g == Basic(basic) {
		return ""
	}
	return basic
}

// Elem returns the type of a slice's items.
func Elem(t GoType) GoType {
	slice, ok := t.(Slice)
	if !ok {
		panic(fmt.Sprintf("ir: %T is no slice", t)) // a bug in lexgen
	}
	return slice.Elem
}

// pointee returns the name of what a pointer points to.
func pointee(t GoType) Ident {
	named, ok := pointed(t).(Named)
	if !ok {
		panic(fmt.Sprintf("ir: %T points to no named type", t)) // a bug in lexgen
	}
	return named.Ident
}

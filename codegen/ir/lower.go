package ir

import (
	"fmt"
	"strings"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/resolver"
)

// unit lowers the definitions of one lexicon.
type unit struct {
	*builder
	file    *File
	def     *resolver.Def // that is being lowered
	aliases []*Alias      // one per declared name, used if the package was merged
}

// pkg is the package that the unit's file is in.
func (u *unit) pkg() *Package { return u.layout.space(u.file.ID).pkg }

func (u *unit) add(d Decl) { u.file.Decls = append(u.file.Decls, d) }

// name returns the final name of what key stands for, and notes its alias.
func (u *unit) name(key any, kind AliasKind) string {
	name := u.names.final[key]
	u.aliases = append(u.aliases, &Alias{
		Name:   u.names.local[key],
		Target: u.here(name),
		Kind:   kind,
	})
	return name
}

// definition declares one definition and what comes with it.
func (u *unit) definition(def *resolver.Def) {
	u.def = def
	id := def.ID()
	switch t := def.AST.Type.(type) {
	case *parser.Record:
		u.record(def.AST, id, t)
	case *parser.Object:
		u.objectDef(def.AST, id, t)
	case *parser.Token:
		u.token(def.AST, id, t)
	case *parser.PermissionSet:
		u.permissionSet(def.AST, id, t)
	case *parser.Query:
		u.query(def.AST, id, t)
	case *parser.Procedure:
		u.procedure(def.AST, id, t)
	case *parser.Subscription:
		u.subscription(def.AST, id, t)
	case *parser.Array:
		u.arrayDef(def.AST, id, t)
	case *parser.String, *parser.Integer, *parser.Boolean:
		u.defined(def.AST, id, t)
	case *parser.Bytes, *parser.CIDLink, *parser.Blob:
		u.aliasDef(def.AST, id, t)
	default:
		panic(fmt.Sprintf("ir: unexpected definition %T", t)) // a bug in lexgen: the parser refuses the rest
	}
}

func (u *unit) record(key *parser.Def, id string, t *parser.Record) {
	name := u.name(key, AliasType)
	s := &Struct{
		Name:   name,
		Doc:    u.docs.declaration(fmt.Sprintf("%s is the record %s, with %s.", name, id, keyText(t.Key)), description(t.Description, t.Record)),
		Kind:   RecordStruct,
		Type:   id,
		Label:  id,
		Key:    t.Key.Value,
		Schema: t,
	}
	u.structure(s, t.Record)
}

// keyText says what a record's keys look like.
func keyText(key parser.Text) string {
	switch literal, ok := strings.CutPrefix(key.Value, "literal:"); {
	case ok:
		return "the key " + quoted(literal)
	case key.Value == "tid" || key.Value == "nsid":
		return "keys of type " + key.Value
	}
	return "any key"
}

// description prefers the definition's text to that of its object.
func description(own parser.Text, inner *parser.Object) parser.Text {
	if own.Value == "" && inner != nil {
		return inner.Description
	}
	return own
}

func (u *unit) objectDef(key *parser.Def, id string, t *parser.Object) {
	name := u.name(key, AliasType)
	s := &Struct{
		Name:   name,
		Doc:    u.docs.declaration(fmt.Sprintf("%s is the object %s.", name, id), t.Description),
		Kind:   ObjectStruct,
		Type:   id,
		Label:  id,
		Schema: t,
	}
	u.structure(s, t)
}

// structure fills a struct with the fields of an object and declares it and
// what its properties bring along.
func (u *unit) structure(s *Struct, t *parser.Object) {
	u.add(s)
	scope := newFieldScope()
	if t != nil {
		s.Fields = u.fields(s.Name, clip(s.Label), scope, t.Properties)
	}
	s.Extra = scope.extra()
	u.code(s, t)
}

// fields lowers properties or parameters, in source order, and declares their
// unnamed objects and constants behind the struct.
func (u *unit) fields(owner, label string, scope *fieldScope, props []*parser.Property) []*Field {
	fields := make([]*Field, 0, len(props))
	for _, p := range props {
		if dropped(p) {
			continue
		}
		f := &Field{Name: scope.name(p.Name.Value), Wire: p.Name.Value, Presence: presence(p), Schema: p.Type}
		base := u.value(within(label, p.Name.Value), p.Type)
		f.Type = fieldType(base, f.Presence)
		f.Lex = base.Lex
		f.Doc = u.docs.field(p.Type.Doc(), fieldNote(f), u.members(base)...)
		fields = append(fields, f)
		u.constants(owner+"."+f.Name, p.Type, nil)
	}
	return fields
}

func presence(p *parser.Property) Presence {
	switch {
	case p.Required && p.Nullable:
		return RequiredNullable
	case p.Nullable:
		return OptionalNullable
	case p.Required:
		return Required
	}
	return Optional
}

// fieldNote says whether the property must be there, and its constraints.
func fieldNote(f *Field) []string {
	var list []string
	switch f.Presence {
	case Required:
		list = append(list, "required")
	case RequiredNullable:
		list = append(list, "required", "may be null")
	case OptionalNullable:
		list = append(list, "may be null")
	case Optional:
	}
	return append(list, constraints(f.Schema)...)
}

// value is a Lexicon type as the type of a required value.
type value struct {
	Type GoType
	Lex  LexType
	Nil  bool // nil can stand for an absent value
}

// value lowers a type. It declares unnamed objects; label is what messages
// call the place.
func (u *unit) value(label string, t parser.Type) value {
	switch t := t.(type) {
	case *parser.Boolean:
		return constrained(value{Type: Basic("bool")}, t)
	case *parser.Integer:
		return constrained(value{Type: Basic("int64")}, t)
	case *parser.String:
		return constrained(value{Type: stringType(t)}, t)
	case *parser.Bytes:
		return constrained(value{Type: lexBytes, Nil: true}, t)
	case *parser.CIDLink:
		return value{Type: lexLink}
	case *parser.Blob:
		return constrained(value{Type: Pointer{lexBlob}, Nil: true}, t)
	case *parser.Unknown:
		return value{Type: lexUnknown, Nil: true}
	case *parser.Array:
		return u.array(label, t)
	case *parser.Object:
		return value{Type: Pointer{Named{u.inline(label, t)}}, Nil: true}
	case *parser.Ref:
		return u.ref(t)
	case *parser.Union:
		return value{Type: lexObject, Lex: u.union(t), Nil: true}
	default:
		panic(fmt.Sprintf("ir: unexpected type %T of a value", t)) // a bug in lexgen: the parser refuses the rest
	}
}

// formats maps the string formats to types of package syntax.
var formats = map[string]string{
	"at-identifier": "AtIdentifier",
	"at-uri":        "ATURI",
	"cid":           "CID",
	"datetime":      "Datetime",
	"did":           "DID",
	"handle":        "Handle",
	"language":      "Language",
	"nsid":          "NSID",
	"record-key":    "RecordKey",
	"tid":           "TID",
	"uri":           "URI",
}

func stringType(t *parser.String) GoType {
	if name, ok := formats[t.Format.Value]; ok {
		return Runtime{SyntaxPath, name}
	}
	return Basic("string")
}

func (u *unit) array(label string, t *parser.Array) value {
	item := u.value(within(label, "items"), t.Items)
	v := value{Type: Slice{item.Type}, Nil: true}
	if rules := lowerRules(t); item.Lex != nil || rules != nil {
		v.Lex = &LexArray{Items: item.Lex, Rules: rules}
	}
	return v
}

// inline declares an unnamed object.
func (u *unit) inline(label string, t *parser.Object) Ident {
	name := u.name(t, AliasType)
	s := &Struct{
		Name:   name,
		Doc:    u.docs.declaration(fmt.Sprintf("%s is the object at %s.", name, brief(label)), t.Description),
		Kind:   InlineStruct,
		Label:  label,
		Schema: t,
	}
	u.structure(s, t)
	return u.here(name)
}

// ref lowers a reference to whatever it names.
func (u *unit) ref(t *parser.Ref) value {
	def := u.graph.Target(t.Ref)
	named := Named{u.ident(def)}
	switch target := def.AST.Type.(type) {
	case *parser.Object, *parser.Record:
		return value{Type: Pointer{named}, Nil: true}
	case *parser.Array:
		return value{Type: named, Nil: true}
	case *parser.Blob:
		return constrained(value{Type: Pointer{named}, Nil: true}, target)
	case *parser.Bytes:
		return constrained(value{Type: named, Nil: true}, target)
	case *parser.String, *parser.Integer, *parser.Boolean, *parser.CIDLink:
		return constrained(value{Type: named}, target)
	default:
		panic(fmt.Sprintf("ir: unexpected reference to %T", target)) // a bug in lexgen: the resolver refuses the rest
	}
}

func (u *unit) union(t *parser.Union) *LexUnion {
	union := &LexUnion{Closed: t.Closed}
	seen := map[*resolver.Def]bool{}
	for _, ref := range t.Refs {
		if def := u.graph.Target(ref); !seen[def] {
			seen[def] = true
			union.Members = append(union.Members, u.ident(def))
		}
	}
	return union
}

// members documents the choice that a value offers, if it is one.
func (u *unit) members(v value) []string {
	lex := v.Lex
	for {
		array, ok := lex.(*LexArray)
		if !ok {
			break
		}
		lex = array.Items
	}
	if union, ok := lex.(*LexUnion); ok {
		return []string{u.memberText(union)}
	}
	return nil
}

func (u *unit) memberText(union *LexUnion) string {
	if len(union.Members) == 0 {
		return "Any object with a $type."
	}
	list := make([]string, len(union.Members))
	for i, member := range union.Members {
		list[i] = "*" + u.spoken(member)
	}
	text := strings.Join(list, ", ")
	if union.Closed {
		return "Exactly one of " + text + "."
	}
	return "One of " + text + ", or any other object with a $type."
}

// spoken is what comments call an identifier: with its package where that is
// another.
func (u *unit) spoken(id Ident) string {
	if id.Package != u.pkg() {
		return id.Package.Name + "." + id.Name
	}
	return id.Name
}

// fieldType makes the Go type of a field from that of a required value.
func fieldType(v value, p Presence) GoType {
	switch p {
	case OptionalNullable:
		return Nullable{v.Type}
	case Optional, RequiredNullable:
		if !v.Nil {
			return Opt{v.Type}
		}
	case Required:
	}
	return v.Type
}

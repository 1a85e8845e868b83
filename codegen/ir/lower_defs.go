package ir

import (
	"fmt"
	"strings"

	"github.com/lexgen/lexgen/parser"
)

// token declares the constant that stands for a token in data (LX-21).
func (u *unit) token(key *parser.Def, id string, t *parser.Token) {
	name := u.name(key, AliasConst)
	doc := u.docs.declaration(name+" is the token "+id+".", t.Description)
	u.add(&Consts{Consts: []Const{{Name: name, Doc: doc, Value: id, At: key.Name.At}}})
}

// permissionSet declares the OAuth scope that asks for a permission set.
func (u *unit) permissionSet(key *parser.Def, id string, t *parser.PermissionSet) {
	name := u.name(key, AliasConst)
	about := t.Description
	if about.Value == "" {
		about = t.Detail
	}
	doc := u.docs.declaration(name+" is the scope that asks for the permission set "+id+".", about)
	u.add(&Consts{Consts: []Const{{Name: name, Doc: doc, Value: "include:" + id, At: key.Name.At}}})
}

// defined declares a named string, integer or boolean and its constants.
func (u *unit) defined(key *parser.Def, id string, t parser.Type) {
	name := u.name(key, AliasType)
	underlying := u.value(id, t).Type
	if _, ok := underlying.(Runtime); ok {
		underlying = Basic("string")
	}
	u.add(&Defined{
		Name:   name,
		Doc:    u.docs.declaration(fmt.Sprintf("%s is the %s %s.", name, noun(t), id), t.Doc(), sentence(constraints(t))),
		Label:  id,
		Type:   underlying,
		Schema: t,
	})
	u.constants(name, t, Named{u.here(name)})
}

// aliasDef declares named bytes, links and blobs, which are the runtime's
// types under another name.
func (u *unit) aliasDef(key *parser.Def, id string, t parser.Type) {
	name := u.name(key, AliasType)
	v := u.value(id, t)
	goType := v.Type
	if p, ok := goType.(Pointer); ok {
		goType = p.Elem
	}
	u.add(&TypeAlias{
		Name:   name,
		Doc:    u.docs.declaration(fmt.Sprintf("%s is the %s %s.", name, noun(t), id), t.Doc(), sentence(constraints(t))),
		Label:  id,
		Type:   goType,
		Schema: t,
	})
}

// arrayDef declares a named array.
func (u *unit) arrayDef(key *parser.Def, id string, t *parser.Array) {
	name := u.name(key, AliasType)
	v := u.array(id, t)
	lex, _ := v.Lex.(*LexArray)
	more := append(u.members(v), sentence(constraints(t)))
	u.add(&Array{
		Name:   name,
		Doc:    u.docs.declaration(fmt.Sprintf("%s is the array %s.", name, id), t.Description, more...),
		Label:  id,
		Elem:   Elem(v.Type),
		Lex:    lex,
		CBOR:   u.binary(u.def),
		Schema: t,
	})
	u.constants(name, t, nil)
}

func noun(t parser.Type) string {
	switch t.(type) {
	case *parser.String:
		return "string"
	case *parser.Integer:
		return "integer"
	case *parser.Boolean:
		return "boolean"
	case *parser.Bytes:
		return "byte string"
	case *parser.CIDLink:
		return "link"
	case *parser.Blob:
		return "blob"
	}
	panic(fmt.Sprintf("ir: no noun for %T", t))
}

// sentence joins constraints to a sentence, "" if there are none.
func sentence(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return "Constraints: " + strings.Join(list, ", ") + "."
}

// constants declares the known values and enumerations of a type, and of the
// items of an array. They have the type goType, or none if it is nil.
func (u *unit) constants(owner string, t parser.Type, goType GoType) {
	switch t := t.(type) {
	case *parser.Array:
		u.constants(owner, t.Items, nil)
	case *parser.String:
		u.stringConsts("Known values of "+owner+"; others are allowed.", t.KnownValues, goType)
		u.stringConsts("All values of "+owner+".", t.Enum, goType)
	case *parser.Integer:
		group := &Consts{Doc: Doc{Lines: wrap("All values of " + owner + ".")}}
		for _, v := range distinctInts(t.Enum) {
			group.Consts = append(group.Consts, Const{Name: u.name(v, AliasConst), Type: goType, Value: v.Value, At: v.Span()})
		}
		u.addConsts(group)
	}
}

func (u *unit) stringConsts(doc string, list []parser.Text, goType GoType) {
	group := &Consts{Doc: Doc{Lines: wrap(doc)}}
	for _, v := range distinctTexts(list) {
		group.Consts = append(group.Consts, Const{Name: u.name(v, AliasConst), Type: goType, Value: v.Value, At: v.At})
	}
	u.addConsts(group)
}

func (u *unit) addConsts(group *Consts) {
	if len(group.Consts) > 0 {
		u.add(group)
	}
}

// here is an identifier of the unit's package.
func (u *unit) here(name string) Ident { return Ident{Name: name, Package: u.pkg()} }

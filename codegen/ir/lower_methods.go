package ir

import (
	"fmt"
	"strings"

	"github.com/lexgen/lexgen/parser"
)

// method declares the parameters and bodies of a query or procedure (LX-09).
func (u *unit) method(id, kind string, m *parser.Method, input *parser.Body) {
	u.params(id, kind, m.Parameters)
	u.body("input", id, kind, input, nil)
	u.body("output", id, kind, m.Output, m.Errors)
}

// subscription declares the parameters and the message of a stream (LX-11).
func (u *unit) subscription(id string, t *parser.Subscription) {
	u.params(id, "subscription", t.Parameters)
	if t.Message == nil {
		return
	}
	name := u.name(t.Message, true)
	v := value{Type: lexObject}
	var more []string
	if union, ok := t.Message.Schema.(*parser.Union); ok {
		v.Lex = u.union(union)
		more = u.members(v)
	}
	more = append(more, errorText(t.Errors))
	u.add(&TypeAlias{
		Name: name,
		Doc:  u.docs.declaration(fmt.Sprintf("%s is a message of the subscription %s.", name, id), t.Message.Description, more...),
		Type: v.Type,
	})
}

// params declares the struct of a method's query parameters (LX-12). They
// have no place for unknown ones.
func (u *unit) params(id, kind string, p *parser.Params) {
	if p == nil {
		return
	}
	name := u.name(p, true)
	s := &Struct{
		Name:   name,
		Doc:    u.docs.declaration(fmt.Sprintf("%s are the parameters of the %s %s.", name, kind, id), p.Description),
		Kind:   ParamsStruct,
		Label:  id + " parameters",
		Schema: p,
	}
	u.add(s)
	s.Fields = u.fields(name, s.Label, newFieldScope(), p.Properties)
}

// body declares an input or output that has a schema (LX-10).
func (u *unit) body(role, id, kind string, b *parser.Body, errors []*parser.Error) {
	if b == nil || b.Schema == nil {
		return
	}
	name := u.name(b, true)
	what := fmt.Sprintf("%s is the %s of the %s %s.", name, role, kind, id)
	label := id + " " + role
	switch t := b.Schema.(type) {
	case *parser.Object:
		doc := u.docs.declaration(what, description(b.Description, t), errorText(errors))
		u.structure(&Struct{Name: name, Doc: doc, Kind: BodyStruct, Label: label, Schema: t}, t)
	case *parser.Ref:
		u.add(&TypeAlias{
			Name:   name,
			Doc:    u.docs.declaration(what, b.Description, errorText(errors)),
			Type:   pointed(u.ref(t).Type),
			Schema: t,
		})
	case *parser.Union:
		union := u.union(t)
		doc := u.docs.declaration(what, b.Description, u.memberText(union), errorText(errors))
		u.add(&BodyUnion{Name: name, Doc: doc, Label: label, Union: union, CBOR: u.binary(u.def), Schema: t})
	default:
		panic(fmt.Sprintf("ir: unexpected body %T", t)) // a bug in lexgen: the parser refuses the rest
	}
}

// pointed returns what a pointer points to, and other types as they are.
func pointed(t GoType) GoType {
	if p, ok := t.(Pointer); ok {
		return p.Elem
	}
	return t
}

// errorText lists the errors that a method declares.
func errorText(errors []*parser.Error) string {
	var names []string
	seen := map[string]bool{}
	for _, e := range errors {
		if name := brief(e.Name.Value); !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "Declared errors: " + strings.Join(names, ", ") + "."
}

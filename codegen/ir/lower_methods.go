package ir

import (
	"fmt"
	"strings"

	"github.com/lexgen/lexgen/parser"
)

// query declares a query with its parameters and output (LX-09).
func (u *unit) query(key *parser.Def, id string, t *parser.Query) {
	e := &Endpoint{Kind: QueryEndpoint, ID: id, Schema: t}
	u.endpoint(key, e, "query", t.Description, func() { u.method(e, "query", &t.Method) })
}

// procedure declares a procedure with its parameters and bodies (LX-09).
func (u *unit) procedure(key *parser.Def, id string, t *parser.Procedure) {
	e := &Endpoint{Kind: ProcedureEndpoint, ID: id, Schema: t}
	u.endpoint(key, e, "procedure", t.Description, func() {
		e.Input, e.InputType = u.body("input", id, "procedure", t.Input, nil)
		u.method(e, "procedure", &t.Method)
	})
}

func (u *unit) method(e *Endpoint, kind string, m *parser.Method) {
	e.Params = u.params(e.ID, kind, m.Parameters)
	e.Output, e.OutputType = u.body("output", e.ID, kind, m.Output, m.Errors)
	e.Errors = u.errors(m.Errors)
}

// endpoint declares a variable, and behind it what describe declares.
func (u *unit) endpoint(key *parser.Def, e *Endpoint, kind string, description parser.Text, describe func()) {
	e.Name = u.name(key, AliasVar)
	e.Request = u.name(e.Schema, AliasType)
	e.Doc = u.docs.declaration(fmt.Sprintf("%s is the %s %s.", e.Name, kind, e.ID), description)
	u.add(e)
	describe()
	u.group(e)
}

// errors declares a constant for each declared error (XR-03).
func (u *unit) errors(errors []*parser.Error) []Ident {
	group := &Consts{}
	var all []Ident
	for _, e := range errors {
		name := u.name(e, AliasConst)
		all = append(all, u.here(name))
		var doc Doc
		if u.docs.mode == DocsFull {
			doc.Lines = prose(e.Description.Value)
		}
		group.Consts = append(group.Consts, Const{Name: name, Doc: doc, Type: Runtime{XRPCPath, "ErrorName"}, Value: e.Name.Value, At: e.Name.At})
	}
	if len(all) > 0 {
		group.Doc = Doc{Lines: wrap("The errors that " + u.names.final[u.def.AST] + " declares.")}
		u.addConsts(group)
	}
	return all
}

// subscription declares a stream with its parameters and message (LX-11).
func (u *unit) subscription(key *parser.Def, id string, t *parser.Subscription) {
	e := &Endpoint{Kind: SubscriptionEndpoint, ID: id, Schema: t, Message: lexObject}
	u.endpoint(key, e, "subscription", t.Description, func() {
		e.Params = u.params(id, "subscription", t.Parameters)
		u.message(e, t)
		e.Errors = u.errors(t.Errors)
	})
}

// message declares the name of a stream's message.
func (u *unit) message(e *Endpoint, t *parser.Subscription) {
	if t.Message == nil {
		return
	}
	name := u.name(t.Message, AliasType)
	v := value{Type: lexObject}
	var more []string
	if union, ok := t.Message.Schema.(*parser.Union); ok {
		e.Union = u.union(union)
		e.Resumes = u.graph.Resumes(u.graph.Lookup(e.ID))
		v.Lex = e.Union
		more = u.members(v)
	}
	more = append(more, errorText(t.Errors))
	e.Message = Named{u.here(name)}
	u.add(&TypeAlias{
		Name:  name,
		Doc:   u.docs.declaration(fmt.Sprintf("%s is a message of the subscription %s.", name, e.ID), t.Message.Description, more...),
		Label: e.ID + " message",
		Type:  v.Type,
	})
}

// params declares the struct of a method's query parameters (LX-12).
func (u *unit) params(id, kind string, p *parser.Params) GoType {
	if p == nil {
		return nil
	}
	name := u.name(p, AliasType)
	s := &Struct{
		Name:   name,
		Doc:    u.docs.declaration(fmt.Sprintf("%s are the parameters of the %s %s.", name, kind, id), p.Description),
		Kind:   ParamsStruct,
		Label:  id + " parameters",
		Schema: p,
	}
	u.add(s)
	scope := newFieldScope()
	s.Fields = u.fields(name, s.Label, scope, p.Properties)
	s.Extra = scope.extra()
	return Named{u.here(name)}
}

// body declares an input or output that has a schema, and returns its type and its
// media type (LX-10).
func (u *unit) body(role, id, kind string, b *parser.Body, errors []*parser.Error) (GoType, string) {
	switch {
	case b == nil || b.Encoding.Value == "" && b.Schema == nil:
		return nil, ""
	case b.Schema == nil || !isJSON(b.Encoding.Value):
		return xrpcBody, b.Encoding.Value
	}
	name := u.name(b, AliasType)
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
			Label:  label,
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
	return Named{u.here(name)}, "application/json"
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

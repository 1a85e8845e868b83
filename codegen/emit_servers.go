package codegen

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/lexgen/lexgen/codegen/ir"
)

var serversEmitter = Emitter{
	Name: "servers",
	Doc:  "prints an interface for each group of endpoints, with what embeds in and registers an implementation",
	Emit: emitServer,
}

var fakesEmitter = Emitter{
	Name: "fakes",
	Doc:  "prints servers for tests whose methods are fields",
	Emit: emitFake,
}

func emitServer(out *Out, d ir.Decl) {
	g, ok := d.(*ir.Group)
	if !ok {
		return
	}
	serverInterface(out, g)
	unimplementedServer(out, g)
	registration(out, g)
}

func serverInterface(out *Out, g *ir.Group) {
	out.Comment(commentLine(fmt.Sprintf("%s serves the endpoints %s.*. Implementations embed", g.Server, g.ID)))
	out.Comment(commentLine(g.Unimplemented + ", because endpoints are added to namespaces."))
	out.Type().Id(g.Server).InterfaceFunc(func(methods *jen.Group) {
		for _, m := range g.Methods {
			methods.Comment(commentLine(fmt.Sprintf("%s serves the %s %s.", m.Name, kindName(m.Endpoint.Kind), m.Endpoint.ID)))
			methods.Id(m.Name).Add(handlerSignature(m.Endpoint, g.Package))
		}
	})
}

func unimplementedServer(out *Out, g *ir.Group) {
	out.Line()
	out.Comment(commentLine(fmt.Sprintf("%s answers everything with xrpc.ErrMethodNotImplemented.", g.Unimplemented)))
	out.Type().Id(g.Unimplemented).Struct()
	for _, m := range g.Methods {
		method(out.Group, fmt.Sprintf("%s is not implemented.", m.Name),
			jen.Func().Params(jen.Id(g.Unimplemented)).Id(m.Name).Add(handlerSignature(m.Endpoint, g.Package)), returns(notImplemented(m.Endpoint)))
	}
}

func registration(out *Out, g *ir.Group) {
	out.Line()
	out.Comment(commentLine(fmt.Sprintf("%s serves the endpoints %s.* with impl.", g.Register, g.ID)))
	out.Func().Id(g.Register).Params(jen.Id("s").Op("*").Add(xrpcName("Server")), jen.Id("impl").Id(g.Server),
		jen.Id("opts").Op("...").Add(xrpcName("HandlerOption"))).BlockFunc(func(b *jen.Group) {
		for _, m := range g.Methods {
			b.Id(m.Endpoint.Name).Dot("Handle").Call(jen.Id("s"), jen.Id("impl").Dot(m.Name), jen.Id("opts").Op("..."))
		}
	})
}

// handlerSignature is what a handler has behind its name.
func handlerSignature(e *ir.Endpoint, pkg *ir.Package, names ...string) *jen.Statement {
	named := func(i int) *jen.Statement {
		if names == nil {
			return &jen.Statement{}
		}
		return jen.Id(names[i])
	}
	params := []jen.Code{
		named(0).Qual("context", "Context"),
		named(1).Op("*").Qual(pkg.Path, e.Request),
	}
	if e.Kind == ir.SubscriptionEndpoint {
		stream := jen.Op("*").Add(xrpcName("Stream")).Types(Type(e.Message))
		return jen.Params(append(params, named(2).Add(stream))...).Error()
	}
	return jen.Params(params...).Params(pointer(e.Output), jen.Error())
}

// notImplemented is what a handler returns that does nothing.
func notImplemented(e *ir.Endpoint) jen.Code {
	if e.Kind == ir.SubscriptionEndpoint {
		return xrpcName("ErrMethodNotImplemented")
	}
	return jen.List(jen.Nil(), xrpcName("ErrMethodNotImplemented"))
}

func kindName(k ir.EndpointKind) string {
	switch k {
	case ir.ProcedureEndpoint:
		return "procedure"
	case ir.SubscriptionEndpoint:
		return "subscription"
	default:
		return "query"
	}
}

func emitFake(out *Out, d ir.Decl) {
	f, ok := d.(*ir.Fake)
	if !ok {
		return
	}
	out.Comment(commentLine(fmt.Sprintf("%s is a %s.%s whose methods call its fields.", f.Name, f.Group.Package.Name, f.Group.Server)))
	out.Type().Id(f.Name).StructFunc(func(fields *jen.Group) {
		for _, m := range f.Group.Methods {
			fields.Id(m.Field).Func().Add(handlerSignature(m.Endpoint, f.Group.Package))
		}
	})
	out.Line()
	out.Var().Id("_").Qual(f.Group.Package.Path, f.Group.Server).Op("=").Parens(jen.Op("*").Id(f.Name)).Parens(jen.Nil())
	for _, m := range f.Group.Methods {
		fakeMethod(out, f, m)
	}
}

func fakeMethod(out *Out, f *ir.Fake, m ir.GroupMethod) {
	e, field := m.Endpoint, m.Field
	args := []jen.Code{jen.Id("ctx"), jen.Id("r")}
	if e.Kind == ir.SubscriptionEndpoint {
		args = append(args, jen.Id("out"))
	}
	method(out.Group, fmt.Sprintf("%s calls %s.", m.Name, field),
		jen.Func().Params(jen.Id("f").Op("*").Id(f.Name)).Id(m.Name).Add(handlerSignature(e, f.Group.Package, "ctx", "r", "out")),
		jen.Block(
			jen.If(jen.Id("f").Dot(field).Op("==").Nil()).Block(jen.Return(notImplemented(e))),
			jen.Return(jen.Id("f").Dot(field).Call(args...)),
		))
}

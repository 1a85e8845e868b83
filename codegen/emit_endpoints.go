package codegen

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/lexgen/lexgen/codegen/ir"
)

var endpointsEmitter = Emitter{
	Name: "endpoints",
	Doc:  "prints queries, procedures and subscriptions as variables that can be called and served",
	Emit: emitEndpoint,
}

func emitEndpoint(out *Out, d ir.Decl) {
	e, ok := d.(*ir.Endpoint)
	if !ok {
		return
	}
	comment(out.Group, e.Doc)
	out.Var().Id(e.Name).Op("=").Add(endpointType(e)).Values(endpointKeys(e)...)
	out.Line()
	out.Comment(commentLine(fmt.Sprintf("%s is a request of the %s %s.", e.Request, kindName(e.Kind), e.ID)))
	out.Type().Id(e.Request).Op("=").Add(xrpcName("Request")).Types(pointer(e.Params), pointer(e.Input))
}

// endpointType is the type of the variable.
func endpointType(e *ir.Endpoint) *jen.Statement {
	switch e.Kind {
	case ir.ProcedureEndpoint:
		return xrpcName("Procedure").Types(pointer(e.Params), pointer(e.Input), pointer(e.Output))
	case ir.SubscriptionEndpoint:
		return xrpcName("Subscription").Types(pointer(e.Params), Type(e.Message))
	default:
		return xrpcName("Query").Types(pointer(e.Params), pointer(e.Output))
	}
}

// endpointKeys are constants alone, so that a variable that nobody uses is not
// linked and nothing runs when a program starts.
func endpointKeys(e *ir.Endpoint) []jen.Code {
	keys := []jen.Code{keyed("NSID", jen.Lit(e.ID))}
	if e.InputType != "" {
		keys = append(keys, keyed("Input", jen.Lit(e.InputType)))
	}
	if e.OutputType != "" {
		keys = append(keys, keyed("Output", jen.Lit(e.OutputType)))
	}
	if e.Union != nil {
		keys = append(keys, keyed("Messages", jen.Op("&").Add(lexUnion(e.Union))))
	}
	if e.Resumes {
		keys = append(keys, keyed("Resumes", jen.True()))
	}
	if len(e.Errors) > 0 {
		names := make([]jen.Code, len(e.Errors))
		for i, id := range e.Errors {
			names[i] = Ident(id)
		}
		keys = append(keys, keyed("Errors", jen.Index().Add(xrpcName("ErrorName")).Values(names...)))
	}
	return keys
}

// pointer is the type that stands for t in an endpoint.
func pointer(t ir.GoType) *jen.Statement {
	if t == nil {
		return jen.Op("*").Add(xrpcName("None"))
	}
	return jen.Op("*").Add(Type(t))
}

// xrpcName speaks of a name of package xrpc.
func xrpcName(name string) *jen.Statement { return jen.Qual(ir.XRPCPath, name) }

package gonames

import (
	"fmt"

	"github.com/lexgen/lexgen/codegen/ir"
)

// endpointText returns the type of an endpoint's variable.
func (a aliases) endpointText(e *ir.Endpoint) string {
	switch e.Kind {
	case ir.ProcedureEndpoint:
		return fmt.Sprintf("xrpc.Procedure[%s, %s, %s]", a.partText(e.Params), a.partText(e.Input), a.partText(e.Output))
	case ir.SubscriptionEndpoint:
		return fmt.Sprintf("xrpc.Subscription[%s, %s]", a.partText(e.Params), a.typeText(e.Message))
	default:
		return fmt.Sprintf("xrpc.Query[%s, %s]", a.partText(e.Params), a.partText(e.Output))
	}
}

// requestText returns what the name of a request stands for.
func (a aliases) requestText(e *ir.Endpoint) string {
	return fmt.Sprintf("xrpc.Request[%s, %s]", a.partText(e.Params), a.partText(e.Input))
}

// handlerText returns the signature of a method that serves an endpoint of a
// package.
func (a aliases) handlerText(e *ir.Endpoint, pkg string) string {
	request := "*" + a.of(pkg+"."+e.Request)
	if e.Kind == ir.SubscriptionEndpoint {
		return fmt.Sprintf("func(context.Context, %s, *xrpc.Stream[%s]) error", request, a.typeText(e.Message))
	}
	return fmt.Sprintf("func(context.Context, %s) (%s, error)", request, a.partText(e.Output))
}

// partText returns the type of parameters or a body, also of none.
func (a aliases) partText(t ir.GoType) string {
	if t == nil {
		return "*xrpc.None"
	}
	return "*" + a.typeText(t)
}

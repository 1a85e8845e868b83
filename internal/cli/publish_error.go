package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// writeError says why a record was not written, and what is known about it.
func (p *publication) writeError(ctx context.Context, id syntax.NSID, err error) error {
	if ctx.Err() != nil {
		tellf(p.stderr, "%s: interrupted, and nobody knows whether it was written: lexgen status says so", id)
		return ctx.Err()
	}
	var advice string
	e, ok := errors.AsType[*xrpc.Error](err)
	switch {
	case !ok || e.Status >= 500:
		advice = "\nit may have been written nevertheless: lexgen status says so"
	case e.Name == "InvalidSwap":
		advice = "\nsomebody else has changed it meanwhile: lexgen status shows what is there now"
	case e.Name == xrpc.ErrForbidden || e.Status == 401:
		advice = "\nthe session does not permit it: sign in with an app password of this account"
	default:
		advice = waitingAdvice(e)
	}
	return &exitError{statusProblem, fmt.Errorf("%s: %w%s", id, plainly(err), advice)}
}

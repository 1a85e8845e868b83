package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lexgen/lexgen/internal/visible"
	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// failed ends a run whose call has failed.
func (k *calling) failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	lines := []string{visible.Clipped(strings.TrimPrefix(err.Error(), "xrpc: "), 2*xrpc.MaxErrorText)}
	if answer, ok := errors.AsType[*xrpc.Error](err); ok {
		lines = append(lines, k.explained(answer)...)
	}
	lines = append(lines, forbiddenAdvice(err, k.development)...)
	return &exitError{statusProblem, errors.New(strings.Join(lines, "\n"))}
}

// explained says what the schema and the answer's headers say of an error.
func (k *calling) explained(e *xrpc.Error) []string {
	var lines []string
	declared := k.declared()
	if i := slices.IndexFunc(declared, func(d *parser.Error) bool { return d.Name.Value == string(e.Name) }); i >= 0 {
		line := "the schema declares this error"
		if text := declared[i].Description.Value; text != "" {
			line += ": " + visible.Clipped(text, maxDescription)
		}
		lines = append(lines, line)
	}
	if e.RetryAfter > 0 {
		lines = append(lines, fmt.Sprintf("the service asks to wait %v", e.RetryAfter))
	}
	if l := e.RateLimit; l != nil {
		line := fmt.Sprintf("rate limit: %d of %d calls left", l.Remaining, l.Limit)
		if !l.Reset.IsZero() {
			line += fmt.Sprintf(" until %s", syntax.DatetimeOf(l.Reset))
		}
		lines = append(lines, line)
	}
	return lines
}

// maxDescription is how much of a description an error shows, in code points.
const maxDescription = 200

// declared returns the errors that the endpoint's schema declares.
func (k *calling) declared() []*parser.Error {
	switch t := k.endpoint.Def.AST.Type.(type) {
	case *parser.Query:
		return t.Errors
	case *parser.Procedure:
		return t.Errors
	case *parser.Subscription:
		return t.Errors
	}
	return nil
}

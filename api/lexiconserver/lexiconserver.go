// Package lexiconserver serves com.atproto.lexicon.resolveLexicon with a resolver of
// package lexicon.
package lexiconserver

import (
	"context"
	"errors"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/lexicon"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// A Resolver finds published schemas. A *[lexicon.Resolver] is one.
type Resolver interface {
	Resolve(ctx context.Context, nsid syntax.NSID) (*lexicon.Lexicon, error)
}

// Handle serves com.atproto.lexicon.resolveLexicon. A schema that is not published, or
// that is not proved, is answered with LexiconNotFound and the reason; that somebody on
// the way does not answer is UpstreamFailure, after which it is worth asking again. Who
// calls makes the resolver ask servers that strangers chose, so a public server should
// bound how often one caller may.
func Handle(s *xrpc.Server, resolver Resolver, opts ...xrpc.HandlerOption) {
	comatproto.LexiconResolveLexicon.Handle(s, func(ctx context.Context, r *request) (*output, error) {
		found, err := resolver.Resolve(ctx, r.Params.NSID)
		if err != nil {
			return nil, answerOf(err)
		}
		return Output(found)
	}, opts...)
}

type (
	request = comatproto.LexiconResolveLexiconRequest
	output  = comatproto.LexiconResolveLexiconOutput
)

// Output returns a schema as the endpoint answers with it.
func Output(l *lexicon.Lexicon) (*comatproto.LexiconResolveLexiconOutput, error) {
	schema := new(comatproto.LexiconSchema)
	if err := lex.DecodeCBOR(l.Data, schema); err != nil {
		return nil, err
	}
	return &comatproto.LexiconResolveLexiconOutput{CID: syntax.CID(l.CID.String()), Schema: schema, URI: l.URI()}, nil
}

// answerOf returns what a caller is told.
func answerOf(err error) error {
	e, ok := errors.AsType[*lexicon.Error](err)
	switch {
	case !ok:
		return err
	case errors.Is(err, lexicon.ErrUnavailable):
		return xrpc.NewError(xrpc.ErrUpstreamFailure, "%s", e.Reason).Because(err)
	}
	return xrpc.NewError(comatproto.LexiconResolveLexiconErrLexiconNotFound, "%s", e.Reason).Because(err)
}

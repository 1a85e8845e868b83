package plc

import (
	"errors"
	"io"
	"net/http"

	"github.com/lexgen/lexgen/runtime/identity/plc"
)

// submit takes an operation. Nobody has to say who they are: the operation is
// signed.
func (s *Server) submit(w http.ResponseWriter, r *http.Request) error {
	if s.opts.MirrorOf != "" {
		return refusal(http.StatusForbidden, "This directory follows %s: submit operations there", s.opts.MirrorOf)
	}
	if err := s.limiter.take(r); err != nil {
		return err
	}
	id := did(r)
	if !registrable(id) {
		return refusal(http.StatusBadRequest, "Improperly formatted did: %.100q is no did:plc", id)
	}
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, plc.MaxJSON))
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return refusal(http.StatusRequestEntityTooLarge, "Operation too large: more than %d bytes (ID-28)", tooLarge.Limit)
	}
	if err != nil {
		return gone(err)
	}
	op, err := plc.ParseOperation(text)
	if err != nil {
		return err
	}
	seq, err := s.ledger.Submit(r.Context(), id, op)
	if err != nil {
		return err
	}
	s.feed.notify()
	s.metrics.taken.Inc()
	s.log.DebugContext(r.Context(), "an operation was taken", "did", id, "seq", seq)
	return send(w, typeText, []byte("OK"))
}

package plc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/services/plc/ledger"
	"github.com/lexgen/lexgen/services/plc/store"
)

// refused is an answer other than success: a status and what it says.
type refused struct {
	status  int
	message string
	retry   int // seconds; 0 if that does not help
}

// Error returns the message.
func (e *refused) Error() string { return e.message }

func refusal(status int, format string, args ...any) error {
	return &refused{status: status, message: fmt.Sprintf(format, args...)}
}

// errGone says that there is nobody to answer.
var errGone = errors.New("the client is gone")

// gone marks an error of reading from or writing to a client.
func gone(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", errGone, err)
}

// phrases are what messages begin with, by the kind of the error: clients of the
// reference know them (ID-35).
var phrases = []struct {
	kind   error
	status int
	phrase string
}{
	{plc.ErrSignature, http.StatusBadRequest, "Invalid signature on op"},
	{plc.ErrOrder, http.StatusBadRequest, "Operations not correctly ordered"},
	{plc.ErrLate, http.StatusBadRequest, "Recovery operation occurred outside of the allowed 72 hr recovery window"},
	{plc.ErrIdentity, http.StatusBadRequest, "Hash of genesis operation does not match DID identifier"},
	{plc.ErrLimit, http.StatusBadRequest, "Operation too large"},
	{plc.ErrMalformed, http.StatusBadRequest, "Not a valid operation"},
	{ledger.ErrRate, http.StatusBadRequest, "Too many operations"},
	{store.ErrConflict, http.StatusConflict, "Proposed prev does not match the most recent operation"},
}

// answer returns the status and message for an error.
func answer(err error) *refused {
	if r, ok := errors.AsType[*refused](err); ok {
		return r
	}
	for _, p := range phrases {
		if !errors.Is(err, p.kind) {
			continue
		}
		reason := strings.TrimPrefix(err.Error(), p.kind.Error()+": ")
		if e, ok := errors.AsType[*plc.Error](err); ok {
			reason = e.Reason
		}
		if errors.Is(p.kind, store.ErrConflict) {
			reason = "another one was taken meanwhile (ID-33)"
		}
		return &refused{status: p.status, message: p.phrase + ": " + reason}
	}
	return &refused{status: http.StatusInternalServerError, message: "Internal Server Error"}
}

// refuse answers with an error, and returns the status.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) int {
	const clientGone = 499 // as other servers log it
	if errors.Is(err, errGone) || errors.Is(err, context.Canceled) {
		return clientGone
	}
	a := answer(err)
	if a.status >= http.StatusInternalServerError {
		s.log.ErrorContext(r.Context(), "a request failed", "method", r.Method, "path", r.URL.Path, "error", err)
	}
	text, err := json.Marshal(map[string]string{"message": a.message})
	if err != nil {
		return clientGone
	}
	w.Header().Set("Content-Type", typeJSON)
	if a.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(a.retry))
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(text) // who does not read it is gone
	return a.status
}

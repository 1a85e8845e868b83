package plc

import (
	"bytes"
	"io"
	"net/http"
	"strconv"

	"github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/plc/store"
)

// Media types of answers (ID-35, ID-37).
const (
	typeText     = "text/plain; charset=utf-8"
	typeJSON     = "application/json; charset=utf-8"
	typeDocument = "application/did+ld+json; charset=utf-8"
	typeLines    = "application/jsonlines"
)

// routes are the endpoints (ID-34, EP-05).
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	for pattern, serve := range map[string]func(http.ResponseWriter, *http.Request) error{
		"GET /{$}":             s.root,
		"GET /_health":         s.health,
		"GET /livez":           s.live,
		"GET /readyz":          s.ready,
		"GET /export":          s.export,
		"GET /export/stream":   s.stream,
		"GET /{did}":           s.document,
		"GET /{did}/data":      s.data,
		"GET /{did}/log":       s.operations,
		"GET /{did}/log/audit": s.audit,
		"GET /{did}/log/last":  s.last,
		"POST /{did}":          s.submit,
		"OPTIONS /":            s.preflight,
		"/":                    s.nothing,
	} {
		mux.Handle(pattern, s.endpoint(pattern, serve))
	}
	mux.Handle("GET /metrics", s.metrics.handler())
	return mux
}

// endpoint answers with the error of a handler, and counts.
func (s *Server) endpoint(pattern string, serve func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		status := http.StatusOK
		if err := serve(w, r); err != nil {
			status = s.refuse(w, r, err)
		}
		s.metrics.requests.WithLabelValues(pattern, strconv.Itoa(status)).Inc()
	})
}

func send(w http.ResponseWriter, mediaType string, body []byte) error {
	w.Header().Set("Content-Type", mediaType)
	_, err := w.Write(body) //nolint:gosec // it is JSON or plain text, and nosniff is set
	return gone(err)
}

func (s *Server) root(w http.ResponseWriter, _ *http.Request) error {
	const text = `This is a directory of did:plc, an identifier of the AT Protocol.

  GET  /DID            the DID document
  GET  /DID/data       what it is made from
  GET  /DID/log        the operations that count
  GET  /DID/log/audit  all operations
  GET  /DID/log/last   the last operation that counts
  POST /DID            a new operation
  GET  /export         all operations of all DIDs: ?after=SEQ&count=N
  GET  /export/stream  the same as a WebSocket, as they come in: ?cursor=SEQ
`
	return send(w, typeText, []byte(text))
}

// preflight lets pages of every origin use the directory.
func (s *Server) preflight(w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", "GET,HEAD,POST")
	if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
		h.Set("Access-Control-Allow-Headers", asked)
		h.Set("Vary", "Access-Control-Request-Headers")
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) nothing(_ http.ResponseWriter, r *http.Request) error {
	return refusal(http.StatusNotFound, "there is nothing at %s %s", r.Method, r.URL.Path)
}

func (s *Server) health(w http.ResponseWriter, r *http.Request) error {
	version := strconv.Quote(s.opts.Version)
	if _, err := s.opts.Store.Head(r.Context()); err != nil {
		s.log.ErrorContext(r.Context(), "the store cannot be reached", "error", err)
		w.Header().Set("Content-Type", typeJSON)
		w.WriteHeader(http.StatusServiceUnavailable)
		_, err := io.WriteString(w, `{"version":`+version+`,"error":"Service Unavailable"}`)
		return gone(err)
	}
	return send(w, typeJSON, []byte(`{"version":`+version+`}`))
}

// live says that the process answers.
func (*Server) live(w http.ResponseWriter, _ *http.Request) error {
	return send(w, typeText, []byte("ok"))
}

// ready says that requests of all kinds can be answered: the store can be reached,
// and streams are still taken.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.opts.Store.Head(r.Context()); err != nil {
		s.log.ErrorContext(r.Context(), "the store cannot be reached", "error", err)
		return refusal(http.StatusServiceUnavailable, "the store cannot be reached")
	}
	if s.feed.change() == nil {
		return refusal(http.StatusServiceUnavailable, closeDown)
	}
	return send(w, typeText, []byte("ok"))
}

// did returns the DID in the path of a request that asks for something of it.
func did(r *http.Request) syntax.DID { return syntax.DID(r.PathValue("did")) }

// registrable reports whether a text is a did:plc. No other is for the store, which
// may not even take it: PostgreSQL has no text with a zero byte.
func registrable(text syntax.DID) bool {
	id, err := syntax.ParseDID(string(text))
	return err == nil && id.Method() == "plc" && id.Blessed()
}

func notRegistered(did syntax.DID) error {
	return refusal(http.StatusNotFound, "DID not registered: %s", did)
}

// lastOf returns the last operation of a DID that counts.
func (s *Server) lastOf(r *http.Request) (plc.Operation, error) {
	if !registrable(did(r)) {
		return nil, notRegistered(did(r))
	}
	last, err := s.opts.Store.Recent(r.Context(), did(r), 1)
	if err != nil {
		return nil, err
	}
	if len(last) == 0 {
		return nil, notRegistered(did(r))
	}
	return last[0].Operation, nil
}

// state returns what a DID stands for.
func (s *Server) state(r *http.Request) (*plc.State, error) {
	last, err := s.lastOf(r)
	if err != nil {
		return nil, err
	}
	state := plc.StateAfter(last)
	if state == nil {
		return nil, refusal(http.StatusNotFound, "DID not available: %s", did(r))
	}
	return state, nil
}

func (s *Server) document(w http.ResponseWriter, r *http.Request) error {
	state, err := s.state(r)
	if err != nil {
		return err
	}
	doc, err := plc.Document(did(r), state)
	if err != nil {
		return err
	}
	return send(w, typeDocument, doc)
}

func (s *Server) data(w http.ResponseWriter, r *http.Request) error {
	state, err := s.state(r)
	if err != nil {
		return err
	}
	text, err := plc.MarshalData(did(r), state)
	if err != nil {
		return err
	}
	return send(w, typeJSON, text)
}

func (s *Server) last(w http.ResponseWriter, r *http.Request) error {
	last, err := s.lastOf(r)
	if err != nil {
		return err
	}
	text, err := plc.MarshalOperation(last)
	if err != nil {
		return err
	}
	return send(w, typeJSON, text)
}

func (s *Server) operations(w http.ResponseWriter, r *http.Request) error {
	return s.list(w, r, func(rec *store.Record) ([]byte, error) {
		if rec.Nullified {
			return nil, nil
		}
		return plc.MarshalOperation(rec.Operation)
	})
}

func (s *Server) audit(w http.ResponseWriter, r *http.Request) error {
	return s.list(w, r, func(rec *store.Record) ([]byte, error) { return rec.MarshalJSON() })
}

// list sends a list of what item makes of the log of a DID, without what it makes
// nothing of.
func (s *Server) list(w http.ResponseWriter, r *http.Request, item func(*store.Record) ([]byte, error)) error {
	if !registrable(did(r)) {
		return notRegistered(did(r))
	}
	records, err := s.opts.Store.Log(r.Context(), did(r))
	if err != nil {
		return err
	}
	if len(records) == 0 {
		return notRegistered(did(r))
	}
	texts, err := texts(records, item)
	if err != nil {
		return err
	}
	return send(w, typeJSON, append(append([]byte("["), bytes.Join(texts, []byte(","))...), ']'))
}

func texts(records []store.Record, item func(*store.Record) ([]byte, error)) ([][]byte, error) {
	var all [][]byte
	for i := range records {
		text, err := item(&records[i])
		if err != nil {
			return nil, err
		}
		if text != nil {
			all = append(all, text)
		}
	}
	return all, nil
}

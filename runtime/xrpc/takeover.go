package xrpc

import (
	"context"
	"net/http"
)

// A Takeover takes a connection over and serves it as a WebSocket until it ends.
type Takeover func(w http.ResponseWriter, r *http.Request)

// HandleUpgrade serves the endpoint with a server of WebSockets of one's own, such as one
// that sends the same bytes to many. What is no upgrade, has parameters that are not
// valid, or is one too many, is answered as with [Subscription.Handle] (ES-02); so is an
// error of h. What h returns answers the handshake, whose headers are good, and takes the
// connection over; [Server.Close] and [StreamLimits] know nothing of it.
func (s *Subscription[P, M]) HandleUpgrade(server *Server, h func(ctx context.Context, r *Request[P, *None]) (Takeover, error), opts ...HandlerOption) {
	m := s.Method()
	server.endpoints[m.NSID] = newEndpoint(&endpoint{method: m, upgrade: func(in *incoming) error {
		if err := checkHandshake(m, in.request); err != nil {
			return err
		}
		r, err := newRequest[P, *None](in)
		if err != nil {
			return err
		}
		take, err := h(in.request.Context(), r)
		if err != nil {
			return err
		}
		in.hijacked = true
		take(in.writer, in.request)
		return nil
	}}, opts)
}

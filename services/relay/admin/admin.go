// Package admin is the page on which the operator of a relay sees how it is, and changes
// it: hosts, rejections, subscribers, and why an account is not here.
//
//	mux.Handle(admin.Path, admin.New(admin.Options{Relay: relay, Now: time.Now, ...}))
//
// It is HTML and one style sheet, without scripts. Who has the token of the operator signs
// in with it. docs/relay.md tells operators.
package admin

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/fanout"
	"github.com/lexgen/lexgen/services/relay"
)

// Path is below what a page answers.
const Path = "/admin/ui/"

// Options of a page. Relay and Now must be set; the others may be left out.
type Options struct {
	// Relay also says who the operator is.
	Relay *relay.Relay
	// Now tells the time.
	Now func() time.Time
	// Logger is told of who signs in, and of faults.
	Logger *slog.Logger
	// LookupHandle finds accounts by their handles.
	LookupHandle func(context.Context, syntax.Handle) (*identity.Identity, error)
	// Size says how many bytes the store takes.
	Size func(context.Context) (int64, error)
	// Subscribers are those who follow the stream now.
	Subscribers func() []fanout.Subscriber
}

// A Page answers what is below [Path]. It is an http.Handler, and safe for concurrent use.
type Page struct {
	opts     Options
	sessions *sessions
	handler  http.Handler
}

// New returns a page.
func New(opts Options) *Page {
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	p := &Page{opts: opts, sessions: newSessions(opts.Now)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Path+"style.css", serveStyle)
	mux.HandleFunc("GET "+Path+"sign-in", p.signInForm)
	mux.HandleFunc("POST "+Path+"sign-in", p.signIn)
	for pattern, serve := range map[string]func(http.ResponseWriter, *http.Request, session){
		"GET " + Path + "{$}":           p.overview,
		"POST " + Path + "hosts":        p.addHost,
		"GET " + Path + "hosts/{host}":  p.host,
		"POST " + Path + "hosts/{host}": p.changeHost,
		"GET " + Path + "accounts":      p.account,
		"POST " + Path + "accounts":     p.changeAccount,
		"POST " + Path + "sign-out":     p.signOut,
		"GET " + Path + "{rest...}":     p.unknown,
	} {
		mux.HandleFunc(pattern, p.signedIn(serve))
	}
	p.handler = secured(http.NewCrossOriginProtection().Handler(mux))
	return p
}

// ServeHTTP answers a request.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.handler.ServeHTTP(w, r) }

// policy lets a page have its style sheet and send its forms, and nothing else.
const policy = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// maxInput bounds what a form sends, in bytes.
const maxInput = 16 << 10

// secured sets what browsers are to hold to, and bounds what is sent.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin") // without one, browsers do not say where a form comes from
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, maxInput)
		next.ServeHTTP(w, r)
	})
}

func (p *Page) unknown(w http.ResponseWriter, r *http.Request, s session) {
	p.fail(w, r, s, http.StatusNotFound, "There is no such page.")
}

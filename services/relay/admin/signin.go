package admin

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// cookieName names the cookie of a session.
const cookieName = "relay_operator"

// Bounds of sessions: how long one lasts, and how many there are; those that were begun
// first end then.
const (
	sessionTime = 12 * time.Hour
	maxSessions = 100
)

// A session is who has signed in.
type session struct {
	id string
	// Form is a secret of the session that each form sends, so that nobody else has it
	// send one.
	Form string
}

// sessions are those that were begun. They end with the process.
type sessions struct {
	key []byte // of this process
	now func() time.Time

	mu  sync.Mutex
	all *simplelru.LRU[[sha256.Size]byte, time.Time] // when they end, by the hashes of their ids
}

func newSessions(now func() time.Time) *sessions {
	all, _ := simplelru.NewLRU[[sha256.Size]byte, time.Time](maxSessions, nil) // fails for sizes that are not positive
	return &sessions{key: []byte(rand.Text()), now: now, all: all}
}

func (s *sessions) begin() string {
	id := rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all.Add(sha256.Sum256([]byte(id)), s.now().Add(sessionTime))
	return id
}

func (s *sessions) end(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all.Remove(sha256.Sum256([]byte(id)))
}

// of returns the session of a request.
func (s *sessions) of(r *http.Request) (session, bool) {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return session{}, false
	}
	s.mu.Lock()
	ends, ok := s.all.Peek(sha256.Sum256([]byte(cookie.Value)))
	s.mu.Unlock()
	if !ok || !s.now().Before(ends) {
		return session{}, false
	}
	mac := hmac.New(sha256.New, s.key)
	_, _ = mac.Write([]byte(cookie.Value)) // a hash takes everything
	return session{cookie.Value, hex.EncodeToString(mac.Sum(nil))}, true
}

// signedIn lets those through who have signed in, and whose forms are from a page of their
// session.
func (p *Page) signedIn(serve func(http.ResponseWriter, *http.Request, session)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s, ok := p.sessions.of(r)
		switch {
		case !ok:
			http.Redirect(w, r, Path+"sign-in", http.StatusSeeOther)
		case r.Method == http.MethodPost && subtle.ConstantTimeCompare([]byte(s.Form), []byte(r.PostFormValue("form"))) != 1:
			p.fail(w, r, s, http.StatusForbidden, "This form is of another session. Go back, load the page again, and try once more.")
		default:
			serve(w, r, s)
		}
	}
}

func (p *Page) signInForm(w http.ResponseWriter, r *http.Request) {
	if _, ok := p.sessions.of(r); ok {
		http.Redirect(w, r, Path, http.StatusSeeOther)
		return
	}
	p.render(w, r, http.StatusOK, "sign-in", view{Title: "Sign in"})
}

func (p *Page) signIn(w http.ResponseWriter, r *http.Request) {
	is, wait := p.opts.Relay.IsOperator(r, strings.TrimSpace(r.PostFormValue("token")))
	if wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
		p.render(w, r, http.StatusTooManyRequests, "sign-in", view{
			Title: "Sign in", Problem: fmt.Sprintf("There were too many tries. Wait %s, and try again.", duration(wait)),
		})
		return
	}
	if !is {
		p.render(w, r, http.StatusForbidden, "sign-in", view{Title: "Sign in", Problem: "That is not the token."})
		return
	}
	p.opts.Logger.InfoContext(r.Context(), "the operator has signed in", "address", p.opts.Relay.AddressOf(r))
	setCookie(w, r, p.sessions.begin(), int(sessionTime/time.Second))
	http.Redirect(w, r, Path, http.StatusSeeOther)
}

func (p *Page) signOut(w http.ResponseWriter, r *http.Request, s session) {
	p.sessions.end(s.id)
	setCookie(w, r, "", -1)
	http.Redirect(w, r, Path+"sign-in", http.StatusSeeOther)
}

// setCookie has the browser keep the id of a session for some seconds, or forget it. A
// relay on the same machine may be reached by http; elsewhere the cookie needs https.
func setCookie(w http.ResponseWriter, r *http.Request, id string, seconds int) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // it is secure where the connection is
		Name: cookieName, Value: id, Path: Path, MaxAge: seconds, HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: encrypted(r),
	})
}

// encrypted reports whether the browser came by https, maybe to a proxy that says so.
func encrypted(r *http.Request) bool {
	return r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
}

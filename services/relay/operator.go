package relay

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	stdsync "sync"
	"time"

	"github.com/lexgen/lexgen/internal/ratelimit"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/services/internal/clientaddr"
)

// An operator is who has the token.
type operator struct {
	exists bool
	token  [sha256.Size]byte // its hash

	mu      stdsync.Mutex // so that many at a time do not guess more often
	guesses *ratelimit.Limiter[string]
}

// How many tokens that are wrong somebody at one address may send at once, and after how
// long another one.
const (
	guesses      = 5
	guessesAgain = 20 * time.Second
)

func newOperator(opts Options) *operator {
	return &operator{
		exists: opts.AdminToken != "", token: sha256.Sum256([]byte(opts.AdminToken)),
		guesses: ratelimit.New[string](ratelimit.Rate{Burst: guesses, Every: guessesAgain}, opts.Now),
	}
}

// is reports whether a token is that of the operator, in a time that does not depend on
// what is the same.
func (o *operator) is(address, token string) (is bool, wait time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if wait := o.guesses.Wait(address); wait > 0 {
		return false, wait
	}
	got := sha256.Sum256([]byte(token))
	if subtle.ConstantTimeCompare(o.token[:], got[:]) == 1 && o.exists {
		return true, 0
	}
	o.guesses.Take(address)
	return false, 0
}

// IsOperator reports whether a token that came with a request is that of the operator.
// Whoever is at an address from which too many wrong ones came has to wait first, so long
// as it returns; until then no token is looked at.
func (r *Relay) IsOperator(req *http.Request, token string) (is bool, wait time.Duration) {
	address := r.AddressOf(req)
	is, wait = r.operator.is(address, token)
	if !is && wait == 0 {
		r.opts.Logger.WarnContext(req.Context(), "somebody has sent a wrong token of the operator", "address", address)
	}
	return is, wait
}

// AddressOf says where a request comes from, as text, see [Options.AddressHeader].
func (r *Relay) AddressOf(req *http.Request) string {
	return clientaddr.Text(req, r.opts.AddressHeader)
}

// tokenOf returns the token that a request has, "" if it has none.
func tokenOf(req *http.Request) string {
	if user, password, basic := req.BasicAuth(); basic && user == "admin" {
		return password
	}
	if token, ok := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer "); ok {
		return token
	}
	return ""
}

// authorized lets the operator through alone: who sends the token, as Bearer or as the
// password of the user admin.
func (r *Relay) authorized(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		is, wait := false, time.Duration(0)
		if token := tokenOf(req); token != "" { // who sends none does not guess
			is, wait = r.IsOperator(req, token)
		}
		switch {
		case wait > 0:
			w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
			sendJSON(w, http.StatusTooManyRequests, adminError{
				string(xrpc.ErrRateLimitExceeded), fmt.Sprintf("too many wrong tokens came from your address: try again in %v", wait.Round(time.Second)),
			})
		case !is:
			w.Header().Set("WWW-Authenticate", `Basic realm="relay"`)
			sendJSON(w, http.StatusUnauthorized, adminError{string(xrpc.ErrAuthenticationRequired), "the token of the operator is missing, or another one"})
		default:
			next.ServeHTTP(w, req)
		}
	})
}

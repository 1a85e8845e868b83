package identity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/lexgen/lexgen/internal/ratelimit"
	"github.com/lexgen/lexgen/runtime/guard"
	"github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// Limits of what is asked of strangers.
const (
	// questionTimeout bounds one question of the DNS or a server (ID-08, ID-54).
	questionTimeout = 3 * time.Second
	maxRedirects    = 5       // of a well-known file (ID-51)
	maxWellKnown    = 4 << 10 // bytes
	maxTXT          = 100     // records of one name
	maxDomain       = 253     // characters that a name of the DNS has
)

// Rates of questions, unless the options say otherwise. Handles and DIDs of one
// host, such as those that are redirected to it, share its rate.
const (
	hostBurst      = 50
	hostEvery      = 100 * time.Millisecond
	directoryBurst = 1000
	directoryEvery = 2 * time.Millisecond
)

// TXT looks up TXT records. A *net.Resolver is one.
type TXT interface {
	// LookupTXT returns the records of a name. That there is none is a
	// *net.DNSError with IsNotFound.
	LookupTXT(ctx context.Context, name string) ([]string, error)
}

// ResolverOptions are the properties of a [Resolver]. The zero options are those
// of production.
type ResolverOptions struct {
	// Directory is the URL of a directory of did:plc; [plc.PublicDirectory] if "".
	// After five questions in a row without any answer it is asked once in 5 s, until
	// there is one; the others are ErrDown.
	Directory string
	// DirectoryClient talks to the directory, which its operator chose and may
	// have next to it; an http.Client if nil, which Timeout bounds. Redirects are
	// not followed.
	DirectoryClient *http.Client
	// Trust says what the directory is believed.
	Trust Trust
	// DirectoryRate bounds how often the directory is asked, whatever for: 1,000
	// times at once and 500 times a second if zero. Those beyond are ErrLimited.
	DirectoryRate Rate
	// Client talks to hosts that strangers chose; a client of package guard if
	// nil. How it treats redirects is up to the resolver.
	Client *http.Client
	// HostRate bounds how often one host that a stranger chose is asked, and the DNS
	// for one name: 50 times at once and 10 times a second if zero. Those beyond are
	// ErrLimited. A host is asked as often again because others redirect to it, so
	// that these cannot use up what it is asked for itself.
	HostRate Rate
	// DNS answers for handles and authorities; that of the machine if nil.
	DNS TXT
	// Environment says whether names under .test, and plain http for localhost,
	// are fine.
	Environment syntax.Environment
	// Timeout bounds one question; 3 s if zero.
	Timeout time.Duration
	// Now tells the time for the rates, and for a directory that is down; time.Now if
	// nil.
	Now func() time.Time
}

// Trust says what a directory of did:plc is believed.
type Trust int

const (
	// TrustDocuments believes the documents that the directory serves, as of the
	// public one.
	TrustDocuments Trust = iota
	// TrustLogs asks for audit logs, verifies each, and derives the document from it
	// (ID-42): for mirrors that others run (UN-24). What such a directory can do is
	// to leave out the newest operations of a DID, and nothing else.
	TrustLogs
)

// A Resolver asks the DNS, servers and the directory of did:plc, each time anew. A
// [Directory] remembers answers. It may be used by any number of goroutines.
type Resolver struct {
	opts          ResolverOptions
	directory     *plc.Client
	directoryDown *breaker
	directoryRate *ratelimit.Limiter[string]
	hostRate      *ratelimit.Limiter[string]
	redirectRate  *ratelimit.Limiter[string] // of hosts that others redirect to
	wellKnown     *http.Client               // follows some redirects
	noRedirect    *http.Client
}

// NewResolver returns a resolver.
func NewResolver(opts ResolverOptions) *Resolver {
	opts = opts.withDefaults()
	r := &Resolver{
		opts:          opts,
		directory:     &plc.Client{URL: opts.Directory, HTTP: redirecting(opts.DirectoryClient, notAtAll)},
		directoryDown: &breaker{now: opts.Now},
		directoryRate: ratelimit.New[string](ratelimit.Rate(opts.DirectoryRate), opts.Now),
		hostRate:      ratelimit.New[string](ratelimit.Rate(opts.HostRate), opts.Now),
		redirectRate:  ratelimit.New[string](ratelimit.Rate(opts.HostRate), opts.Now),
		noRedirect:    redirecting(opts.Client, notAtAll),
	}
	r.wellKnown = redirecting(opts.Client, r.mayRedirect)
	return r
}

func (o ResolverOptions) withDefaults() ResolverOptions {
	orElse(&o.Timeout, questionTimeout)
	o.Directory = strings.TrimSuffix(cmp.Or(o.Directory, plc.PublicDirectory), "/")
	o.DirectoryRate = cmp.Or(o.DirectoryRate, Rate{directoryBurst, directoryEvery})
	o.HostRate = cmp.Or(o.HostRate, Rate{hostBurst, hostEvery})
	if o.DirectoryClient == nil {
		o.DirectoryClient = &http.Client{}
	}
	if o.Client == nil {
		o.Client = guard.NewClient(guard.Options{Timeout: o.Timeout, Development: o.Environment == syntax.Development})
	}
	if o.DNS == nil {
		o.DNS = &net.Resolver{}
	}
	o.Now = orNow(o.Now)
	return o
}

// redirecting returns a client with a rule about redirects of its own.
func redirecting(client *http.Client, rule func(*http.Request, []*http.Request) error) *http.Client {
	other := *client
	other.CheckRedirect = rule
	return &other
}

func notAtAll(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// mayRedirect lets a well-known file be elsewhere: each host on the way is asked
// within its rate.
func (r *Resolver) mayRedirect(request *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return fmt.Errorf("%w: more than %d redirects", guard.ErrForbidden, maxRedirects)
	}
	rate, host := r.redirectRate, hostOf(request.URL)
	if host == hostOf(via[0].URL) {
		rate = r.hostRate
	}
	return r.mayAsk(rate, host)
}

// hostOf returns the name of a host, by which its requests are counted.
func hostOf(u *url.URL) string { return strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")) }

// mayAsk counts a request to a host that a stranger chose.
func (r *Resolver) mayAsk(rate *ratelimit.Limiter[string], host string) error {
	if rate.Take(host) > 0 {
		return fmt.Errorf("%w: %s, more than %d times at once and once after each %s", ErrLimited, host, r.opts.HostRate.Burst, r.opts.HostRate.Every)
	}
	return nil
}

// ResolveDID returns what the document of a DID says, with a handle that is a
// claim and no more. The DID must be one that accounts may have (SY-03).
func (r *Resolver) ResolveDID(ctx context.Context, did syntax.DID) (*Identity, error) {
	text, err := r.ResolveDocument(ctx, did)
	if err != nil {
		return nil, err
	}
	return ParseDocument(did, text)
}

// ResolveDocument returns the document of a DID as it was served. Nothing in it is
// checked. A DID that does not exist, or has a tombstone, is ErrNotFound.
func (r *Resolver) ResolveDocument(ctx context.Context, did syntax.DID) ([]byte, error) {
	if _, err := syntax.ParseDID(string(did)); err != nil {
		return nil, failf(errors.Join(ErrUnsupported, err), did, "it is no DID: %v", err)
	}
	switch {
	case !did.Blessed():
		return nil, failf(ErrUnsupported, did, "accounts have no such DIDs (SY-03)")
	case !did.AllowedHost(r.opts.Environment):
		return nil, failf(ErrUnsupported, did, "it is under a domain that is not public (SY-04)")
	case did.Method() == "plc":
		return r.plcDocument(ctx, did)
	default:
		return r.webDocument(ctx, did)
	}
}

// plcDocument asks the directory of did:plc.
func (r *Resolver) plcDocument(ctx context.Context, did syntax.DID) ([]byte, error) {
	if !r.directoryDown.mayAsk() {
		return nil, failf(errors.Join(ErrUnavailable, ErrDown), did,
			"the directory has not answered %d times in a row, and is asked once in %s", maxFailures, downWindow)
	}
	if rate := r.opts.DirectoryRate; r.directoryRate.Take("") > 0 {
		return nil, failf(errors.Join(ErrUnavailable, ErrLimited), did,
			"the directory was asked %d times at once, and once after each %s: raise DirectoryRate if it should be asked more often", rate.Burst, rate.Every)
	}
	text, err := r.askDirectory(ctx, did)
	r.directoryDown.told(ctx, err)
	return text, err
}

func (r *Resolver) askDirectory(ctx context.Context, did syntax.DID) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, r.opts.Timeout)
	defer cancel()
	ask := r.servedDocument
	if r.opts.Trust == TrustLogs {
		ask = r.derivedDocument
	}
	text, err := ask(ctx, did)
	if over := ctx.Err(); over != nil { // see get
		return nil, failf(errors.Join(ErrUnavailable, over), did, "ask the directory: %v", over)
	}
	return text, err
}

// servedDocument returns the document of a DID as the directory has it.
func (r *Resolver) servedDocument(ctx context.Context, did syntax.DID) ([]byte, error) {
	text, err := r.directory.Resolve(ctx, did)
	if err != nil {
		return nil, directoryFailed(did, err)
	}
	return text, nil
}

// derivedDocument returns the document that follows from the audit log of a DID.
func (r *Resolver) derivedDocument(ctx context.Context, did syntax.DID) ([]byte, error) {
	log, err := r.directory.AuditLog(ctx, did)
	if err != nil {
		return nil, directoryFailed(did, err)
	}
	history, err := log.Verify(did)
	if err != nil {
		return nil, failf(errors.Join(ErrDocument, err), did, "the directory has a log that is not true: %v", err)
	}
	state := history.State()
	if state == nil {
		return nil, failf(ErrNotFound, did, "its log ends with a tombstone")
	}
	return plc.Document(did, state)
}

// directoryFailed says what an error of the directory's client means.
func directoryFailed(did syntax.DID, err error) error {
	if refused, ok := errors.AsType[*plc.DirectoryError](err); ok && (refused.Status == http.StatusNotFound || refused.Status == http.StatusGone) {
		return failf(errors.Join(ErrNotFound, err), did, "there is no such DID, or no longer: %v", refused)
	}
	if _, unreadable := errors.AsType[*plc.Error](err); unreadable || errors.Is(err, guard.ErrTooLarge) {
		return failf(errors.Join(ErrDocument, err), did, "the directory's answer is none: %v", err)
	}
	return failf(errors.Join(ErrUnavailable, err), did, "%v", err)
}

// webURL returns where the document of a did:web is (ID-08).
func (r *Resolver) webURL(did syntax.DID) string {
	host := strings.Replace(did.Identifier(), "%3A", ":", 1)
	scheme := "https"
	if name, _, _ := strings.Cut(host, ":"); name == "localhost" && r.opts.Environment == syntax.Development {
		scheme = "http"
	}
	return scheme + "://" + host + "/.well-known/did.json"
}

// webDocument asks the host of a did:web.
func (r *Resolver) webDocument(ctx context.Context, did syntax.DID) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, r.opts.Timeout)
	defer cancel()
	status, body, err := r.get(ctx, r.noRedirect, r.webURL(did), "application/did+ld+json,application/json", MaxDocument)
	switch {
	case errors.Is(err, guard.ErrTooLarge):
		return nil, failf(errors.Join(ErrDocument, err), did, "its document is too large: %v", err)
	case err != nil:
		return nil, failf(errors.Join(kindOf(err), err), did, "get its document: %v", err)
	case status == http.StatusNotFound || status == http.StatusGone:
		return nil, failf(ErrNotFound, did, "there is no such DID, or no longer: status %d", status)
	case status != http.StatusOK:
		return nil, failf(ErrUnavailable, did, "get its document: status %d", status)
	}
	return body, nil
}

// kindOf says whether an error of a request is an answer, because the host does not
// exist or must not be asked, or just a failure.
func kindOf(err error) error {
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound || errors.Is(err, guard.ErrForbidden) {
		return ErrNotFound
	}
	return ErrUnavailable
}

// get requests a file of at most limit bytes from a host that a stranger chose.
func (r *Resolver) get(ctx context.Context, client *http.Client, location, accept string, limit int64) (status int, body []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, location, http.NoBody)
	if err != nil {
		return 0, nil, fmt.Errorf("make a request: %w", err)
	}
	if err := r.mayAsk(r.hostRate, hostOf(request.URL)); err != nil {
		return 0, nil, err
	}
	request.Header.Set("Accept", accept)
	answer, err := client.Do(request) //nolint:bodyclose // ReadAll closes it
	if err != nil {
		if wrapped, ok := errors.AsType[*url.Error](err); ok {
			err = wrapped.Err // the caller says what was requested
		}
		return 0, nil, err
	}
	body, err = guard.ReadAll(answer.Body, limit)
	if over := ctx.Err(); over != nil { // a server that sees us leave may end its answer as if that were all
		return 0, nil, over
	}
	if err != nil && answer.StatusCode != http.StatusOK {
		return answer.StatusCode, nil, nil // an error says enough without its body
	}
	return answer.StatusCode, body, err
}

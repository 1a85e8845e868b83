package identity

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

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
	Directory string
	// DirectoryClient talks to the directory, which its operator chose and may
	// have next to it; an http.Client if nil, which Timeout bounds.
	DirectoryClient *http.Client
	// Client talks to hosts that strangers chose; a client of package guard if
	// nil. How it treats redirects is up to the resolver.
	Client *http.Client
	// DNS answers for handles and authorities; that of the machine if nil.
	DNS TXT
	// Environment says whether names under .test, and plain http for localhost,
	// are fine.
	Environment syntax.Environment
	// Timeout bounds one question; 3 s if zero.
	Timeout time.Duration
}

// A Resolver asks the DNS, servers and the directory of did:plc, each time anew. A
// [Directory] remembers answers. It may be used by any number of goroutines.
type Resolver struct {
	opts       ResolverOptions
	directory  *http.Client
	wellKnown  *http.Client // follows some redirects
	noRedirect *http.Client
}

// NewResolver returns a resolver.
func NewResolver(opts ResolverOptions) *Resolver {
	if opts.Directory == "" {
		opts.Directory = plc.PublicDirectory
	}
	opts.Directory = strings.TrimSuffix(opts.Directory, "/")
	if opts.Timeout == 0 {
		opts.Timeout = questionTimeout
	}
	if opts.DNS == nil {
		opts.DNS = &net.Resolver{}
	}
	r := &Resolver{opts: opts, directory: opts.DirectoryClient}
	if r.directory == nil {
		r.directory = &http.Client{}
	}
	client := opts.Client
	if client == nil {
		client = guard.NewClient(guard.Options{
			Timeout: opts.Timeout, Redirects: maxRedirects, Development: opts.Environment == syntax.Development,
		})
	}
	noRedirect := *client
	noRedirect.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	r.noRedirect, r.wellKnown = &noRedirect, client
	return r
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
	switch {
	case !did.Blessed():
		return nil, failf(ErrUnsupported, did, "accounts have no such DIDs (SY-03)")
	case !did.AllowedHost(r.opts.Environment):
		return nil, failf(ErrUnsupported, did, "it is under a domain that is not public (SY-04)")
	case did.Method() == "plc":
		return r.document(ctx, r.directory, did, r.opts.Directory+"/"+string(did))
	default:
		return r.document(ctx, r.noRedirect, did, r.webURL(did))
	}
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

func (r *Resolver) document(ctx context.Context, client *http.Client, did syntax.DID, location string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, r.opts.Timeout)
	defer cancel()
	status, body, err := get(ctx, client, location, "application/did+ld+json,application/json", MaxDocument)
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

// get requests a file of at most limit bytes.
func get(ctx context.Context, client *http.Client, location, accept string, limit int64) (status int, body []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, location, http.NoBody)
	if err != nil {
		return 0, nil, fmt.Errorf("make a request: %w", err)
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
	if err != nil && answer.StatusCode != http.StatusOK {
		return answer.StatusCode, nil, nil // an error says enough without its body
	}
	return answer.StatusCode, body, err
}

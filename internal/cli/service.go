package cli

import (
	"errors"
	"net"
	"net/http"

	"github.com/lexgen/lexgen/runtime/guard"
)

// maxServiceHeader bounds the headers of an answer, in bytes.
const maxServiceHeader = 64 << 10

// serviceClient returns a client of the service that the user has named, wherever that
// is. A redirect to another origin is the choice of a stranger: it leads to a public
// address over https, unless the network is one's own, or is guard.ErrForbidden. Their
// hosts are resolved by names, or as on this machine if it is nil.
func serviceClient(origin string, development bool, names *net.Resolver) *http.Client {
	service := &http.Transport{
		Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, TLSHandshakeTimeout: defaultTimeout, MaxResponseHeaderBytes: maxServiceHeader,
	}
	others := guard.NewClient(guard.Options{Development: development, Resolver: names})
	return &http.Client{Transport: &serviceTransport{origin: origin, service: service, others: others.Transport}}
}

// serviceTransport sends requests to one origin by one transport, and to others by
// another.
type serviceTransport struct {
	origin          string
	service, others http.RoundTripper
}

// RoundTrip sends a request.
func (t *serviceTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme+"://"+r.URL.Host == t.origin {
		return t.service.RoundTrip(r) //nolint:wrapcheck // package http says what was requested
	}
	return t.others.RoundTrip(r) //nolint:wrapcheck // as above
}

// forbiddenAdvice says what to do about a destination that was refused, nothing for
// another error.
func forbiddenAdvice(err error, development bool) []string {
	if !errors.Is(err, guard.ErrForbidden) || development {
		return nil
	}
	return []string{"--development permits it in a network of your own"}
}

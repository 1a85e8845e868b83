package account_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync/atomic"
	"testing"

	"github.com/lexgen/lexgen/internal/account"
	"github.com/lexgen/lexgen/internal/cli"
	"github.com/lexgen/lexgen/internal/lexicontest"
	"github.com/lexgen/lexgen/runtime/guard"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// TestRedirectsToPrivateAddressesAreRefused has a server that is permitted send whoever
// lists its lexicons to a private address, to which nobody connects.
func TestRedirectsToPrivateAddressesAreRefused_LE09(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"https://10.0.0.1/", "https://[::1]/", "https://169.254.169.254/"} {
		server := httptest.NewTLSServer(http.RedirectHandler(target, http.StatusFound))
		t.Cleanup(server.Close)
		address := netip.MustParseAddrPort(server.Listener.Addr().String())
		roots := x509.NewCertPool()
		roots.AddCert(server.Certificate())
		client := guard.NewClient(guard.Options{
			TLS: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, Redirects: 5,
			Allow: []netip.Prefix{netip.PrefixFrom(address.Addr(), 32)}, Ports: []uint16{address.Port(), 443},
		})
		_, _, err := account.Accounts{}.Published(t.Context(), xrpc.NewClient(server.URL, xrpc.WithHTTPClient(client)), alice)
		if !errors.Is(err, guard.ErrForbidden) {
			t.Errorf("%s: %v", target, err)
		}
	}
}

// TestPasswordsFollowNoRedirect has a server send whoever signs in, or goes on with a
// session, to another one.
func TestPasswordsFollowNoRedirect_XR15(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(other.Close)
	for _, status := range []int{http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		server := httptest.NewServer(http.RedirectHandler(other.URL, status))
		t.Cleanup(server.Close)
		_, err := account.Accounts{}.Open(t.Context(), xrpc.NewClient(server.URL), cli.Login{DID: alice, Password: lexicontest.Password})
		if err == nil || asked.Load() != 0 {
			t.Errorf("%d: %v, and the other server was asked %d times", status, err, asked.Load())
		}
	}
}

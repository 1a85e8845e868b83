package identity_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/lexgen/lexgen/runtime/guard"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// network is one on loopback: a DNS server, an https server that stands for all
// hosts, and a directory of did:plc.
type network struct {
	mu      sync.Mutex
	records map[string][]string         // TXT, by name
	rcodes  map[string]int              // of names that the DNS does not answer for; -1 is silence
	hosts   map[string]http.HandlerFunc // https hosts
	plain   map[string]http.HandlerFunc // http hosts
	asked   map[string]int              // how often a name, host or DID was asked for

	resolver  *net.Resolver
	client    *http.Client
	directory *httptest.Server
	documents map[string]http.HandlerFunc // of the directory, by DID
}

func newNetwork(t *testing.T) *network {
	t.Helper()
	n := &network{
		records: map[string][]string{}, rcodes: map[string]int{}, asked: map[string]int{},
		hosts: map[string]http.HandlerFunc{}, plain: map[string]http.HandlerFunc{}, documents: map[string]http.HandlerFunc{},
	}
	n.resolver = n.serveDNS(t)
	secure := httptest.NewUnstartedServer(n.byName(n.hosts, func(r *http.Request) string { return r.Host }))
	secure.StartTLS()
	insecure := httptest.NewServer(n.byName(n.plain, func(r *http.Request) string { return "http:" + strings.Split(r.Host, ":")[0] }))
	n.directory = httptest.NewServer(n.byName(n.documents, func(r *http.Request) string { return r.URL.Path[1:] }))
	for _, s := range []*httptest.Server{secure, insecure, n.directory} {
		t.Cleanup(s.Close)
	}
	roots := x509.NewCertPool()
	roots.AddCert(secure.Certificate())
	n.client = guard.NewClient(guard.Options{Development: true, Redirects: 5})
	n.client.Transport = &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12, ServerName: "example.com"},
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			host, port, _ := net.SplitHostPort(address)
			to := secure
			switch isSecure, isPlain := n.known(host); {
			case port == "443" && isPlain:
				return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
			case !isSecure && !isPlain:
				return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
			case isPlain:
				to = insecure
			}
			var d net.Dialer
			return d.DialContext(ctx, network, to.Listener.Addr().String())
		},
	}
	return n
}

// known reports whether a host exists, with https or without.
func (n *network) known(host string) (isSecure, isPlain bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.hosts[host] != nil, n.plain[host] != nil
}

// byName serves each name by a handler of its own.
func (n *network) byName(handlers map[string]http.HandlerFunc, name func(r *http.Request) string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.mu.Lock()
		n.asked[name(r)]++
		handler := handlers[strings.TrimPrefix(name(r), "http:")]
		n.mu.Unlock()
		if handler == nil {
			http.NotFound(w, r)
			return
		}
		handler(w, r)
	})
}

func (n *network) serveDNS(t *testing.T) *net.Resolver {
	t.Helper()
	packets, err := net.ListenPacket("udp", "127.0.0.1:0") //nolint:noctx // ends with the test
	if err != nil {
		t.Fatal(err)
	}
	started, done := make(chan struct{}), make(chan error, 1)
	s := &dns.Server{PacketConn: packets, Handler: dns.HandlerFunc(n.answer), NotifyStartedFunc: func() { close(started) }}
	go func() { done <- s.ActivateAndServe() }()
	<-started
	t.Cleanup(func() {
		_ = s.Shutdown()
		<-done
	})
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", packets.LocalAddr().String())
	}}
}

func (n *network) answer(w dns.ResponseWriter, question *dns.Msg) {
	q := question.Question[0]
	name := strings.TrimSuffix(q.Name, ".")
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked[name]++
	reply := new(dns.Msg).SetReply(question)
	switch rcode := n.rcodes[name]; {
	case rcode < 0:
		return
	case rcode > 0:
		reply.Rcode = rcode
	case n.records[name] == nil:
		reply.Rcode = dns.RcodeNameError
	}
	for _, text := range n.records[name] {
		reply.Answer = append(reply.Answer, &dns.TXT{
			Hdr: dns.RR_Header{Name: q.Name, Rrtype: dns.TypeTXT, Class: dns.ClassINET},
			Txt: []string{text},
		})
	}
	_ = w.WriteMsg(reply)
}

// set changes the network.
func (n *network) set(change func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	change()
}

// count returns how often a name, host or DID was asked for.
func (n *network) count(name string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.asked[name]
}

// resolver returns one for the network.
func (n *network) newResolver(env syntax.Environment) *identity.Resolver {
	return identity.NewResolver(identity.ResolverOptions{
		Directory: n.directory.URL, Client: n.client, DNS: n.resolver, Environment: env, Timeout: 2 * time.Second,
	})
}

// says answers with a text.
func says(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
}

// fails answers with a status.
func fails(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
}

// silent never answers.
func silent(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// documentOf returns the document of an account.
func documentOf(did syntax.DID, handle string) string {
	return fmt.Sprintf(`{"id":%q,"alsoKnownAs":["at://%s"],
		"verificationMethod":[{"id":"#atproto","type":"Multikey","controller":%q,"publicKeyMultibase":"zQ3shrc8v5X6ZiANcZxA6JerfT2T4SskeCGxpmtDfMuHF9KRj"}],
		"service":[{"id":"#atproto_pds","type":"AtprotoPersonalDataServer","serviceEndpoint":"https://pds.example.org"}]}`, did, handle, did)
}

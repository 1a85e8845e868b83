package identity_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
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
// hosts, with certificates of an authority of its own, and a directory of did:plc.
// Hosts that it does not have are those of the DNS, and are reached by a guarded
// client, that is not at all.
type network struct {
	mu        sync.Mutex
	records   map[string][]string         // TXT by name; | divides a text into strings
	addresses map[string][]string         // A by name
	rcodes    map[string]int              // of names that the DNS does not answer for; -1 is silence
	hosts     map[string]http.HandlerFunc // https hosts
	plain     map[string]http.HandlerFunc // http hosts
	documents map[string]http.HandlerFunc // of the directory, by path without its slash

	certificate func(host string) *tls.Certificate
	deaf        bool // the https server does not speak TLS
	down        bool // the directory refuses connections

	asked       map[string]int // how often a name, host or path was asked for
	packets     int            // questions to the DNS
	connections int            // begun, with hosts and the directory
	requests    int            // to hosts and the directory
	read        int64          // bytes from them

	authority *authority
	resolver  *net.Resolver
	client    *http.Client
	secure    *httptest.Server
	insecure  *httptest.Server
	directory *httptest.Server
}

func newNetwork(t *testing.T) *network {
	t.Helper()
	n := &network{
		records: map[string][]string{}, addresses: map[string][]string{}, rcodes: map[string]int{}, asked: map[string]int{},
		hosts: map[string]http.HandlerFunc{}, plain: map[string]http.HandlerFunc{}, documents: map[string]http.HandlerFunc{},
		authority: newAuthority(t),
	}
	n.certificate = func(host string) *tls.Certificate { return n.authority.server(host, time.Now().Add(time.Hour)) }
	n.resolver = n.serveDNS(t)
	n.secure = n.serve(t, n.hosts, func(r *http.Request) string { return strings.ToLower(r.Host) })
	n.secure.TLS = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		n.mu.Lock()
		defer n.mu.Unlock()
		return n.certificate(hello.ServerName), nil
	}}
	n.secure.StartTLS()
	n.insecure = n.serve(t, n.plain, func(r *http.Request) string { return "http:" + strings.Split(r.Host, ":")[0] })
	n.insecure.Start()
	n.directory = n.serve(t, n.documents, func(r *http.Request) string { return r.URL.Path[1:] })
	n.directory.Start()
	transport := &http.Transport{DialContext: n.dial, TLSClientConfig: &tls.Config{RootCAs: n.authority.roots(), MinVersion: tls.VersionTLS12}}
	t.Cleanup(transport.CloseIdleConnections)
	n.client = &http.Client{Transport: routes{n, transport, guard.NewClient(guard.Options{Resolver: n.resolver}).Transport}}
	return n
}

// serve returns a server that is not started, and serves each name by a handler of
// its own.
func (n *network) serve(t *testing.T, handlers map[string]http.HandlerFunc, name func(r *http.Request) string) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.mu.Lock()
		n.requests++
		n.asked[name(r)]++
		handler := handlers[strings.TrimPrefix(name(r), "http:")]
		n.mu.Unlock()
		if handler == nil {
			http.NotFound(w, r)
			return
		}
		handler(w, r)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // connections that break off are what tests are about
	t.Cleanup(s.Close)
	return s
}

// routes sends requests to hosts of the network, and the others through the guard.
type routes struct {
	n       *network
	hosts   http.RoundTripper
	guarded http.RoundTripper
}

func (r routes) RoundTrip(request *http.Request) (*http.Response, error) {
	isSecure, isPlain := r.n.known(request.URL.Hostname())
	if isSecure || isPlain || "http://"+request.URL.Host == r.n.directory.URL {
		return r.hosts.RoundTrip(request)
	}
	return r.guarded.RoundTrip(request)
}

// known reports whether a host exists, with https or without.
func (n *network) known(host string) (isSecure, isPlain bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	host = strings.ToLower(host)
	return n.hosts[host] != nil, n.plain[host] != nil
}

// dial connects to a host of the network, or the directory, and counts.
func (n *network) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, _ := net.SplitHostPort(address)
	isSecure, isPlain := n.known(host)
	to := address
	switch {
	case isSecure && port == "443":
		to = n.secure.Listener.Addr().String()
	case isPlain && port != "443":
		to = n.insecure.Listener.Addr().String()
	case isSecure || isPlain:
		return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	}
	n.mu.Lock()
	n.connections++
	if n.deaf {
		to = n.insecure.Listener.Addr().String()
	}
	down := n.down && "http://"+address == n.directory.URL
	n.mu.Unlock()
	if down {
		return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, to)
	return counted{conn, n}, err
}

// counted counts what is read.
type counted struct {
	net.Conn

	n *network
}

func (c counted) Read(b []byte) (int, error) {
	count, err := c.Conn.Read(b)
	c.n.mu.Lock()
	c.n.read += int64(count)
	c.n.mu.Unlock()
	return count, err
}

// serveDNS starts the DNS server, which truncates what is too long for a packet and
// tells all of it over TCP.
func (n *network) serveDNS(t *testing.T) *net.Resolver {
	t.Helper()
	packets, err := net.ListenPacket("udp", "127.0.0.1:0") //nolint:noctx // ends with the test
	if err != nil {
		t.Fatal(err)
	}
	stream, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // ends with the test
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*dns.Server{{PacketConn: packets}, {Listener: stream}} {
		started, done := make(chan struct{}), make(chan error, 1)
		s.Handler, s.NotifyStartedFunc = dns.HandlerFunc(n.answer), func() { close(started) }
		go func() { done <- s.ActivateAndServe() }()
		<-started
		t.Cleanup(func() {
			_ = s.Shutdown()
			<-done
		})
	}
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		to := packets.LocalAddr()
		if strings.HasPrefix(network, "tcp") {
			to = stream.Addr()
		}
		var d net.Dialer
		return d.DialContext(ctx, to.Network(), to.String())
	}}
}

func (n *network) answer(w dns.ResponseWriter, question *dns.Msg) {
	q := question.Question[0]
	name := strings.TrimSuffix(q.Name, ".")
	n.mu.Lock()
	defer n.mu.Unlock()
	n.packets++
	n.asked[name]++
	reply := new(dns.Msg).SetReply(question)
	reply.RecursionAvailable = true
	switch rcode := n.rcodes[name]; {
	case rcode < 0:
		return
	case rcode > 0:
		reply.Rcode = rcode
	case n.records[name] == nil && n.addresses[name] == nil:
		reply.Rcode = dns.RcodeNameError
	}
	header := dns.RR_Header{Name: q.Name, Rrtype: q.Qtype, Class: dns.ClassINET}
	switch q.Qtype {
	case dns.TypeTXT:
		for _, text := range n.records[name] {
			reply.Answer = append(reply.Answer, &dns.TXT{Hdr: header, Txt: strings.Split(text, "|")})
		}
	case dns.TypeA:
		for _, address := range n.addresses[name] {
			reply.Answer = append(reply.Answer, &dns.A{Hdr: header, A: net.ParseIP(address)})
		}
	}
	if w.RemoteAddr().Network() == "udp" {
		reply.Truncate(dns.MinMsgSize)
	}
	_ = w.WriteMsg(reply)
}

// set changes the network.
func (n *network) set(change func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	change()
}

// count returns how often a name, host or path was asked for.
func (n *network) count(name string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.asked[name]
}

// options are those of a resolver for the network.
func (n *network) options(env syntax.Environment) identity.ResolverOptions {
	return identity.ResolverOptions{
		Directory: n.directory.URL, DirectoryClient: n.client, Client: n.client, DNS: n.resolver, Environment: env, Timeout: 2 * time.Second,
	}
}

// newResolver returns a resolver for the network.
func (n *network) newResolver(env syntax.Environment) *identity.Resolver {
	return identity.NewResolver(n.options(env))
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

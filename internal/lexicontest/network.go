// Package lexicontest has a network on loopback in which schemas are published: a DNS
// server, a directory of did:plc, and accounts with a server each. For tests.
package lexicontest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/miekg/dns"

	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A Network lasts as long as its test. It may be changed while it is used.
type Network struct {
	// DNS is the address of the DNS server, HOST:PORT.
	DNS string
	// Directory is the URL of the directory of did:plc.
	Directory string

	t testing.TB

	mu        sync.Mutex
	records   map[string][]string // TXT by name; | divides a text into strings
	rcodes    map[string]int      // of names that the DNS does not answer for
	documents map[string]string   // by DID
	asked     map[string]int      // how often a name or DID was asked for
}

// New starts a network.
func New(t testing.TB) *Network {
	t.Helper()
	n := &Network{t: t, records: map[string][]string{}, rcodes: map[string]int{}, documents: map[string]string{}, asked: map[string]int{}}
	packets, err := net.ListenPacket("udp", "127.0.0.1:0") //nolint:noctx // ends with the test
	if err != nil {
		t.Fatal(err)
	}
	n.DNS = packets.LocalAddr().String()
	started := make(chan struct{})
	server := &dns.Server{PacketConn: packets, Handler: dns.HandlerFunc(n.answer), NotifyStartedFunc: func() { close(started) }}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.ActivateAndServe() })
	<-started
	directory := httptest.NewServer(http.HandlerFunc(n.document))
	n.Directory = directory.URL
	t.Cleanup(func() {
		directory.Close()
		_ = server.Shutdown()
		serving.Wait()
	})
	return n
}

// Set changes the TXT records of a name, such as _lexicon.example.com. A | in a text
// divides it into strings.
func (n *Network) Set(name string, texts ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.records[name] = texts
}

// Fail has the DNS answer for a name with an error, such as dns.RcodeServerFailure; 0
// ends that.
func (n *Network) Fail(name string, rcode int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.rcodes[name] = rcode
}

// SetDocument changes the DID document of a DID; "" removes it.
func (n *Network) SetDocument(did syntax.DID, document string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.documents[string(did)] = document
}

// Asked returns how often a name of the DNS or a DID was asked for.
func (n *Network) Asked(name string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.asked[name]
}

func (n *Network) answer(w dns.ResponseWriter, question *dns.Msg) {
	q := question.Question[0]
	name := strings.ToLower(strings.TrimSuffix(q.Name, "."))
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked[name]++
	reply := new(dns.Msg).SetReply(question)
	reply.RecursionAvailable = true
	switch {
	case n.rcodes[name] != 0:
		reply.Rcode = n.rcodes[name]
	case n.records[name] == nil:
		reply.Rcode = dns.RcodeNameError
	case q.Qtype == dns.TypeTXT:
		for _, text := range n.records[name] {
			header := dns.RR_Header{Name: q.Name, Rrtype: dns.TypeTXT, Class: dns.ClassINET}
			reply.Answer = append(reply.Answer, &dns.TXT{Hdr: header, Txt: strings.Split(text, "|")})
		}
	}
	_ = w.WriteMsg(reply)
}

func (n *Network) document(w http.ResponseWriter, r *http.Request) {
	did := strings.TrimPrefix(r.URL.Path, "/")
	n.mu.Lock()
	n.asked[did]++
	text := n.documents[did]
	n.mu.Unlock()
	if text == "" {
		http.Error(w, `{"message":"DID not registered"}`, http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/did+ld+json")
	_, _ = fmt.Fprint(w, text)
}

// NameServer returns a resolver that asks the network's DNS.
func (n *Network) NameServer() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, n.DNS)
	}}
}

// Identities returns a directory that looks identities up in the network, and remembers
// them as opts say.
func (n *Network) Identities(opts identity.CacheOptions) *identity.Directory {
	d := identity.NewDirectory(identity.NewResolver(identity.ResolverOptions{
		Directory: n.Directory, DNS: n.NameServer(), Environment: syntax.Development,
	}), opts)
	n.t.Cleanup(d.Close)
	return d
}

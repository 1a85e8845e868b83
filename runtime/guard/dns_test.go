package guard_test

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/miekg/dns"
)

// names is a DNS server on loopback. Each name has answers that it gets in turn,
// the last of them from then on; names that it does not know lead to loopback.
type names struct {
	mu      sync.Mutex
	answers map[string][][]string
	asked   map[string]int
}

// serve starts the server, and returns a resolver that asks it.
func (n *names) serve(t *testing.T) *net.Resolver {
	t.Helper()
	n.asked = map[string]int{}
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

func (n *names) answer(w dns.ResponseWriter, question *dns.Msg) {
	q := question.Question[0]
	reply := new(dns.Msg).SetReply(question)
	reply.RecursionAvailable = true
	header := dns.RR_Header{Name: q.Name, Rrtype: q.Qtype, Class: dns.ClassINET}
	for _, text := range n.next(strings.ToLower(strings.TrimSuffix(q.Name, ".")), q.Qtype) {
		switch address := net.ParseIP(text); {
		case q.Qtype == dns.TypeA && address.To4() != nil:
			reply.Answer = append(reply.Answer, &dns.A{Hdr: header, A: address})
		case q.Qtype == dns.TypeAAAA && address.To4() == nil:
			reply.Answer = append(reply.Answer, &dns.AAAA{Hdr: header, AAAA: address})
		}
	}
	_ = w.WriteMsg(reply)
}

// next returns the addresses that are the answer now. A question for A and one for
// AAAA, which come as a pair, are answered alike.
func (n *names) next(name string, qtype uint16) []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	answers, ok := n.answers[name]
	if !ok {
		return []string{"127.0.0.1", "::1", "169.254.169.254"}
	}
	key := dns.TypeToString[qtype] + " " + name
	n.asked[key]++
	return answers[min(n.asked[key], len(answers))-1]
}

package guard_test

import (
	"context"
	"net"
	"testing"

	"github.com/miekg/dns"
)

// loopbackDNS starts a DNS server for which every name leads to private addresses,
// and returns how to reach it.
func loopbackDNS(t *testing.T) func(ctx context.Context, network, address string) (net.Conn, error) {
	t.Helper()
	packets, err := net.ListenPacket("udp", "127.0.0.1:0") //nolint:noctx // ends with the test
	if err != nil {
		t.Fatal(err)
	}
	s := &dns.Server{PacketConn: packets, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, question *dns.Msg) {
		answer := new(dns.Msg).SetReply(question)
		if q := question.Question[0]; q.Qtype == dns.TypeA {
			for _, address := range []string{"127.0.0.1", "169.254.169.254"} {
				answer.Answer = append(answer.Answer, &dns.A{
					Hdr: dns.RR_Header{Name: q.Name, Rrtype: dns.TypeA, Class: dns.ClassINET},
					A:   net.ParseIP(address),
				})
			}
		}
		_ = w.WriteMsg(answer)
	})}
	started := make(chan struct{})
	s.NotifyStartedFunc = func() { close(started) }
	done := make(chan error, 1)
	go func() { done <- s.ActivateAndServe() }()
	<-started
	t.Cleanup(func() {
		_ = s.Shutdown()
		<-done
	})
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", packets.LocalAddr().String())
	}
}

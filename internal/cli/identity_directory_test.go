package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// testNetwork is a directory of did:plc and a DNS server on loopback.
type testNetwork struct {
	directory *httptest.Server
	dns       string // address

	mu        sync.Mutex // guards below
	now       time.Time
	histories map[syntax.DID]*plc.History
	fault     string              // what is wrong with the directory: redirect, lie, endless or garbage
	records   map[string][]string // TXT, by name
}

func newTestNetwork(t *testing.T) *testNetwork {
	t.Helper()
	n := &testNetwork{histories: map[syntax.DID]*plc.History{}, records: map[string][]string{}}
	n.directory = httptest.NewServer(n)
	t.Cleanup(n.directory.Close)
	packets, err := net.ListenPacket("udp", "127.0.0.1:0") //nolint:noctx // ends with the test
	if err != nil {
		t.Fatal(err)
	}
	n.dns = packets.LocalAddr().String()
	started, done := make(chan struct{}), make(chan error, 1)
	s := &dns.Server{PacketConn: packets, Handler: dns.HandlerFunc(n.answer), NotifyStartedFunc: func() { close(started) }}
	go func() { done <- s.ActivateAndServe() }()
	<-started
	t.Cleanup(func() {
		_ = s.Shutdown()
		<-done
	})
	return n
}

// set changes the network.
func (n *testNetwork) set(change func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	change()
}

func (n *testNetwork) clock() time.Time {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.now
}

// answer has TXT records, and no addresses.
func (n *testNetwork) answer(w dns.ResponseWriter, question *dns.Msg) {
	n.mu.Lock()
	defer n.mu.Unlock()
	q := question.Question[0]
	reply := new(dns.Msg).SetReply(question)
	for _, text := range n.records[strings.TrimSuffix(q.Name, ".")] {
		if q.Qtype == dns.TypeTXT {
			reply.Answer = append(reply.Answer, &dns.TXT{Hdr: dns.RR_Header{Name: q.Name, Rrtype: dns.TypeTXT, Class: dns.ClassINET}, Txt: []string{text}})
		}
	}
	if len(reply.Answer) == 0 {
		reply.Rcode = dns.RcodeNameError
	}
	_ = w.WriteMsg(reply)
}

// ServeHTTP answers as a directory does, as far as the commands ask.
func (n *testNetwork) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n.mu.Lock()
	defer n.mu.Unlock()
	name, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	did := syntax.DID(name)
	h := n.histories[did]
	switch {
	case n.fault == "redirect":
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	case name == "elsewhere":
		_, _ = io.WriteString(w, "welcome")
	case n.fault == "garbage":
		_, _ = io.WriteString(w, "<html>\x1b[31m")
	case n.fault == "endless":
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, strings.Repeat("[", 1<<16)); err != nil {
				return
			}
		}
	case r.Method == http.MethodPost:
		n.take(w, r, did)
	case h == nil:
		refuse(w, http.StatusNotFound, "DID not registered: "+name)
	case path == "log/audit":
		n.serve(w, logOf(h, n.fault == "lie"))
	case h.State() == nil:
		refuse(w, http.StatusNotFound, "DID not available: "+name)
	default:
		text, _ := plc.Document(did, h.State())
		_, _ = w.Write(text)
	}
}

func (n *testNetwork) serve(w http.ResponseWriter, v any) {
	if err := json.NewEncoder(w).Encode(v); err != nil {
		panic(err) // in a handler: ends the request
	}
}

func refuse(w http.ResponseWriter, status int, message string) {
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"message":%q}`, message)
}

// take takes an operation.
func (n *testNetwork) take(w http.ResponseWriter, r *http.Request, did syntax.DID) {
	text, _ := io.ReadAll(io.LimitReader(r.Body, plc.MaxJSON))
	op, err := plc.ParseOperation(text)
	if err == nil {
		err = plc.CheckLimits(op)
	}
	h := n.histories[did]
	if h == nil {
		h = &plc.History{DID: did}
	}
	if err == nil {
		_, err = h.Apply(op, n.now)
	}
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	n.histories[did] = h
}

// logOf returns the log of a history, or one that says the opposite of what was
// undone.
func logOf(h *plc.History, lie bool) plc.Log {
	var log plc.Log
	for i := range h.Steps {
		s := &h.Steps[i]
		log = append(log, plc.Entry{DID: h.DID, Operation: s.Operation, CID: s.CID, Nullified: s.Active() == lie, CreatedAt: s.CreatedAt})
	}
	return log
}

// log returns the logs of DIDs in one of the forms of directories.
func (n *testNetwork) log(t *testing.T, form string, dids []string) string {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	var all plc.Log
	for _, did := range dids {
		all = append(all, logOf(n.histories[syntax.DID(did)], false)...)
	}
	slices.SortStableFunc(all, func(a, b plc.Entry) int { return a.CreatedAt.Compare(b.CreatedAt) })
	var out strings.Builder
	write := func(v any) {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(append(text, '\n'))
	}
	if form == "audit" {
		write(all)
		return out.String()
	}
	for i, e := range all {
		if form == "numbered" {
			write(plc.Sequenced{Entry: e, Seq: int64(i + 1)})
		} else {
			write(e)
		}
	}
	return out.String()
}

// legacy makes a DID by an operation that directories do not take any more.
func (n *testNetwork) legacy(t *testing.T, key *crypto.PrivateKey, handle string) syntax.DID {
	t.Helper()
	text := key.PublicKey().DIDKey()
	op := &plc.Create{SigningKey: text, RecoveryKey: text, Handle: handle, Service: "pds.example.com"}
	h := &plc.History{}
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := plc.Sign(op, key); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Apply(op, n.now); err != nil {
		t.Fatal(err)
	}
	n.histories[h.DID] = h
	return h.DID
}

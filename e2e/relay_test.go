package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/internal/lexicontest"
	"github.com/lexgen/lexgen/runtime/syntax"
)

const relayToken = "the-token-of-the-operator"

// relay is our relay, as a process of its own.
type relay struct {
	serving

	t   *testing.T
	url string
}

// relay runs atpd relay until the test ends. It follows hosts, HOST:PORT, besides
// those that announce themselves.
func (a atpd) relay(plc directory, hosts ...string) relay {
	a.t.Helper()
	s := a.serve("relay", "--allow-http", "--allow-private", "--plc", plc.url(), "--admin-token", relayToken, "--hosts", strings.Join(hosts, ","))
	return relay{s, a.t, "http://" + s.address}
}

// hostState is what the operator sees of a host.
type hostState struct {
	Connected bool
	Rejected  map[string]int
}

// host waits until a host is followed, and the relay has rejected so many of its events,
// by reason; nil stands for any.
func (r relay) host(name string, rejected map[string]int) {
	t := r.t
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Minute}
	var is hostState
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+"/admin/hosts/"+name, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth("admin", relayToken)
		answer, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		is = hostState{}
		err = json.NewDecoder(answer.Body).Decode(&is)
		answer.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if is.Connected && (rejected == nil || cmp.Equal(is.Rejected, rejected)) {
			return
		}
	}
	t.Fatalf("%s is %+v, want it connected with %v rejected", name, is, rejected)
}

// follower is @atproto/sync, which follows a service and verifies what comes.
type follower struct {
	*running

	names   map[syntax.DID]string
	last    int64    // seq
	records []string // that came, in words
}

// followWithPeer starts a follower. names are what accounts are called in its words.
func followWithPeer(t *testing.T, url string, plc directory, dns *lexicontest.Network, names map[syntax.DID]string) *follower {
	t.Helper()
	return &follower{running: start(t, "firehose.mjs", url, plc.url(), dns.DNS), names: names}
}

// next returns the next event in words, or what the follower did not accept.
func (f *follower) next() string {
	t := f.t
	t.Helper()
	patience := time.AfterFunc(time.Minute, func() { f.in.Close() }) // it ends then
	defer patience.Stop()
	var e struct {
		Error, Event, Collection, Rkey, CID, Handle, Status string

		Seq    int64
		DID    syntax.DID
		Active bool
	}
	line := f.line()
	if err := json.Unmarshal([]byte(line), &e); err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	if e.Error != "" {
		return "not accepted: " + e.Error
	}
	if e.Seq < f.last || e.Seq == f.last && e.Collection == "" {
		t.Errorf("seq %d comes after %d", e.Seq, f.last)
	}
	f.last = e.Seq
	said := f.names[e.DID] + " " + e.Event
	switch e.Event {
	case "create", "update":
		said += " " + e.Collection + "/" + e.Rkey + " " + e.CID
	case "delete":
		said += " " + e.Collection + "/" + e.Rkey
	case "identity":
		said += " " + e.Handle
	case "account":
		said += fmt.Sprintf(" %t %s", e.Active, e.Status)
	}
	said = strings.TrimSpace(said)
	if e.Collection != "" {
		f.records = append(f.records, said)
	}
	return said
}

// accepts demands that these events come next, in words.
func (f *follower) accepts(want ...string) {
	f.t.Helper()
	var got []string
	for range want {
		got = append(got, f.next())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		f.t.Fatalf("(-want +theirs):\n%s", diff)
	}
}

// reaches demands that an event comes, and before it others of the same account alone.
func (f *follower) reaches(want string) {
	f.t.Helper()
	name, _, _ := strings.Cut(want, " ")
	for got := f.next(); got != want; got = f.next() {
		if !strings.HasPrefix(got, name+" ") {
			f.t.Fatalf("%q comes before %q", got, want)
		}
	}
}

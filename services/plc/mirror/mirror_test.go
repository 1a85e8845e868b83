package mirror_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	did "github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/services/internal/plctest"
	"github.com/lexgen/lexgen/services/plc"
	"github.com/lexgen/lexgen/services/plc/ledger"
	"github.com/lexgen/lexgen/services/plc/mirror"
	"github.com/lexgen/lexgen/services/plc/store"
	"github.com/lexgen/lexgen/services/plc/store/storetest"
)

// upstream is a directory whose store a test can write to directly, so that it
// tells lies.
type upstream struct {
	*storetest.Memory

	url    string
	clock  *plctest.Clock
	ledger *ledger.Ledger
}

func newUpstream(t *testing.T, around func(http.Handler) http.Handler) *upstream {
	t.Helper()
	clock, memory := plctest.NewClock(), &storetest.Memory{}
	server := plc.New(plc.Options{Store: memory, Now: clock.Now, After: time.After, Poll: 5 * time.Millisecond})
	ctx, cancel := context.WithCancel(context.Background())
	var feeding sync.WaitGroup
	feeding.Go(func() { server.Run(ctx) })
	listening := httptest.NewServer(around(server))
	t.Cleanup(func() {
		cancel()
		plctest.Await(t, "the feed", feeding.Wait)
		plctest.Await(t, "the server", listening.Close)
	})
	return &upstream{memory, listening.URL, clock, &ledger.Ledger{Store: memory, Now: clock.Now}}
}

func plain(h http.Handler) http.Handler { return h }

// account submits a first operation, an update by the lower key, and the recovery
// from it.
func (u *upstream) account(t *testing.T, name string) {
	t.Helper()
	state := plctest.State(t, name+".test", "a,b")
	first := plctest.Update(t, state, nil, "b")
	state.RotationKeys = plctest.Keys(t, "b")
	theft := plctest.Update(t, state, first, "b")
	state.RotationKeys = plctest.Keys(t, "a")
	for _, op := range []did.Operation{first, theft, plctest.Update(t, state, first, "a")} {
		if _, err := u.ledger.Submit(t.Context(), did.DID(first), op); err != nil {
			t.Fatal(err)
		}
		u.clock.Add(time.Second)
	}
}

// run starts a mirror, and returns it and what stops it.
func run(t *testing.T, u *upstream, into store.Store, log *slog.Logger) (*mirror.Mirror, func()) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{}}
	m := mirror.New(mirror.Options{
		Client: &did.Client{URL: u.url, HTTP: client}, Store: into, After: time.After, Log: log, Wait: time.Millisecond,
	})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { m.Run(ctx) })
	stop := func() { cancel(); plctest.Await(t, "the mirror", running.Wait); client.CloseIdleConnections() }
	t.Cleanup(stop)
	return m, stop
}

// reach waits until a store has a head.
func reach(t *testing.T, s store.Store, head int64) {
	t.Helper()
	for ctx := plctest.Soon(t); ctx.Err() == nil; {
		got, err := s.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got >= head {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("the head of the mirror does not reach %d", head)
}

func all(t *testing.T, s store.Store) []store.Record {
	t.Helper()
	records, err := s.After(t.Context(), 0, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	return records
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMirrorIsEqual_ID37_ID38_ID42(t *testing.T) {
	t.Parallel()
	u, into := newUpstream(t, plain), &storetest.Memory{}
	for i := range 5 {
		u.account(t, fmt.Sprint("before", i))
	}
	if err := u.Skip(t.Context(), 40); err != nil { // as after a restore
		t.Fatal(err)
	}
	u.account(t, "skipped")
	m, stop := run(t, u, into, nil)
	reach(t, into, 43)
	u.account(t, "streamed")
	reach(t, into, 46)
	stop()
	u.account(t, "missed")
	again, _ := run(t, u, into, nil)
	reach(t, into, 49)
	if diff := cmp.Diff(all(t, u), all(t, into)); diff != "" {
		t.Error(diff)
	}
	if m.Taken() != 21 || again.Taken() != 3 || m.SetAside()+again.SetAside() != 0 {
		t.Errorf("taken: %d and %d", m.Taken(), again.Taken())
	}
}

// TestLiesAreSetAside_ID42 has an upstream that takes what it must not.
func TestLiesAreSetAside_ID42(t *testing.T) {
	t.Parallel()
	u, into := newUpstream(t, plain), &storetest.Memory{}
	u.account(t, "honest")
	state := plctest.State(t, "victim.test", "a")
	first := plctest.Update(t, state, nil, "a")
	forged := plctest.Update(t, state, first, "stranger")
	late := plctest.Update(t, state, first, "a")
	renamed := plctest.Addition(late, first, u.clock.Now().Add(3*time.Hour), 2)
	renamed.CID = did.CID(forged)
	for _, a := range []store.Addition{
		plctest.Addition(first, first, u.clock.Now(), 0),
		plctest.Addition(forged, first, u.clock.Now().Add(time.Hour), 1), // 5: not signed by a key of the account
		renamed, // 6: under the CID of another operation
		plctest.Addition(late, first, u.clock.Now(), 3),                    // 7: at the time of the one before
		plctest.Addition(late, late, u.clock.Now(), 0),                     // 8: of a DID that it does not make
		plctest.Addition(late, first, u.clock.Now().Add(4*time.Hour), 4),   // 9: is true
		plctest.Addition(forged, first, u.clock.Now().Add(5*time.Hour), 5), // 10: not signed, at the end
	} {
		if _, err := u.Append(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	var log bytes.Buffer
	m, stop := run(t, u, into, slog.New(slog.NewTextHandler(&log, nil)))
	reach(t, into, 10)
	u.account(t, "streamed")
	if _, err := u.Append(t.Context(), plctest.Addition(forged, first, u.clock.Now().Add(6*time.Hour), 6)); err != nil {
		t.Fatal(err)
	}
	reach(t, into, 14)
	stop()
	var kept []int64
	for _, r := range all(t, into) {
		kept = append(kept, r.Seq)
	}
	if diff := cmp.Diff([]int64{1, 2, 3, 4, 9, 11, 12, 13}, kept); diff != "" {
		t.Error(diff)
	}
	asides, err := into.Asides(t.Context())
	if err != nil || asides != 6 || m.SetAside() != 6 || strings.Count(log.String(), "is set aside") != 6 {
		t.Errorf("set aside: %d, %d told, %d in the store, error %v\n%s", m.SetAside(), strings.Count(log.String(), "is set aside"), asides, err, &log)
	}
	again, _ := run(t, u, into, nil)
	u.account(t, "after")
	reach(t, into, 17)
	if again.SetAside() != 0 || again.Taken() != 3 {
		t.Errorf("after a restart %d were set aside and %d taken", again.SetAside(), again.Taken())
	}
}

// TestFaultsAreOutlasted has an upstream that answers every other request with a
// fault, or breaks off, or sends what is no operation.
func TestFaultsAreOutlasted(t *testing.T) {
	t.Parallel()
	var requests, faults atomic.Int64
	u := newUpstream(t, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch n := requests.Add(1); {
			case n == 1:
				faults.Add(1)
				w.WriteHeader(http.StatusInternalServerError)
			case n == 2:
				faults.Add(1)
				w.Header().Set("Content-Length", "1000000")
				_, _ = w.Write([]byte(`{"type":"sequenced_op"`))
			case n == 3:
				faults.Add(1)
				_, _ = fmt.Fprintf(w, "no JSON\n{\"type\":\"other\",\"seq\":1}\n%s\n", strings.Repeat("x", did.MaxLine+1))
			case r.URL.Path == "/export/stream" && n < 8:
				faults.Add(1)
				w.WriteHeader(http.StatusOK)
			default:
				h.ServeHTTP(w, r)
			}
		})
	})
	into := &storetest.Memory{}
	u.account(t, "unseen") // its first operation has the number of a line that is none
	u.account(t, "seen")
	m, stop := run(t, u, into, nil)
	reach(t, into, 6)
	u.account(t, "streamed")
	reach(t, into, 9)
	stop()
	if faults.Load() < 4 || m.SetAside() != 5 || m.Taken() != 6 {
		t.Errorf("%d faults, %d set aside, %d taken", faults.Load(), m.SetAside(), m.Taken())
	}
}

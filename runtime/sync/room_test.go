package sync_test

import (
	"context"
	"errors"
	"fmt"
	stdsync "sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/runtime/xrpc/xrpctest"
)

// good is an account that is found at once, and shared one of the directory of many.
const good, shared syntax.DID = "did:web:good.example.com", "did:plc:000000000000000000000000"

// An outage is a directory that does not find some accounts until a time has passed, and takes
// its time to say so.
type outage struct {
	*steady

	until map[syntax.DID]time.Time
	takes time.Duration
}

func newOutage(h *host) *outage {
	return &outage{steady: &steady{ids: h.identities}, until: map[syntax.DID]time.Time{}}
}

func (o *outage) LookupUnnamed(ctx context.Context, did syntax.DID, _ bool) (*identity.Identity, error) {
	if time.Now().Before(o.until[did]) {
		if err := sleep(ctx, o.takes); err != nil {
			return nil, err
		}
		return nil, &identity.Error{Name: string(did), Reason: "nobody answers", Err: identity.ErrUnavailable}
	}
	return o.LookupDID(ctx, did)
}

// A relayed run follows a host with the bounds of a relay, and notes when events were handled,
// and as what.
type relayed struct {
	*sync.Consumer

	mu       stdsync.Mutex
	verdicts map[syntax.DID]map[string]int
	last     map[syntax.DID]time.Duration // when that was
	handled  int
}

func (h *host) relayed(t *testing.T, d sync.Directory) *relayed {
	t.Helper()
	r := &relayed{verdicts: map[syntax.DID]map[string]int{}, last: map[syntax.DID]time.Duration{}}
	start := time.Now()
	r.Consumer = h.consumer(t, &sync.MemoryAccounts{}, &cursors{}, func(_ context.Context, _ int64, e *sync.Result) error {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.verdicts[e.DID] == nil {
			r.verdicts[e.DID] = map[string]int{}
		}
		r.verdicts[e.DID][fmt.Sprint(e.Verdict, e.Reason)]++
		r.last[e.DID] = time.Since(start)
		r.handled++
		return nil
	})
	r.Verifier.Directory, r.Workers, r.Pending, r.Attempts = d, 64, 64, 8
	return r
}

// during runs until a time has passed, or all events were handled.
func (r *relayed) during(t *testing.T, d time.Duration, all int) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(time.Second) {
		r.mu.Lock()
		handled := r.handled
		r.mu.Unlock()
		if handled == all {
			break
		}
	}
	stop()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// soon demands that the event of the good account was accepted, and when at the latest.
func (r *relayed) soon(t *testing.T, latest time.Duration) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if at := r.last[good]; r.verdicts[good]["accepted"] != 1 || at > latest {
		t.Errorf("the good account: %v at %v", r.verdicts[good], at)
	}
}

// TestAFloodEndsAPause_SN41 has an account that cannot be looked up write more than may wait,
// while its first event is in its longest pause.
func TestAFloodEndsAPause_SN41(t *testing.T) {
	t.Parallel()
	const flood, begins = 300, 70 * time.Second
	h := &host{identities: map[syntax.DID]*identity.Identity{}}
	w := h.world(t, lost, 1)
	for i := range 1 + flood {
		h.post(t, w, keyOf(i))
	}
	h.post(t, h.world(t, good, 2), "a")
	synctest.Test(t, func(t *testing.T) {
		d := newOutage(h)
		d.until[lost] = time.Now().Add(time.Hour)
		r := h.relayed(t, d)
		server := xrpc.NewServer()
		comatproto.SyncSubscribeRepos.Handle(server, func(ctx context.Context, _ *comatproto.SyncSubscribeReposRequest, out *xrpc.Stream[comatproto.SyncSubscribeReposMessage]) error {
			for i, e := range h.events {
				if i == 1 {
					if err := sleep(ctx, begins); err != nil {
						return err
					}
				}
				if err := out.Send(e); err != nil {
					return err
				}
			}
			<-ctx.Done()
			return ctx.Err()
		})
		r.Client = xrpctest.NewClient(t, server)
		r.during(t, 5*time.Minute, len(h.events))
		r.soon(t, begins+5*time.Second)
		if gaps := r.verdicts[lost]["gapunavailable"]; gaps != 1+flood {
			t.Errorf("%v", r.verdicts[lost])
		}
	})
}

// TestAccountsThatWaitAloneLeaveRoom_SN41 has 30 accounts that cannot be looked up, none of which
// has a crowd of events, which take all the room, or all bytes. Another one's event is handled
// soon all the same. One whose directory is that of many is waited for.
func TestAccountsThatWaitAloneLeaveRoom_SN41(t *testing.T) {
	t.Parallel()
	const accounts, each = 30, 5
	for name, c := range map[string]struct {
		share  int // of the bytes of all
		slow   time.Duration
		latest time.Duration
	}{
		"places":       {share: 1, latest: 5 * time.Second},
		"bytes":        {share: 3, latest: 10 * time.Second},
		"slow servers": {share: 1, slow: 3 * time.Second, latest: 20 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := &host{identities: map[syntax.DID]*identity.Identity{}}
			all := h.post(t, h.world(t, shared, 200), "a")
			for i := range accounts {
				w := h.world(t, syntax.DID(fmt.Sprintf("did:web:account%d.example.com", i)), byte(i+1))
				for k := range each {
					all += h.post(t, w, keyOf(k))
				}
			}
			h.post(t, h.world(t, good, 201), "a")
			synctest.Test(t, func(t *testing.T) {
				d := newOutage(h)
				d.takes = c.slow
				for did := range h.identities {
					d.until[did] = time.Now().Add(time.Hour)
				}
				d.until[good], d.until[shared] = time.Time{}, time.Now().Add(time.Minute)
				r := h.relayed(t, d)
				r.PendingBytes = all / c.share
				r.during(t, 5*time.Minute, len(h.events))
				r.soon(t, c.latest)
				if r.verdicts[shared]["accepted"] != 1 || r.last[shared] < time.Minute {
					t.Errorf("the shared directory: %v at %v", r.verdicts[shared], r.last[shared])
				}
			})
		})
	}
}

// TestOneEventHasRoomBesidesThoseThatWait_SN41 has an account that cannot be looked up, and an
// event that takes all bytes that there may be: of which there may always be one.
func TestOneEventHasRoomBesidesThoseThatWait_SN41(t *testing.T) {
	t.Parallel()
	h := &host{identities: map[syntax.DID]*identity.Identity{}}
	small := h.post(t, h.world(t, lost, 1), "a")
	large := h.post(t, h.world(t, good, 2), "a", "b", "c", "d", "e", "f", "g", "h")
	if large < 2*small {
		t.Fatalf("%d bytes, and %d", small, large)
	}
	synctest.Test(t, func(t *testing.T) {
		d := newOutage(h)
		d.until[lost] = time.Now().Add(time.Hour)
		r := h.relayed(t, d)
		r.PendingBytes = large
		r.during(t, 5*time.Minute, len(h.events))
		r.soon(t, 10*time.Second)
		if r.last[lost] < time.Minute {
			t.Errorf("%v at %v", r.verdicts[lost], r.last[lost])
		}
	})
}

// TestADirectoryThatIsDownIsWaitedFor_SN41 has a directory of many that is down for a minute, and
// more accounts than may wait. None is given up.
func TestADirectoryThatIsDownIsWaitedFor_SN41(t *testing.T) {
	t.Parallel()
	const accounts = 200
	h := &host{identities: map[syntax.DID]*identity.Identity{}}
	for i := range accounts {
		h.post(t, h.world(t, syntax.DID(fmt.Sprintf("did:plc:%024d", i)), byte(i+1)), "a")
	}
	synctest.Test(t, func(t *testing.T) {
		d := newOutage(h)
		for did := range h.identities {
			d.until[did] = time.Now().Add(time.Minute)
		}
		r := h.relayed(t, d)
		r.during(t, 5*time.Minute, accounts)
		for did, v := range r.verdicts {
			if v["accepted"] != 1 {
				t.Errorf("%s: %v", did, v)
			}
		}
		if r.handled != accounts {
			t.Errorf("%d were handled", r.handled)
		}
	})
}

// TestASlowServerIsNotAskedForEachEvent_SN41 has an account whose server takes three seconds to
// say nothing, with more events than may wait: they do not take three seconds each.
func TestASlowServerIsNotAskedForEachEvent_SN41(t *testing.T) {
	t.Parallel()
	const flood = 300
	h := &host{identities: map[syntax.DID]*identity.Identity{}}
	w := h.world(t, lost, 1)
	for i := range flood {
		h.post(t, w, keyOf(i))
	}
	h.post(t, h.world(t, good, 2), "a")
	synctest.Test(t, func(t *testing.T) {
		d := newOutage(h)
		d.until[lost], d.takes = time.Now().Add(time.Hour), 3*time.Second
		r := h.relayed(t, d)
		r.during(t, 30*time.Minute, len(h.events))
		r.soon(t, 10*time.Second)
	})
}

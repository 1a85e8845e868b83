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

// slow is a directory where some accounts have servers that take their time. Those that steady
// says are down say nothing then.
type slow struct {
	*steady

	takes map[syntax.DID]time.Duration
}

func newSlow(h *host) *slow {
	return &slow{steady: &steady{ids: h.identities, down: map[syntax.DID]int{}}, takes: map[syntax.DID]time.Duration{}}
}

// hangs has a server say nothing, which takes as long as a resolver waits.
func (s *slow) hangs(did syntax.DID) { s.takes[did], s.down[did] = 3*time.Second, 1<<30 }

func (s *slow) LookupDID(ctx context.Context, did syntax.DID) (*identity.Identity, error) {
	if err := sleep(ctx, s.takes[did]); err != nil {
		return nil, err
	}
	return s.steady.LookupDID(ctx, did)
}

func (s *slow) LookupUnnamed(ctx context.Context, did syntax.DID, _ bool) (*identity.Identity, error) {
	return s.LookupDID(ctx, did)
}

// A ledger demands that a cursor moves past nothing that was not processed.
type ledger struct {
	cursors

	t         *testing.T
	mu        stdsync.Mutex
	processed map[int64]bool
	behind    int64 // all up to here were processed
}

func (r *relayed) ledger(t *testing.T) *ledger {
	t.Helper()
	l := &ledger{t: t, processed: map[int64]bool{}}
	handle := r.Handle
	r.Handle = func(ctx context.Context, seq int64, e *sync.Result) error {
		err := handle(ctx, seq, e)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.processed[seq] = true
		return err
	}
	r.Cursors = l
	return l
}

func (l *ledger) SetCursor(ctx context.Context, seq int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.processed[l.behind+1] {
		l.behind++
	}
	if seq > l.behind {
		l.t.Errorf("the cursor is %d, and %d was not processed", seq, l.behind+1)
	}
	return l.cursors.SetCursor(ctx, seq)
}

func hangingDID(i int) syntax.DID { return syntax.DID(fmt.Sprintf("did:web:account%d.example.com", i)) }

// A throng has events of accounts whose servers hang, and among them as many of accounts that can
// be looked up.
type throng struct {
	host    *host
	hanging []syntax.DID
	found   []syntax.DID
}

// newThrong has some events of each account whose server hangs.
func newThrong(t *testing.T, accounts, each int) *throng {
	t.Helper()
	const goods = 25
	c := &throng{host: &host{identities: map[syntax.DID]*identity.Identity{}}}
	var hanging, found []*world
	for i := range accounts {
		hanging = append(hanging, c.host.world(t, hangingDID(i), byte(1+i%200)))
		c.hanging = append(c.hanging, hanging[i].did)
	}
	for i := range goods {
		found = append(found, c.host.world(t, syntax.DID(fmt.Sprintf("did:plc:%024d", i)), byte(201+i)))
		c.found = append(c.found, found[i].did)
	}
	for k := range each {
		for i, w := range hanging {
			c.host.post(t, w, keyOf(k))
			c.host.post(t, found[i%goods], keyOf(k*accounts+i))
		}
	}
	return c
}

// hints is the same with an #identity in place of each commit of an account whose server hangs.
func (c *throng) hints() *throng {
	h := &host{identities: c.host.identities}
	for _, e := range c.host.events {
		if m, ok := e.(*comatproto.SyncSubscribeReposCommit); ok && m.Repo.Method() == "web" {
			e = &comatproto.SyncSubscribeReposIdentity{DID: m.Repo, Seq: m.Seq, Time: "2026-06-01T12:00:00Z"}
		}
		h.events = append(h.events, e)
	}
	return &throng{h, c.hanging, c.found}
}

// looksUp has Handle look up what an #identity names, and count as lost what that does not find.
func (r *relayed) looksUp(d sync.Directory) {
	handle := r.Handle
	r.Handle = func(ctx context.Context, seq int64, e *sync.Result) error {
		if _, ok := e.Event.(*comatproto.SyncSubscribeReposIdentity); ok {
			if _, err := sync.LookUp(ctx, d, e.DID); errors.Is(err, identity.ErrUnavailable) {
				e.Verdict, e.Reason = sync.Gap, sync.ReasonUnavailable
			}
		}
		return handle(ctx, seq, e)
	}
}

func (r *relayed) count(accounts []syntax.DID, verdict string) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, did := range accounts {
		n += r.verdicts[did][verdict]
	}
	return n
}

// TestServersThatHangLeaveRoom_SN41 has 500 accounts whose servers hang, on one stream with
// others. All events of the others are accepted within a minute, and all of the 500 are told of.
// They wait for the verifier, or for Handle.
func TestServersThatHangLeaveRoom_SN41(t *testing.T) {
	t.Parallel()
	const accounts, each = 500, 6
	commits := newThrong(t, accounts, each)
	for name, c := range map[string]*throng{"commits": commits, "identities": commits.hints()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newSlow(c.host)
				for _, did := range c.hanging {
					d.hangs(did)
				}
				r := c.host.relayed(t, d)
				r.looksUp(d)
				l := r.ledger(t)
				r.during(t, time.Minute, len(c.host.events))
				if got := r.count(c.found, "accepted"); got != accounts*each {
					t.Errorf("%d events of accounts that can be looked up were accepted, of %d", got, accounts*each)
				}
				if got := r.count(c.hanging, "gapunavailable"); got != accounts*each {
					t.Errorf("%d events of the others were told of, of %d", got, accounts*each)
				}
				if l.seq != int64(len(c.host.events)) {
					t.Errorf("the cursor is %d", l.seq)
				}
			})
		})
	}
}

// TestASlowServerIsWaitedFor_SN41 has an account whose server answers after two seconds, while
// there is no room, but for another reason than accounts like it.
func TestASlowServerIsWaitedFor_SN41(t *testing.T) {
	t.Parallel()
	const accounts = 200
	h := &host{identities: map[syntax.DID]*identity.Identity{}}
	h.post(t, h.world(t, good, 1), "a")
	for i := range accounts {
		h.post(t, h.world(t, syntax.DID(fmt.Sprintf("did:plc:%024d", i)), byte(2+i)), "a")
	}
	alone := &host{identities: h.identities, events: h.events[:1]}
	for name, h := range map[string]*host{"no other one": alone, "a directory that hangs": h} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newSlow(h)
				for did := range h.identities {
					d.takes[did] = time.Minute
				}
				d.takes[good] = 2 * time.Second
				r := h.relayed(t, d)
				r.ledger(t)
				r.during(t, 5*time.Minute, len(h.events))
				r.soon(t, 3*time.Second)
				for did, v := range r.verdicts {
					if v["accepted"] != 1 {
						t.Errorf("%s: %v", did, v)
					}
				}
			})
		})
	}
}

// TestWhoseLookUpEndedIsInStepAgain_SN41 has an account whose server answers after two seconds
// among more of those that hang than there is room for. Its look-up has a second, and its event
// leaves a gap, which ends with the next #sync.
func TestWhoseLookUpEndedIsInStepAgain_SN41(t *testing.T) {
	t.Parallel()
	const accounts = 500
	h := &host{identities: map[syntax.DID]*identity.Identity{}}
	w := h.world(t, good, 1)
	h.post(t, w, "a")
	for i := range accounts {
		h.post(t, h.world(t, hangingDID(i), byte(2+i%200)), "a")
	}
	last := w.post(t, "b")
	last.Seq = int64(len(h.events) + 1)
	h.events = append(h.events, w.synced(t, last))
	synctest.Test(t, func(t *testing.T) {
		d := newSlow(h)
		for did := range h.identities {
			d.hangs(did)
		}
		d.takes[good], d.down[good] = 2*time.Second, 0
		r := h.relayed(t, d)
		r.ledger(t)
		server := xrpc.NewServer()
		type request = comatproto.SyncSubscribeReposRequest
		comatproto.SyncSubscribeRepos.Handle(server, func(ctx context.Context, _ *request, out *xrpc.Stream[comatproto.SyncSubscribeReposMessage]) error {
			for _, e := range h.events {
				if _, ok := e.(*comatproto.SyncSubscribeReposSync); ok {
					r.gapOf(t, good, time.Second)
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
		if r.verdicts[good]["accepted"] != 1 {
			t.Errorf("%v", r.verdicts[good])
		}
		if a, err := r.Verifier.Accounts.Account(t.Context(), good); err != nil || a.Desynchronized || a.Rev != last.Rev {
			t.Errorf("%+v, %v", a, err)
		}
	})
}

// gapOf demands that an event of an account has left a gap after a time, and returns after a minute.
func (r *relayed) gapOf(t *testing.T, did syntax.DID, at time.Duration) {
	t.Helper()
	time.Sleep(time.Minute)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.verdicts[did]["gapunavailable"] != 1 || r.last[did] != at {
		t.Errorf("%s: %v at %v", did, r.verdicts[did], r.last[did])
	}
}

package sync_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	stdsync "sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/runtime/xrpc/xrpctest"
)

// A host has the events of some accounts, all of which it sends, and then waits.
type host struct {
	events     []lex.Object // with the seqs 1, 2, 3 and so on
	identities map[syntax.DID]*identity.Identity
}

// newHost has count commits for each account, one after another in turns.
func newHost(t *testing.T, accounts, count int) *host {
	t.Helper()
	h := &host{identities: map[syntax.DID]*identity.Identity{}}
	worlds := make([]*world, accounts)
	for i := range worlds {
		worlds[i] = h.world(t, syntax.DID(fmt.Sprintf("did:web:account%d.example.com", i)), byte(i+1))
	}
	for i := range count {
		for _, w := range worlds {
			h.post(t, w, keyOf(i))
		}
	}
	return h
}

// world has one more account, with the key that a number stands for.
func (h *host) world(t *testing.T, did syntax.DID, seed byte) *world {
	t.Helper()
	w := newWorldOf(t, did, seed)
	maps.Copy(h.identities, w.directory.now)
	return w
}

// post has one more commit, and returns how long its frame is.
func (h *host) post(t *testing.T, w *world, keys ...syntax.RecordKey) int {
	t.Helper()
	e := w.post(t, keys...)
	h.events = append(h.events, e)
	e.Seq = int64(len(h.events))
	frame, err := xrpc.AppendFrame(nil, comatproto.SyncSubscribeRepos.NSID, e)
	if err != nil {
		t.Fatal(err)
	}
	return len(frame)
}

func (h *host) serve(ctx context.Context, r *comatproto.SyncSubscribeReposRequest, out *xrpc.Stream[comatproto.SyncSubscribeReposMessage]) error {
	after, _, err := xrpc.Window{Latest: int64(len(h.events))}.After(r.Params.Cursor)
	if err != nil {
		return err
	}
	for _, e := range h.events[after:] {
		if err := out.Send(e); err != nil {
			return err
		}
	}
	<-ctx.Done()
	return ctx.Err()
}

// cursors keep one in memory.
type cursors struct {
	mu     stdsync.Mutex
	seq    int64
	stored []int64
}

func (c *cursors) Cursor(context.Context) (int64, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seq, true, nil // 0 is from the beginning
}

func (c *cursors) SetCursor(_ context.Context, seq int64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seq, c.stored = seq, append(c.stored, seq)
	return nil
}

// sleep is that of a synctest bubble.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *host) consumer(t *testing.T, accounts sync.Accounts, c sync.Cursors, handle func(context.Context, int64, *sync.Result) error) *sync.Consumer {
	t.Helper()
	server := xrpc.NewServer()
	comatproto.SyncSubscribeRepos.Handle(server, h.serve)
	return &sync.Consumer{
		Client: xrpctest.NewClient(t, server), Cursors: c, Handle: handle, Sleep: sleep, Workers: 3,
		Verifier: &sync.Verifier{
			Directory: &steady{ids: h.identities}, Accounts: accounts, Host: home, Now: func() time.Time { return noon.Add(time.Hour) },
		},
	}
}

// steady is a directory that many may ask, and that is down for a number of questions.
type steady struct {
	ids map[syntax.DID]*identity.Identity

	mu   stdsync.Mutex
	down map[syntax.DID]int
}

func (s *steady) LookupDID(_ context.Context, did syntax.DID) (*identity.Identity, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down[did] > 0 {
		s.down[did]--
		return nil, &identity.Error{Name: string(did), Reason: "nobody answers", Err: identity.ErrUnavailable}
	}
	if id := s.ids[did]; id != nil {
		return id, nil
	}
	return nil, &identity.Error{Name: string(did), Reason: "there is none", Err: identity.ErrNotFound}
}

func (s *steady) LookupUnnamed(ctx context.Context, did syntax.DID, _ bool) (*identity.Identity, error) {
	return s.LookupDID(ctx, did)
}

func (*steady) Purge(syntax.AtIdentifier) {}

var errCrash = errors.New("the process has crashed")

// A witness sees what a consumer processes, over all of its runs. It crashes at every
// 37th event, before and after it was processed in turns.
type witness struct {
	t    *testing.T
	all  int    // how many events there are
	stop func() // called when all were processed

	mu        stdsync.Mutex
	handled   int
	processed map[int64]bool
	order     map[syntax.DID][]int64
}

func (w *witness) handle(_ context.Context, seq int64, r *sync.Result) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.handled++; w.handled%74 == 0 {
		return errCrash
	}
	if !w.processed[seq] {
		w.processed[seq] = true
		w.order[r.DID] = append(w.order[r.DID], seq)
	} else if r.Reason == sync.ReasonOldRev { // it comes again
		return nil
	}
	if r.Verdict != sync.Accepted {
		w.t.Errorf("seq %d: %s %s: %v", seq, r.Verdict, r.Reason, r.Err)
	}
	if w.handled%74 == 37 {
		return errCrash // what is known of the account is not stored
	}
	if len(w.processed) == w.all {
		w.stop()
	}
	return nil
}

// before returns the first event up to a cursor that was not processed, or 0.
func (w *witness) before(cursor int64) int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	for seq := range cursor {
		if !w.processed[seq+1] {
			return seq + 1
		}
	}
	return 0
}

// TestNothingIsLeftOut follows 400 events of 5 accounts with a consumer that crashes and
// begins again at the cursor that it has stored, up to the end. Every event is
// accepted, those of one account in their order, and the cursor is never ahead of what
// was processed.
func TestNothingIsLeftOut_SN41(t *testing.T) {
	t.Parallel()
	const accounts, count = 5, 80
	h := newHost(t, accounts, count)
	synctest.Test(t, func(t *testing.T) {
		known, c := &sync.MemoryAccounts{}, &cursors{}
		w := &witness{t: t, all: accounts * count, processed: map[int64]bool{}, order: map[syntax.DID][]int64{}}
		crashes := 0
		for range 100 {
			ctx, stop := context.WithCancel(t.Context())
			w.stop = stop
			err := h.consumer(t, known, c, w.handle).Run(ctx)
			stop()
			if seq := w.before(c.seq); seq != 0 {
				t.Fatalf("the cursor is %d, and %d was not processed", c.seq, seq)
			}
			if errors.Is(err, context.Canceled) {
				break
			}
			if crashes++; !errors.Is(err, errCrash) {
				t.Fatal(err)
			}
		}
		if len(w.processed) != accounts*count || len(w.order) != accounts || crashes < 5 || c.seq < 300 {
			t.Errorf("%d events of %d accounts, %d crashes, the cursor is %d", len(w.processed), len(w.order), crashes, c.seq)
		}
		for did, seqs := range w.order {
			if !slices.IsSorted(seqs) || len(seqs) != count {
				t.Errorf("%s: %v", did, seqs)
			}
		}
	})
}

// TestWhatIsUnavailableIsWaitedFor has two accounts whose identity cannot be had for a
// while: one long enough to leave a gap. Others go on.
func TestWhatIsUnavailableIsWaitedFor(t *testing.T) {
	t.Parallel()
	h := newHost(t, 3, 2)
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		start := time.Now()
		var mu stdsync.Mutex
		var got []string
		c := h.consumer(t, &sync.MemoryAccounts{}, &cursors{}, func(_ context.Context, seq int64, r *sync.Result) error {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, strings.TrimSpace(fmt.Sprintf("%s seq %d after %v: %s %s", strings.TrimSuffix(string(r.DID)[8:], ".example.com"), seq, time.Since(start), r.Verdict, r.Reason)))
			if len(got) == 6 {
				stop()
			}
			return nil
		})
		c.Verifier.Directory = &steady{ids: h.identities, down: map[syntax.DID]int{"did:web:account1.example.com": 2, "did:web:account2.example.com": 4}}
		if err := c.Run(ctx); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		slices.Sort(got)
		want := []string{
			"account0 seq 1 after 0s: accepted", "account0 seq 4 after 0s: accepted",
			"account1 seq 2 after 3s: accepted", "account1 seq 5 after 3s: accepted",
			"account2 seq 3 after 7s: gap unavailable", "account2 seq 6 after 7s: gap desynchronized",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// A forgetful store does not say what is known of an account for a number of times.
type forgetful struct {
	sync.MemoryAccounts

	mu    stdsync.Mutex
	times map[syntax.DID]int
}

func (a *forgetful) Account(ctx context.Context, did syntax.DID) (*sync.Account, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.times[did] > 0 {
		a.times[did]--
		return nil, errAway
	}
	return a.MemoryAccounts.Account(ctx, did)
}

var errAway = errors.New("the database is away")

// TestWhatIsKnownIsNotAvailable has a store that is away more often than an event is tried. Each
// time the run ends before the event, and nothing is held against the account.
func TestWhatIsKnownIsNotAvailable_SN41(t *testing.T) {
	t.Parallel()
	const times = 9
	h := newHost(t, 3, 2)
	synctest.Test(t, func(t *testing.T) {
		known, c := &forgetful{times: map[syntax.DID]int{"did:web:account1.example.com": times}}, &cursors{}
		w := &witness{t: t, all: 6, processed: map[int64]bool{}, order: map[syntax.DID][]int64{}}
		for n := range times + 1 {
			ctx, stop := context.WithCancel(t.Context())
			w.stop = stop
			err := h.consumer(t, known, c, w.handle).Run(ctx)
			stop()
			if seq := w.before(c.seq); seq != 0 {
				t.Fatalf("the cursor is %d, and %d was not processed", c.seq, seq)
			}
			if n < times && (!errors.Is(err, sync.ErrAccounts) || !errors.Is(err, errAway)) || n == times && !errors.Is(err, context.Canceled) {
				t.Errorf("run %d: %v", n, err)
			}
		}
		if len(w.processed) != 6 {
			t.Errorf("%v", w.processed)
		}
	})
}

// A hanging directory does not answer about some accounts until it is told to.
type hanging struct {
	*steady

	asked   map[syntax.DID]bool
	release chan struct{}
}

func (h *hanging) LookupUnnamed(ctx context.Context, did syntax.DID, _ bool) (*identity.Identity, error) {
	if h.asked[did] {
		<-h.release
	}
	return h.steady.LookupDID(ctx, did)
}

// TestWhoWaitsForAServerHoldsUpNobody has more accounts whose servers do not answer, or
// are asked again after a while, than events are verified at a time.
func TestWhoWaitsForAServerHoldsUpNobody_SN41(t *testing.T) {
	t.Parallel()
	h := newHost(t, 8, 2)
	slow, down := map[syntax.DID]bool{}, map[syntax.DID]int{}
	for i := range 7 {
		did := syntax.DID(fmt.Sprintf("did:web:account%d.example.com", i))
		if i%2 == 0 {
			slow[did] = true
		} else {
			down[did] = 1
		}
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		start := time.Now()
		var mu stdsync.Mutex
		var got []string
		handled := func() []string {
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			defer func() { got = nil }()
			slices.Sort(got)
			return got
		}
		cur := &cursors{}
		c := h.consumer(t, &sync.MemoryAccounts{}, cur, func(_ context.Context, _ int64, r *sync.Result) error {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, fmt.Sprintf("%s %v %s", strings.TrimSuffix(string(r.DID)[8:], ".example.com"), time.Since(start), r.Verdict))
			return nil
		})
		directory := &hanging{&steady{ids: h.identities, down: down}, slow, make(chan struct{})}
		c.Verifier.Directory = directory
		done := make(chan error, 1)
		go func() { done <- c.Run(ctx) }()
		if diff := cmp.Diff([]string{"account7 0s accepted", "account7 0s accepted"}, handled()); diff != "" {
			t.Errorf("at once (-want +got):\n%s", diff)
		}
		time.Sleep(time.Second)
		want := []string{
			"account1 1s accepted", "account1 1s accepted", "account3 1s accepted", "account3 1s accepted", "account5 1s accepted", "account5 1s accepted",
		}
		if diff := cmp.Diff(want, handled()); diff != "" {
			t.Errorf("after a second (-want +got):\n%s", diff)
		}
		close(directory.release)
		if got := handled(); len(got) != 8 {
			t.Errorf("at the end: %v", got)
		}
		stop()
		if err := <-done; !errors.Is(err, context.Canceled) || cur.seq != 16 {
			t.Errorf("the cursor is %d: %v", cur.seq, err)
		}
	})
}

// TestWhatIsVerifiedTooLateIsNotHandled ends a run while an event is being verified: the
// next run has it again.
func TestWhatIsVerifiedTooLateIsNotHandled_SN41(t *testing.T) {
	t.Parallel()
	h := newHost(t, 1, 1)
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		cur, release := &cursors{}, make(chan struct{})
		c := h.consumer(t, &sync.MemoryAccounts{}, cur, func(context.Context, int64, *sync.Result) error {
			t.Error("it is handled after the end")
			return nil
		})
		c.Verifier.Directory = &hanging{&steady{ids: h.identities}, map[syntax.DID]bool{"did:web:account0.example.com": true}, release}
		done := make(chan error, 1)
		go func() { done <- c.Run(ctx) }()
		synctest.Wait()
		stop()
		close(release)
		if err := <-done; !errors.Is(err, context.Canceled) || cur.seq != 0 {
			t.Errorf("the cursor is %d: %v", cur.seq, err)
		}
	})
}

// TestPoisonIsPassedOver has frames that cannot be read, and events that are refused,
// between good ones.
func TestPoisonIsPassedOver(t *testing.T) {
	t.Parallel()
	h := newHost(t, 1, 3)
	first, _ := h.events[0].(*comatproto.SyncSubscribeReposCommit)
	second, _ := h.events[1].(*comatproto.SyncSubscribeReposCommit)
	forged := edited(second, func(e *commit) { e.Blocks[len(e.Blocks)-1] ^= 1 })
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		var mu stdsync.Mutex
		var got []string
		cur := &cursors{}
		c := h.consumer(t, &sync.MemoryAccounts{}, cur, func(_ context.Context, seq int64, r *sync.Result) error {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, strings.TrimSpace(fmt.Sprintf("%d %s %s", seq, r.Verdict, r.Reason)))
			if seq == 9 {
				stop()
			}
			return nil
		})
		c.Broken = func(err *xrpc.FrameError) {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, "broken "+err.Type)
		}
		server := xrpc.NewServer()
		comatproto.SyncSubscribeRepos.Handle(server, func(ctx context.Context, _ *comatproto.SyncSubscribeReposRequest, out *xrpc.Stream[comatproto.SyncSubscribeReposMessage]) error {
			unread, err := xrpc.AppendFrame(nil, comatproto.SyncSubscribeRepos.NSID, &lex.UnknownObject{Type: "com.atproto.sync.subscribeRepos#commit", Fields: lex.Extra{"seq": int64(4)}})
			if err != nil {
				return err
			}
			send := func(e *comatproto.SyncSubscribeReposCommit, seq int64) error {
				return out.Send(edited(e, func(e *commit) { e.Seq = seq }))
			}
			third, _ := h.events[2].(*comatproto.SyncSubscribeReposCommit)
			return errors.Join(send(first, 1), send(forged, 3), out.SendFrame(unread), out.Send(&comatproto.SyncSubscribeReposInfo{Name: "x"}),
				send(second, 7), send(third, 9), func() error { <-ctx.Done(); return ctx.Err() }())
		})
		c.Client, c.Workers = xrpctest.NewClient(t, server), 1
		if err := c.Run(ctx); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		want := []string{"1 accepted", "3 refused malformed", "broken #commit", "7 accepted", "9 accepted"}
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" || cur.seq != 9 {
			t.Errorf("the cursor is %d (-want +got):\n%s", cur.seq, diff)
		}
	})
}

// TestAFutureCursorIsFinal has a cursor that is ahead of the stream, which no new
// connection mends (ES-12).
func TestAFutureCursorIsFinal_ES12(t *testing.T) {
	t.Parallel()
	h := newHost(t, 1, 1)
	c := &cursors{seq: 5}
	err := h.consumer(t, &sync.MemoryAccounts{}, c, nil).Run(t.Context())
	if !errors.Is(err, xrpc.ErrFutureCursor) || c.seq != 5 {
		t.Errorf("%v, the cursor is %d", err, c.seq)
	}
}

// TestWhatIsNotWantedIsPassedOver has events of three accounts, of which one is wanted:
// nobody is asked about the others, and the cursor moves past them.
func TestWhatIsNotWantedIsPassedOver(t *testing.T) {
	t.Parallel()
	h := newHost(t, 3, 2)
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		var mu stdsync.Mutex
		var got []int64
		wants := 0
		cur := &cursors{}
		c := h.consumer(t, &sync.MemoryAccounts{}, cur, func(_ context.Context, seq int64, _ *sync.Result) error {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, seq)
			return nil
		})
		c.Verifier.Directory = &steady{ids: map[syntax.DID]*identity.Identity{"did:web:account1.example.com": h.identities["did:web:account1.example.com"]}}
		c.Wants = func(_ context.Context, m lex.Object) (bool, error) {
			mu.Lock()
			defer mu.Unlock()
			if wants++; wants == 6 {
				time.AfterFunc(time.Second, stop)
			}
			e, _ := m.(*comatproto.SyncSubscribeReposCommit)
			return e.Repo == "did:web:account1.example.com", nil
		}
		if err := c.Run(ctx); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if diff := cmp.Diff([]int64{2, 5}, got); diff != "" || cur.seq != 6 {
			t.Errorf("the cursor is %d (-want +got):\n%s", cur.seq, diff)
		}
	})
}

// TestTheFirstEventIsNotLeftOut has a consumer without a cursor that crashes before it has
// processed anything: it goes on with the first event that it has seen.
func TestTheFirstEventIsNotLeftOut(t *testing.T) {
	t.Parallel()
	h := newHost(t, 1, 1)
	server := xrpc.NewServer()
	comatproto.SyncSubscribeRepos.Handle(server, func(_ context.Context, _ *comatproto.SyncSubscribeReposRequest, out *xrpc.Stream[comatproto.SyncSubscribeReposMessage]) error {
		e, _ := h.events[0].(*comatproto.SyncSubscribeReposCommit)
		return out.Send(edited(e, func(e *commit) { e.Seq = 77 }))
	})
	cur := &fresh{}
	c := h.consumer(t, &sync.MemoryAccounts{}, cur, func(context.Context, int64, *sync.Result) error { return errCrash })
	c.Client = xrpctest.NewClient(t, server)
	if err := c.Run(t.Context()); !errors.Is(err, errCrash) || cur.seq != 76 {
		t.Errorf("%v, the cursor is %d", err, cur.seq)
	}
}

// fresh cursors have none at first.
type fresh struct{ cursors }

func (*fresh) Cursor(context.Context) (int64, bool, error) { return 0, false, nil }

// TestWhatWaitsIsBoundedInBytes_SN41 has nobody process what comes: no more is read than a
// number of bytes, and then all of it is processed.
func TestWhatWaitsIsBoundedInBytes_SN41(t *testing.T) {
	t.Parallel()
	h := newHost(t, 4, 5)
	three := 0 // bytes of the first three
	for _, e := range h.events[:3] {
		frame, err := xrpc.AppendFrame(nil, comatproto.SyncSubscribeRepos.NSID, e)
		if err != nil {
			t.Fatal(err)
		}
		three += len(frame)
	}
	for name, c := range map[string]struct{ most, read int }{"one is too much": {1, 2}, "three": {three, 4}} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var mu stdsync.Mutex
			read, handled, gate := 0, 0, make(chan struct{})
			consumer := h.consumer(t, &sync.MemoryAccounts{}, &cursors{}, func(context.Context, int64, *sync.Result) error {
				<-gate
				mu.Lock()
				defer mu.Unlock()
				if handled++; handled == len(h.events) {
					cancel()
				}
				return nil
			})
			consumer.PendingBytes = c.most
			consumer.Admit = func(context.Context, int64, lex.Object) error {
				mu.Lock()
				defer mu.Unlock()
				read++
				return nil
			}
			done := make(chan error)
			go func() { done <- consumer.Run(ctx) }()
			synctest.Wait()
			mu.Lock()
			if read != c.read {
				t.Errorf("%s: %d were read, want %d", name, read, c.read)
			}
			mu.Unlock()
			close(gate)
			if err := <-done; !errors.Is(err, context.Canceled) || handled != len(h.events) {
				t.Errorf("%s: %d of %d were handled: %v", name, handled, len(h.events), err)
			}
		})
	}
}

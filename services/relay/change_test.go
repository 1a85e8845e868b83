package relay_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/services/internal/plctest"
	"github.com/lexgen/lexgen/services/relay"
	"github.com/lexgen/lexgen/services/relay/store"
)

// changes has the operator change a host.
func (w *world) changes(name string, c relay.HostChange) {
	w.t.Helper()
	if err := w.relay.ChangeHost(w.t.Context(), name, c); err != nil {
		w.t.Error(err)
	}
}

// stored is what a relay that is started now knows of a host.
func (w *world) stored(name string) *relay.Host {
	w.t.Helper()
	log, err := sync.OpenLog(w.t.Context(), &sync.MemoryLog{})
	if err != nil {
		w.t.Fatal(err)
	}
	r, err := relay.New(w.t.Context(), relay.Options{Store: w.store, Log: log, Directory: w.network, Client: w.http, Now: w.clock.Now})
	if err != nil {
		w.t.Fatal(err)
	}
	return r.Host(name)
}

// A holding store holds what is stored of a host, when it is asked to, until its gate is open.
type holding struct {
	store.Store

	next    atomic.Bool // the next one is held
	waiting chan struct{}
	gate    chan struct{}
}

func (h *holding) PutHost(ctx context.Context, info store.Host) error {
	if h.next.CompareAndSwap(true, false) {
		close(h.waiting)
		<-h.gate
	}
	return h.Store.PutHost(ctx, info)
}

// TestChangesOfOneHostAreStoredInOrder makes a change of a host while an earlier one is being
// stored. Both hold when the relay is started again, whichever the database has first.
func TestChangesOfOneHostAreStoredInOrder(t *testing.T) {
	t.Parallel()
	ban := relay.HostChange{Banned: new(true)}
	for name, c := range map[string]struct {
		known         bool
		first, second func(w *world)
		want          int64 // the limit
	}{
		"of a host that is known": {
			known:  true,
			first:  func(w *world) { w.changes(home, relay.HostChange{AccountLimit: new(int64(7))}) },
			second: func(w *world) { w.changes(home, ban) },
			want:   7,
		},
		"of one that is being added": {
			first:  func(w *world) { w.ask(home) },
			second: func(w *world) { w.changes(home, ban) },
			want:   100,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &holding{Store: &store.Memory{}, waiting: make(chan struct{}), gate: make(chan struct{})}
			w := &world{network: newNetwork(), t: t, store: s, events: &sync.MemoryLog{}}
			w.start()
			w.add(home)
			if c.known {
				w.crawl(home)
			}
			s.next.Store(true)
			first, second := make(chan struct{}), make(chan struct{})
			go func() { defer close(first); c.first(w) }()
			<-s.waiting
			go func() { defer close(second); c.second(w) }()
			select {
			case <-second:
			case <-time.After(50 * time.Millisecond): // it waits for its turn
			}
			close(s.gate)
			plctest.Await(t, "both are stored", func() { <-first; <-second })
			if v := w.stored(home); !v.Banned || v.AccountLimit != c.want {
				t.Errorf("%+v", v)
			}
		})
	}
}

// A fickle store does not list throttled accounts while it is away. It heeds the context, as a
// database does.
type fickle struct {
	store.Store

	away atomic.Bool
	put  atomic.Pointer[func()] // called when a host was stored
}

var errAway = errors.New("the database is away")

func (f *fickle) Throttled(ctx context.Context, host string, limit int) ([]store.Account, error) {
	if f.away.Load() {
		return nil, errAway
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return f.Store.Throttled(ctx, host, limit)
}

func (f *fickle) PutHost(ctx context.Context, info store.Host) error {
	err := f.Store.PutHost(ctx, info)
	if put := f.put.Load(); put != nil {
		(*put)()
	}
	return err
}

// withThrottled is a world with a host that may have an account, and has three more, on a store
// that is fickle. in says how many of the four are not throttled.
func withThrottled(t *testing.T) (w *world, s *fickle, in func() int) {
	t.Helper()
	s = &fickle{Store: &store.Memory{}}
	w = &world{network: newNetwork(), t: t, store: s, events: &sync.MemoryLog{}, change: func(o *relay.Options) { o.Limits.AccountsPerHost = 1 }}
	w.start()
	h := w.follow(home)
	var all []*account
	for _, name := range []string{"alice", "bob", "carol", "dan"} {
		a := h.account(t, name)
		all = append(all, a)
		a.sendsPost()
		w.clock.Add(time.Second)
		w.until(name+" is known", func() bool { v, err := w.relay.Account(t.Context(), a.did); return err == nil && v.Known })
	}
	return w, s, func() (n int) {
		for _, a := range all {
			if known, err := w.relay.Account(t.Context(), a.did); err == nil && !known.Throttled {
				n++
			}
		}
		return n
	}
}

// TestAChangeThatFailedIsMadeAgain_SN54 has the operator raise the limit of a host while the
// database cannot say who is throttled. The same change lets them in later, no more than may be,
// and so do others: the limit has been what it is for long.
func TestAChangeThatFailedIsMadeAgain_SN54(t *testing.T) {
	t.Parallel()
	w, s, in := withThrottled(t)
	more, trust := relay.HostChange{AccountLimit: new(int64(3))}, relay.HostChange{Trusted: new(true)}
	for _, c := range []struct {
		change relay.HostChange
		want   int
	}{{more, 3}, {trust, 4}} {
		s.away.Store(true)
		before := in()
		if err := w.relay.ChangeHost(t.Context(), home, c.change); !errors.Is(err, errAway) {
			t.Errorf("%+v: %v", c.change, err)
		}
		if got := in(); got != before {
			t.Errorf("%+v: %d are in", c.change, got)
		}
		s.away.Store(false)
		for range 2 { // the second time there is nobody
			w.changes(home, c.change)
			if got := in(); got != c.want {
				t.Errorf("%+v: %d are in, want %d", c.change, got, c.want)
			}
		}
	}
}

// TestALowerLimitIsOneToo_SN54 lowers the limit of a host below the accounts that are in, and
// raises it to what it has of them: nobody else is let in.
func TestALowerLimitIsOneToo_SN54(t *testing.T) {
	t.Parallel()
	w, _, in := withThrottled(t)
	for _, c := range []struct{ limit, want int64 }{{2, 2}, {0, 2}, {1, 2}, {2, 2}, {3, 3}, {1, 3}, {100, 4}} {
		w.changes(home, relay.HostChange{AccountLimit: &c.limit})
		if got := in(); int64(got) != c.want {
			t.Errorf("with a limit of %d, %d are in, want %d", c.limit, got, c.want)
		}
	}
}

// TestWhoGoesLeavesNothingHalf_SN54 has the operator's browser go when the limit of a host is
// stored, and before anybody is let in.
func TestWhoGoesLeavesNothingHalf_SN54(t *testing.T) {
	t.Parallel()
	w, s, in := withThrottled(t)
	ctx, gone := context.WithCancel(t.Context())
	put := func() { gone() }
	s.put.Store(&put)
	if err := w.relay.ChangeHost(ctx, home, relay.HostChange{AccountLimit: new(int64(3))}); err != nil {
		t.Error(err)
	}
	if got := in(); got != 3 {
		t.Errorf("%d are in", got)
	}
}

// TestABanHoldsForAllBelowAtOnce_SN51 bans names above those of hosts that are followed, which have
// ports or not, and ends that. Nobody waits for the next connection, and hosts that only look
// alike are left alone.
func TestABanHoldsForAllBelowAtOnce_SN51(t *testing.T) {
	t.Parallel()
	w := inMemory(t, withoutRetries)
	const other = "pds.notevil.example.com"
	below := map[string][]string{
		"evil.example.com":     {"pds.evil.example.com", "pds.evil.example.com:8443", "evil.example.com:8443"},
		"one.evil.example.net": {"one.evil.example.net:8443"},
		"localhost":            {"localhost:2583"},
		"127.0.0.1":            {"127.0.0.1:2583"},
	}
	left := w.follow(other)
	for _, hosts := range below {
		for _, name := range hosts {
			w.follow(name)
		}
	}
	for _, banned := range []bool{true, false} {
		for above, hosts := range below {
			w.changes(above, relay.HostChange{Banned: &banned})
			for _, name := range hosts {
				w.until(fmt.Sprintf("the ban of %s above %s is %v", above, name, banned), func() bool { return w.relay.Host(name).Connected != banned })
			}
		}
	}
	if n := left.asked(); n != 1 || !w.relay.Host(other).Connected {
		t.Errorf("%s was connected to %d times", other, n)
	}
}

// TestABanThatIsNotStoredHoldsAtOnce_SN51 bans hosts, and names above theirs, and ends that, while
// nothing can be stored of hosts. Connections are cut and made anew as if it could, and when that
// is so again all is stored without anybody asking again.
func TestABanThatIsNotStoredHoldsAtOnce_SN51(t *testing.T) {
	t.Parallel()
	disk := &full{Store: &store.Memory{}, LogStore: &sync.MemoryLog{}}
	w := &world{network: newNetwork(), t: t, store: disk, events: disk}
	w.start()
	below := map[string]string{ // by what is banned
		home:               home,
		"evil.example.com": "pds.evil.example.com", // which is followed, too
		"evil.example.net": "pds.evil.example.net", // which is not known
	}
	w.follow("evil.example.com")
	for _, name := range below {
		w.follow(name)
	}
	for _, banned := range []bool{true, false} {
		disk.noHosts.Store(true)
		for above, name := range below {
			if err := w.relay.ChangeHost(t.Context(), above, relay.HostChange{Banned: &banned}); !errors.Is(err, errFull) {
				t.Errorf("%s: %v", above, err)
			}
			w.until(fmt.Sprintf("the ban of %s holds for %s: %v", above, name, banned), func() bool { return w.relay.Host(name).Connected != banned })
			if err := w.relay.AddHost(t.Context(), name); errors.Is(err, relay.ErrBanned) != banned {
				t.Errorf("%s: %v", name, err)
			}
		}
		disk.noHosts.Store(false)
		w.until("the relay is well again", func() bool { return w.health() == http.StatusOK })
		for above := range below {
			if got := w.stored(above).Banned; got != banned {
				t.Errorf("it is stored that the ban of %s is %v", above, got)
			}
		}
	}
}

// TestABanDoesNotWaitForTheDatabase_SN51 bans a host while the database takes its time.
func TestABanDoesNotWaitForTheDatabase_SN51(t *testing.T) {
	t.Parallel()
	s := &holding{Store: &store.Memory{}, waiting: make(chan struct{}), gate: make(chan struct{})}
	w := &world{network: newNetwork(), t: t, store: s, events: &sync.MemoryLog{}}
	w.start()
	w.follow(home)
	s.next.Store(true)
	stored := make(chan struct{})
	go func() { defer close(stored); w.changes(home, relay.HostChange{Banned: new(true)}) }()
	<-s.waiting
	w.until("its connection is cut", func() bool { return !w.relay.Host(home).Connected })
	close(s.gate)
	plctest.Await(t, "the ban is stored", func() { <-stored })
}

// A slow log holds what is appended, when it is asked to, until its gate is open.
type slow struct {
	sync.LogStore

	next    atomic.Bool // the next event is held
	waiting chan struct{}
	gate    chan struct{}
}

func (s *slow) Append(ctx context.Context, owner int64, entries []sync.Entry) error {
	if s.next.CompareAndSwap(true, false) {
		close(s.waiting)
		<-s.gate
	}
	return s.LogStore.Append(ctx, owner, entries)
}

// TestAMovedCursorIsKept_ES12 has the operator set the cursor of a host whose connection does not
// end yet, as an event is still being passed on. A relay that is started then, as after a crash, has
// it, and what the old connection says last does not move it.
func TestAMovedCursorIsKept_ES12(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		to    int64
		asked string
	}{
		"back":           {1, "1"},
		"ahead":          {9, "9"},
		"to what is new": {store.NoSeq, "live"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &slow{LogStore: &sync.MemoryLog{}, waiting: make(chan struct{}), gate: make(chan struct{})}
			w := &world{network: newNetwork(), t: t, store: &store.Memory{}, events: s}
			w.start()
			h := w.follow(home)
			alice := h.account(t, "alice")
			for i := range 3 {
				alice.sendsPost()
				w.passes(fmt.Sprintf("commit alice key%04d", i))
			}
			w.until("they are processed", func() bool { return w.relay.Host(home).Seq == 3 })
			s.next.Store(true)
			alice.sendsPost()
			<-s.waiting
			w.changes(home, relay.HostChange{Seq: &c.to})
			if got := w.stored(home).Seq; got != c.to {
				t.Errorf("the cursor is %d, want %d", got, c.to)
			}
			before := h.asked()
			close(s.gate)
			w.until("it is connected to again", func() bool { return h.asked() > before })
			h.mu.Lock()
			defer h.mu.Unlock()
			if got := h.cursors[before]; got != c.asked {
				t.Errorf("it is asked for %s, want %s", got, c.asked)
			}
		})
	}
}

// TestAHostThatHasLeaptGoesOn_ES08_ES12 has a host send the largest seq that there is. Nothing can come
// behind that, until the operator has it followed from what is new.
func TestAHostThatHasLeaptGoesOn_ES08_ES12(t *testing.T) {
	t.Parallel()
	w := inMemory(t, nil)
	h := w.follow(home)
	alice, bob := h.account(t, "alice"), h.account(t, "bob")
	const last = 1<<53 - 1
	leap := alice.named("")
	leap.Seq = last
	data, err := xrpc.AppendFrame(nil, comatproto.SyncSubscribeRepos.NSID, leap)
	if err != nil {
		t.Fatal(err)
	}
	h.raw(h.seq(), data)
	w.passes("identity alice")
	alice.sendsPost()
	w.rejects("seq")
	w.until("the cursor is behind it", func() bool { return w.relay.Host(home).Seq == last })
	before := h.asked()
	w.changes(home, relay.HostChange{Seq: new(store.NoSeq)})
	w.until("it is connected to again", func() bool { return h.asked() > before })
	bob.sendsPost()
	w.passes("commit bob key0000")
	w.rejects("seq")
}

// A wish is what somebody asks for of a host that was banned before it was ever followed.
type wish struct {
	ask    func(w *world) error
	banned bool // the error says so
	atOnce bool // it is followed when the ban ends
}

// comesBefore makes the wish before the ban ends, and restarts the relay.
func (c *wish) comesBefore(t *testing.T, w *world) {
	t.Helper()
	if err := c.ask(w); errors.Is(err, relay.ErrBanned) != c.banned || err != nil && !c.banned {
		t.Error(err)
	}
	w.end()
	w.start()
	if v := w.relay.Host(home); v.Status != "banned" || w.hosts[home].asked() != 0 {
		t.Errorf("the ban does not hold: %+v", v)
	}
}

// comesAfter makes the wish when the ban has ended, and nothing has come of that.
func (c *wish) comesAfter(t *testing.T, w *world) {
	t.Helper()
	w.nothingComes()
	if v := w.relay.Host(home); v.Stopped == "" || w.hosts[home].asked() != 0 {
		t.Errorf("nobody has asked: %+v", v)
	}
	if err := c.ask(w); err != nil {
		t.Error(err)
	}
}

// TestABanOfWhatWasNeverFollowedEnds_SN51 bans a host that nobody has asked for, and ends that. It is
// followed when somebody asks for it then, or at once if the operator has asked for it meanwhile,
// who was told of the ban; strangers who have do not count.
func TestABanOfWhatWasNeverFollowedEnds_SN51(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]wish{
		"a stranger": {banned: true, ask: func(w *world) error {
			if got := w.ask(home); got != "taken" {
				return fmt.Errorf("%s: %w", got, relay.ErrBanned)
			}
			return nil
		}},
		"the operator, adding": {banned: true, atOnce: true, ask: func(w *world) error {
			return w.relay.AddHost(w.t.Context(), home)
		}},
		"the operator, crawling": {banned: true, atOnce: true, ask: func(w *world) error {
			return w.relay.RequestCrawl(w.t.Context(), home, relay.Operator)
		}},
		"the operator, connecting": {atOnce: true, ask: func(w *world) error {
			return w.relay.ChangeHost(w.t.Context(), home, relay.HostChange{Restart: true})
		}},
	} {
		for when, meanwhile := range map[string]bool{" before": true, " after": false} {
			t.Run(name+when, func(t *testing.T) {
				t.Parallel()
				w := inMemory(t, nil)
				w.add(home)
				w.changes(home, relay.HostChange{Banned: new(true)})
				if meanwhile {
					c.comesBefore(t, w)
				}
				w.changes(home, relay.HostChange{Banned: new(false)})
				if !meanwhile || !c.atOnce {
					c.comesAfter(t, w)
				}
				w.until("it is followed", func() bool { return w.relay.Host(home).Connected })
			})
		}
	}
}

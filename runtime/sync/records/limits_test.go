package records_test

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/sync/records"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// stale is a directory that remembers a key which is no longer the one.
type stale struct {
	*network

	key       *crypto.PrivateKey
	refreshed int
}

func (s *stale) LookupUnnamed(ctx context.Context, did syntax.DID, fresh bool) (*identity.Identity, error) {
	if fresh {
		s.refreshed++
	}
	id, err := s.network.LookupDID(ctx, did)
	if err == nil && s.refreshed == 0 {
		id.SigningKey = s.key.PublicKey()
	}
	return id, err
}

// fetches is how many repositories a host was asked for.
func (n *network) fetches(host string) (count int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, line := range n.asked {
		if strings.HasPrefix(line, host) {
			count++
		}
	}
	return count
}

// TestHostsTakeTurns has one host with many accounts, and others with few, which come
// last in the listing. Each fetch takes a second.
func TestHostsTakeTurns_SN42(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		const big, small = "http://big.example.com", "http://small.example.com"
		for i := range 60 {
			host := big
			if i >= 56 {
				host = small
			}
			n.join(i, host, n.some(1)...)
		}
		n.getRepo = func(origin string, _ syntax.DID, _ []byte) (io.Reader, error) {
			if origin != relay {
				time.Sleep(time.Second)
			}
			return nil, errAsUsual
		}
		opts := n.options(&records.MemoryStore{})
		opts.Limits = records.Limits{FirstEvent: 1, Resyncs: 6, HostResyncs: 3}
		r := v.start(opts)
		defer r.stop()
		after(3500 * time.Millisecond)
		if a, b := n.fetches(big), n.fetches(small); b != 4 || a < 6 || a > 12 {
			t.Errorf("after 3.5 s: %d fetches of the big host, %d of the small one", a, b)
		}
		after(time.Minute)
		if n.atATime(big) != 3 || n.atATime(small) > 3 {
			t.Errorf("at a time: %d and %d", n.atATime(big), n.atATime(small))
		}
		for _, a := range n.accounts {
			v.equals(n, a, nil)
		}
	})
}

// TestHostsHaveARate has a host with many accounts and a rate, and one that is not there:
// it is asked once in a while, however many accounts it has.
func TestHostsHaveARate_SN42_SN72(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		const slow, dead = "http://slow.example.com", "http://dead.example.com"
		for i := range 60 {
			n.join(i, []string{slow, dead}[i%2], n.some(1)...)
		}
		n.getRepo = func(origin string, _ syntax.DID, _ []byte) (io.Reader, error) {
			if origin == dead {
				return nil, refusal("UpstreamFailure")
			}
			return nil, errAsUsual
		}
		opts := n.options(&records.MemoryStore{})
		opts.Limits = records.Limits{FirstEvent: 1, HostBurst: 5, HostEvery: 10 * time.Second}
		r := v.start(opts)
		defer r.stop()
		after(time.Minute)
		counts := func() (s, d int) { return n.fetches(slow), n.fetches(dead) }
		if s, d := counts(); s < 9 || s > 12 || d < 2 || d > 8 {
			t.Errorf("in a minute: %d and %d fetches", s, d)
		}
		after(10 * time.Minute)
		if s, d := counts(); s != 30 || d > 25 {
			t.Errorf("in eleven minutes: %d and %d fetches", s, d)
		}
		for _, a := range n.accounts {
			if a.pds == slow {
				v.equals(n, a, nil)
			}
			row, err := r.Store.Repo(t.Context(), a.did)
			if err != nil || !row.Active || row.Status != "" {
				t.Errorf("%+v, %v", row, err)
			}
		}
	})
}

// TestOneAtATimeLooksForWork has hosts that do not answer, with an account each that is
// due as soon as they do, or later. Nobody looks at them before that.
func TestOneAtATimeLooksForWork_SN42(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const hosts, workers, seconds = 20, 10, 300
		n, v := newNetwork(t), newView(t)
		for i := range 2 * hosts {
			n.join(i, fmt.Sprintf("http://dead%d.example.com", i%hosts), n.some(1)...)
		}
		n.set(func() {
			n.getRepo = func(string, syntax.DID, []byte) (io.Reader, error) { return nil, refusal("UpstreamFailure") }
		})
		store := &counting{Store: &records.MemoryStore{}}
		opts := n.options(store)
		opts.Limits = records.Limits{FirstEvent: 1, Resyncs: workers, Pause: time.Hour}
		r := v.start(opts)
		defer r.stop()
		after(time.Minute)
		before := store.turns.Load()
		after(seconds * time.Second)
		if got := store.turns.Load() - before; got > 0 {
			t.Errorf("in %d s hosts were looked at %d times", seconds, got)
		}
		for i := range hosts { // whoever has not been tried is not to be
			if err := r.Forget(t.Context(), didOf(i)); err != nil {
				t.Fatal(err)
			}
			if err := r.Forget(t.Context(), didOf(i+hosts)); err != nil {
				t.Fatal(err)
			}
		}
		later := records.Repo{DID: didOf(0), Active: true, Next: time.Now().Add(time.Hour)}
		if _, err := store.Add(t.Context(), []records.Repo{later}); err != nil {
			t.Fatal(err)
		}
		before = store.turns.Load()
		for i := range 50 { // each wakes who looks
			if err := r.Track(t.Context(), didOf(0)); err != nil {
				t.Fatal(err)
			}
			after(time.Duration(i))
		}
		if got := store.turns.Load() - before; got > 0 {
			t.Errorf("hosts were looked at %d times, and nothing was due", got)
		}
	})
}

// TestAccountsHaveARate has one that leaves gaps all the time.
func TestAccountsHaveARate_SN42(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		a := n.join(1, pds, n.some(2)...)
		r := v.start(n.options(&records.MemoryStore{}))
		defer r.stop()
		after(time.Second)
		throttled := false
		for i := range 300 {
			n.write(a, n.create(posts, fmt.Sprintf("a%d", i), "1"))
			n.post(a, n.create(posts, fmt.Sprintf("b%d", i), "1"))
			after(time.Second)
			row, err := r.Store.Repo(t.Context(), a.did)
			if err != nil {
				t.Fatal(err)
			}
			throttled = throttled || row.Reason == records.ReasonThrottled
		}
		if got := n.fetches("") / 2; got > 6 || !throttled {
			t.Errorf("%d fetches in five minutes, throttled: %v", got, throttled)
		}
		after(time.Hour)
		v.equals(n, a, nil)
	})
}

// TestListsAreReadOnce has a listing of pages, of which some are read before the process
// ends, and the others after it.
func TestListsAreReadOnce_SN44(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		for i := range 7 {
			n.join(i, pds, n.some(2)...)
		}
		n.accounts[didOf(3)].deleted = true
		n.page = 2
		opts := n.options(&records.MemoryStore{})
		opts.Limits.PageEvery = time.Minute
		r := v.start(opts)
		after(90 * time.Second)
		p, err := r.Progress(t.Context())
		if err != nil || p.Done || p.Listed != 4 || p.Added != 4 {
			t.Errorf("%+v, %v", p, err)
		}
		r.stop()
		r = v.start(opts)
		after(time.Hour)
		p, err = r.Progress(t.Context())
		if err != nil || !p.Done || p.Listed != 7 || p.Added != 7 || p.Accounts[records.Synchronized] != 6 {
			t.Errorf("%+v, %v", p, err)
		}
		r.stop()
		r = v.start(opts)
		after(time.Hour)
		r.stop()
		if diff := cmp.Diff([]string{"", string(didOf(1)), string(didOf(3)), string(didOf(5))}, n.list()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		for i := range 7 {
			if i != 3 {
				v.equals(n, n.accounts[didOf(i)], nil)
			}
		}
	})
}

// TestFilters has filters that change: what is wanted then is told to be made, and what is
// not, to be deleted.
func TestFilters_SN43_SN44(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		a := n.join(1, pds, n.create(posts, "p", "1"), n.create(likes, "l", "1"))
		b := n.join(2, pds, n.create(likes, "l", "1"))
		store := &records.MemoryStore{}
		for _, step := range []struct {
			filter records.Filter
			a, b   string
		}{
			{records.Filter{"com.example.feed.post"}, "create com.example.feed.post/p", ""},
			{records.Filter{"com.example.feed.post"}, "", ""},
			{records.Filter{"com.example.feed.like"}, "create com.example.feed.like/l, delete com.example.feed.post/p", "create com.example.feed.like/l"},
			{records.Filter{"com.example.feed.*", "org.example.*"}, "create com.example.feed.post/p", ""},
			{records.Filter{"org.example.*", "com.example.feed.*"}, "", ""},
			{nil, "", ""},
		} {
			opts := n.options(store)
			opts.Filter = step.filter
			r := v.start(opts)
			after(time.Hour)
			if got := [2]string{v.says(a.did), v.says(b.did)}; got != [2]string{step.a, step.b} {
				t.Errorf("%v: %q", step.filter, got)
			}
			r.stop()
		}
	})
}

// TestAnotherFilterFindsOtherAccounts has an account that came when nobody wanted what it
// has, and says nothing when somebody does.
func TestAnotherFilterFindsOtherAccounts_SN44(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before, then records.Filter
		refuses      error
	}{
		"patterns":            {records.Filter{"com.example.feed.*"}, records.Filter{"org.example.*"}, nil},
		"one more":            {records.Filter{"com.example.feed.post"}, records.Filter{"com.example.feed.post", "org.example.other"}, nil},
		"without collections": {records.Filter{"com.example.feed.post"}, records.Filter{"com.example.feed.post", "org.example.other"}, refusal("MethodNotImplemented")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n, v := newNetwork(t), newView(t)
				n.refuses = c.refuses
				first := n.join(1, pds, n.some(1)...)
				opts := n.options(&records.MemoryStore{})
				opts.Filter = c.before
				r := v.start(opts)
				after(time.Second)
				n.renamed(first)
				after(time.Minute)
				late := n.join(2, pds, n.create("org.example.other", "a", "1"))
				n.tell(late.last)
				after(time.Minute)
				r.stop()
				opts.Filter = c.then
				r = v.start(opts)
				defer r.stop()
				after(time.Minute)
				v.equals(n, late, c.then)
			})
		})
	}
}

// TestAccountsAreFoundByWhatTheyWrite has a filter, and accounts that come to write what
// it lets through.
func TestAccountsAreFoundByWhatTheyWrite_SN43(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		filter := records.Filter{syntax.NSIDPattern(posts)}
		a := n.join(1, pds, n.create(likes, "l", "1"))
		opts := n.options(&records.MemoryStore{})
		opts.Filter = filter
		r := v.start(opts)
		defer r.stop()
		after(time.Minute)
		n.post(a, n.create(likes, "m", "1"))
		n.sync(a)
		n.renamed(a)
		after(time.Minute)
		if got := n.askedFor(); got != "" {
			t.Errorf("it was fetched: %s", got)
		}
		n.post(a, n.create(posts, "p", "1"), n.create(likes, "n", "1"))
		after(time.Minute)
		n.post(a, n.create(likes, "o", "1")) // not wanted, and one step all the same
		n.post(a, n.create(posts, "q", "1"))
		after(time.Minute)
		if got := v.says(a.did); got != "create com.example.feed.post/p, create com.example.feed.post/q live" {
			t.Error(got)
		}
		v.equals(n, a, filter)
	})
}

// TestChosenAccounts has those that a program adds and takes away.
func TestChosenAccounts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		a, b := n.join(1, pds, n.some(1)...), n.join(2, pds, n.some(1)...)
		opts := n.options(&records.MemoryStore{})
		opts.Accounts = records.Chosen
		r := v.start(opts)
		defer r.stop()
		after(time.Minute)
		if err := r.Track(t.Context(), a.did, a.did); err != nil {
			t.Fatal(err)
		}
		after(time.Minute)
		n.post(a, n.create(posts, "a", "1"))
		n.post(b, n.create(posts, "b", "1"))
		after(time.Minute)
		v.equals(n, a, nil)
		if err := r.Forget(t.Context(), a.did); err != nil {
			t.Fatal(err)
		}
		v.says(a.did)
		n.post(a, n.create(posts, "c", "1"))
		after(time.Minute)
		if got := v.says(a.did) + v.says(b.did); got != "" {
			t.Error(got)
		}
		if err := r.Resync(t.Context(), a.did); err == nil {
			t.Error("it is not kept")
		}
		if !slices.Equal(n.list(), nil) {
			t.Errorf("accounts were listed: %v", n.list())
		}
	})
}

// TestLeniencyReachesRecords has commits that do not say on which tree they follow (SN-58).
func TestLeniencyReachesRecords_SN58(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		a := n.join(1, pds, n.some(20)...)
		opts := n.options(&records.MemoryStore{})
		opts.Lenient.NoPrevData = true
		open := n.hold()
		r := v.start(opts)
		defer r.stop()
		after(time.Second)
		old := func(key string) {
			e := *n.write(a, n.create(posts, key, "1"))
			e.PrevData = lex.Opt[lex.Link]{}
			n.tell(&e)
			after(time.Second)
		}
		old("queued")
		open()
		after(time.Second)
		old("live")
		if got := v.says(a.did); !strings.HasSuffix(got, "create com.example.feed.post/queued live, create com.example.feed.post/live live") {
			t.Error(got)
		}
		v.equals(n, a, nil)
	})
}

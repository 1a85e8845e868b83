package records_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	stdsync "sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/sync/records"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A picky application does not take the events of some accounts, until it is cured: it gives
// them back, or does not answer.
type picky struct {
	view   *view
	silent bool

	mu   stdsync.Mutex
	not  map[syntax.DID]bool
	open []*records.Delivery
}

func (p *picky) refuse(accounts ...*account) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.not = map[syntax.DID]bool{}
	for _, a := range accounts {
		p.not[a.did] = true
	}
}

// loop takes the events of a syncer, until stop.
func (p *picky) loop(s *records.Syncer) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wait stdsync.WaitGroup
	wait.Go(func() {
		for d, err := range s.Events(ctx, nil) {
			if err != nil {
				return
			}
			p.mu.Lock()
			not := p.not[d.DID]
			if not && p.silent {
				p.open = append(p.open, d)
			}
			p.mu.Unlock()
			switch {
			case not && p.silent:
			case not:
				d.Again(time.Second)
			default:
				p.view.apply(&d.Event)
				d.Ack()
			}
		}
	})
	return func() { cancel(); wait.Wait() }
}

// cure has everything taken from now on, what is open, too.
func (p *picky) cure() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.not = nil
	for _, d := range p.open {
		d.Again(0)
	}
	p.open = nil
}

// TestAccountsThatAreNotTakenAreSetAside has as many accounts whose events are not taken as
// fill the outbox, by what they write or by how large they are, and before anything else is
// taken, or after. All others go on. When the events are taken, those accounts are in step,
// too: with what was told of them before, with what was changed and deleted meanwhile, and
// with what the application may have, and may not.
func TestAccountsThatAreNotTakenAreSetAside_SN41(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]*denial{
		"they write and are given back": {later: 6},
		"they write and none answers":   {later: 6, silent: true},
		"they are large":                {before: 9},
		"they are large, none answers":  {before: 9, silent: true},
		"both":                          {before: 9, later: 6},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, c.test)
		})
	}
}

// A denial is how many records each of some accounts has found and writes whose events are
// not taken, and how that is said.
type denial struct {
	before, later int
	silent        bool
}

func (c *denial) test(t *testing.T) {
	n, v := newNetwork(t), newView(t)
	opts := n.options(&records.MemoryStore{})
	opts.Limits.Waiting, opts.Limits.AccountWaiting, opts.Observer = 40, 4, v
	var all []*account
	for i := range 12 {
		all = append(all, n.join(i, pds, n.create(posts, "known", "1"), n.create(posts, "gone", "1")))
	}
	good := n.join(100, pds, n.some(3)...)
	p := &picky{view: v, silent: c.silent}
	s, stop := running(t, opts)
	leave := p.loop(s)
	after(time.Second)
	n.tell(good.last)
	after(time.Hour)
	p.refuse(all...)
	c.write(n, all)
	after(time.Hour)
	for i := range 40 {
		n.post(good, n.create(posts, fmt.Sprintf("g%d", i), "1"))
		after(time.Minute)
	}
	v.equals(n, good, nil)
	if !strings.Contains(v.moved(), "desynchronized refused") {
		t.Errorf("none was set aside: %s", v.moved())
	}
	if progress, err := s.Progress(t.Context()); err != nil || progress.Waiting > 40+12*9 || !c.silent && progress.Refused != len(all) {
		t.Errorf("%+v, %v", progress, err)
	}
	p.cure()
	after(3 * time.Hour)
	for _, a := range all {
		v.equals(n, a, nil)
	}
	if progress, err := s.Progress(t.Context()); err != nil || progress.Waiting+progress.Refused+progress.Aside != 0 {
		t.Errorf("%+v, %v", progress, err)
	}
	leave()
	stop()
}

func (c *denial) write(n *network, all []*account) {
	for _, a := range all {
		for i := range c.before { // found by a fetch
			n.write(a, n.create(posts, fmt.Sprintf("f%d", i), "1"))
		}
		n.write(a, n.create(posts, "f", "1"))
		n.sync(a)
	}
	after(time.Minute)
	for i := range c.later {
		for _, a := range all {
			n.post(a, n.create(posts, fmt.Sprintf("w%d", i), "1"))
		}
	}
	for _, a := range all {
		n.post(a, repo.Delete(posts, "gone"))
	}
}

// TestWhoIsForgottenIsInNobodysWay has accounts forgotten whose events are not taken. They make
// room when it is needed.
func TestWhoIsForgottenIsInNobodysWay_SN41(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		opts := n.options(&records.MemoryStore{})
		opts.Backfill, opts.Observer, opts.Accounts = records.NoBackfill, v, records.Chosen
		opts.Limits.Waiting, opts.Limits.AccountWaiting = 40, 4
		p := &picky{view: v}
		s, stop := running(t, opts)
		leave := p.loop(s)
		after(time.Second)
		var all []*account
		for i := range 12 {
			all = append(all, n.join(i, pds, n.some(5)...))
		}
		p.refuse(all...)
		for _, a := range all {
			if err := s.Track(t.Context(), a.did); err != nil {
				t.Fatal(err)
			}
		}
		after(time.Minute)
		for _, a := range all {
			if err := s.Forget(t.Context(), a.did); err != nil {
				t.Fatal(err)
			}
		}
		good := n.join(100, pds, n.some(3)...)
		if err := s.Track(t.Context(), good.did); err != nil {
			t.Fatal(err)
		}
		after(time.Hour)
		v.equals(n, good, nil)
		leave()
		stop()
	})
}

// TestWhoIsSetAsideIsSoInTheNextProcess has accounts that were set aside when the process ends.
// In the next one they are not fetched before the event that says how they are is taken.
func TestWhoIsSetAsideIsSoInTheNextProcess_SN41(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		opts := n.options(&records.MemoryStore{})
		opts.Backfill, opts.Observer = records.NoBackfill, v
		opts.Limits.Waiting, opts.Limits.AccountWaiting, opts.Limits.AccountEvery = 40, 4, time.Second
		good := n.join(100, pds)
		p := &picky{view: v}
		s, stop := running(t, opts)
		leave := p.loop(s)
		after(time.Second)
		n.tell(good.last)
		var all []*account
		for i := range 15 {
			a := n.join(i, pds)
			all = append(all, a)
			n.tell(a.last)
		}
		p.refuse(all...)
		for k := range 6 {
			for _, a := range all {
				n.post(a, n.create(posts, fmt.Sprintf("w%d", k), "1"))
			}
			n.post(good, n.create(posts, fmt.Sprintf("g%d", k), "1"))
			after(time.Minute)
		}
		after(time.Hour)
		before, err := s.Progress(t.Context())
		if err != nil || before.Aside < 5 {
			t.Fatalf("%+v, %v", before, err)
		}
		leave()
		stop()
		fetches := len(n.askedFor())
		v.begin()
		s, stop = running(t, opts)
		leave = p.loop(s)
		after(time.Hour)
		if got, err := s.Progress(t.Context()); err != nil || got.Aside != before.Aside {
			t.Errorf("%+v, and before %+v, %v", got, before, err)
		}
		if got := n.askedFor()[fetches:]; got != "" {
			t.Errorf("fetched: %s", got)
		}
		p.cure()
		after(time.Hour)
		for _, a := range append(all, good) {
			v.equals(n, a, nil)
		}
		if progress, err := s.Progress(t.Context()); err != nil || progress.Waiting+progress.Refused+progress.Aside != 0 {
			t.Errorf("%+v, %v", progress, err)
		}
		leave()
		stop()
	})
}

// TestOthersDoNotWaitForWhoIsSetAside has accounts whose events are given back while those of
// others are taken. When they fill the outbox, nobody waits for it.
func TestOthersDoNotWaitForWhoIsSetAside_SN41(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		opts := n.options(&records.MemoryStore{})
		opts.Backfill, opts.Observer = records.NoBackfill, v
		opts.Limits.Waiting, opts.Limits.AccountWaiting, opts.Limits.FirstEvent = 40, 4, time.Minute
		good := n.join(100, pds)
		p := &picky{view: v}
		s, stop := running(t, opts)
		leave := p.loop(s)
		after(time.Second)
		n.tell(good.last)
		var all []*account
		for i := range 15 {
			a := n.join(i, pds)
			all = append(all, a)
			p.refuse(all...)
			n.tell(a.last)
			for k := range 6 {
				n.post(a, n.create(posts, fmt.Sprintf("w%d", k), "1"))
			}
			for k := range 5 {
				n.post(good, n.create(posts, fmt.Sprintf("g%d.%d", i, k), "1"))
				after(time.Second)
				v.equals(n, good, nil)
			}
		}
		if progress, err := s.Progress(t.Context()); err != nil || progress.Refused+progress.Aside < len(all) || progress.Aside == 0 {
			t.Errorf("%+v, %v", progress, err)
		}
		p.cure()
		after(time.Hour)
		for _, a := range all {
			v.equals(n, a, nil)
		}
		if progress, err := s.Progress(t.Context()); err != nil || progress.Waiting+progress.Refused+progress.Aside != 0 {
			t.Errorf("%+v, %v", progress, err)
		}
		leave()
		stop()
	})
}

// TestAnApplicationThatIsAwayHoldsTheStream has a webhook that answers nobody for some
// minutes, and for hours. The stream stands still for it, and goes on; next to no account
// has to be fetched anew.
func TestAnApplicationThatIsAwayHoldsTheStream_SN41(t *testing.T) {
	t.Parallel()
	for _, c := range []*absence{{4 * time.Minute, 0}, {time.Hour, 12}} {
		t.Run(c.away.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, c.test)
		})
	}
}

// An absence is how long an application is away, and how many accounts are set aside for it
// at most.
type absence struct {
	away  time.Duration
	aside int
}

func (c *absence) test(t *testing.T) {
	n, v := newNetwork(t), newView(t)
	opts := n.options(&records.MemoryStore{})
	opts.Backfill, opts.Observer = records.NoBackfill, v
	opts.Limits.Waiting, opts.Limits.AccountWaiting, opts.Limits.FirstEvent = 100, 10, time.Minute
	var all []*account
	for i := range 40 {
		all = append(all, n.join(i, pds))
	}
	s, stop := running(t, opts)
	after(time.Second)
	for _, a := range all {
		n.tell(a.last)
	}
	back := time.Now().Add(c.away)
	hook := records.Webhook{URL: "http://app.test", Client: &http.Client{Transport: trip(func(*http.Request) (*http.Response, error) {
		if time.Now().Before(back) {
			return nil, errors.New("nobody answers")
		}
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
	})}}
	ctx, cancel := context.WithCancel(t.Context())
	var wait stdsync.WaitGroup
	wait.Go(func() { _ = hook.Run(ctx, s) })
	for i := range 10 {
		for _, a := range all {
			n.post(a, n.create(posts, fmt.Sprintf("w%d", i), "1"))
		}
	}
	after(c.away - time.Second)
	if got := left(t, opts.Store); got < 80 || got > 108 {
		t.Errorf("%d events wait", got)
	}
	after(time.Hour)
	aside := map[string]bool{}
	for moved := range strings.SplitSeq(v.moved(), ", ") {
		if did, refused := strings.CutSuffix(moved, " desynchronized refused"); refused {
			aside[did] = true
		}
	}
	progress, err := s.Progress(t.Context())
	if err != nil || progress.Waiting != 0 || progress.Accounts[records.Synchronized] != int64(len(all)) || len(aside) > c.aside {
		t.Errorf("%+v, %v; %d set aside", progress, err, len(aside))
	}
	cancel()
	wait.Wait()
	stop()
}

type trip func(*http.Request) (*http.Response, error)

func (f trip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestAnAccountSaysNoMoreThanItIs has an account that changes all the time what it is, while
// its events are not taken: how it is in the end waits, and what it was is told no more.
func TestAnAccountSaysNoMoreThanItIs_SN07_SN08(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		flip func(n *network, a *account, i int)
		most int // that wait
		want string
	}{
		"its server": {func(n *network, a *account, i int) {
			n.set(func() { a.pds = fmt.Sprintf("https://pds%d.example.com", i%2) })
			n.renamed(a)
		}, 2, "create com.example.feed.post/a live, account alice.example.com true "},
		"its status": {func(n *network, a *account, i int) {
			n.says(a, false, fmt.Sprintf("takendown%d", i))
		}, 2, "create com.example.feed.post/a live, account  false takendown99"},
		"it is gone and comes back": {func(n *network, a *account, i int) {
			if i%2 == 0 {
				n.says(a, false, "deleted")
			} else {
				n.says(a, true, "")
			}
		}, 2, "account  false deleted, account  true , create com.example.feed.post/a"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n, v := newNetwork(t), newView(t)
				opts := n.options(&records.MemoryStore{})
				opts.Backfill, opts.Observer = records.NoBackfill, v
				opts.Limits.Waiting, opts.Limits.AccountWaiting = 20, 10
				a, good := n.join(1, pds), n.join(2, pds)
				p := &picky{view: v}
				p.refuse(a)
				s, stop := running(t, opts)
				leave := p.loop(s)
				after(time.Second)
				n.tell(a.last)
				n.tell(good.last)
				n.post(a, n.create(posts, "a", "1"))
				for i := range 100 {
					c.flip(n, a, i)
					n.post(good, n.create(posts, fmt.Sprintf("g%d", i), "1"))
					after(time.Millisecond)
				}
				after(time.Second)
				v.equals(n, good, nil)
				if got := left(t, opts.Store); got > c.most {
					t.Errorf("%d events wait", got)
				}
				p.cure()
				after(time.Hour)
				v.equals(n, a, nil)
				if got := v.says(a.did); got != c.want {
					t.Errorf("%q is told", got)
				}
				if progress, err := s.Progress(t.Context()); err != nil || progress.Waiting != 0 {
					t.Errorf("%+v, %v", progress, err)
				}
				leave()
				stop()
			})
		})
	}
}

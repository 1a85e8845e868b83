package records_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	stdsync "sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/sync/records"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// outdated is what the relay says to who was away for too long.
func outdated() *comatproto.SyncSubscribeReposInfo {
	return &comatproto.SyncSubscribeReposInfo{Name: xrpc.InfoOutdatedCursor}
}

// ended is a store of a process that ends when a setting was stored.
type ended struct {
	records.Store

	with string

	mu   stdsync.Mutex
	over bool
}

func (e *ended) SetSetting(ctx context.Context, name, value string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.over {
		return errDisk
	}
	e.over = name == e.with
	return e.Store.SetSetting(ctx, name, value)
}

func (e *ended) Change(ctx context.Context, c *records.Change) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.over {
		return errDisk
	}
	return e.Store.Change(ctx, c)
}

// TestWhatWasMissedIsNotForgotten has a process that ends when the cursor is stored which
// says that something was missed before it, and one that ends while a listing that began
// earlier is read: an account that is behind is found by the next one.
func TestWhatWasMissedIsNotForgotten_ES09_SN36(t *testing.T) {
	t.Parallel()
	t.Run("before the first event", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			n, v := newNetwork(t), newView(t)
			a, other := n.join(1, pds, n.some(2)...), n.join(2, pds)
			store := &records.MemoryStore{}
			r := v.start(n.options(&ended{Store: store, with: "cursor"}))
			after(time.Minute)
			n.write(a, n.create(posts, "missed", "1"))
			n.renamed(other)
			after(time.Minute)
			r.stop()
			r = v.start(n.options(store))
			defer r.stop()
			after(time.Minute)
			v.equals(n, a, nil)
		})
	})
	t.Run("within a listing", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			n, v := newNetwork(t), newView(t)
			a, other := n.join(1, pds, n.some(2)...), n.join(2, pds)
			n.join(3, pds)
			n.join(4, pds)
			n.page = 1
			opts := n.options(&records.MemoryStore{})
			opts.Limits.PageEvery = time.Minute
			r := v.start(opts)
			after(time.Second)
			n.renamed(other)
			after(90 * time.Second)
			n.write(a, n.create(posts, "missed", "1"))
			n.tell(outdated())
			n.renamed(other)
			after(time.Second)
			r.stop()
			r = v.start(opts)
			defer r.stop()
			after(time.Hour)
			v.equals(n, a, nil)
		})
	})
}

// TestAListingEnds has an upstream that says again and again that something was missed,
// before its listing was read to the end.
func TestAListingEnds_ES09_SN44(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		for i := range 5 {
			n.join(i, pds, n.some(1)...)
		}
		n.page = 1
		opts := n.options(&records.MemoryStore{})
		opts.Limits.PageEvery = time.Minute
		r := v.start(opts)
		defer r.stop()
		after(time.Second)
		n.renamed(n.accounts[didOf(0)])
		for range 20 {
			after(150 * time.Second)
			n.tell(outdated())
		}
		for _, a := range n.accounts {
			v.equals(n, a, nil)
		}
		after(time.Hour)
		if p, err := r.Progress(t.Context()); err != nil || !p.Done {
			t.Errorf("%+v, %v", p, err)
		}
	})
}

// TestAListingThatComesRoundAgain has an upstream whose cursors name the same pages for ever.
// The listing ends, Progress says why, also after a restart, and it is read again when
// something was missed.
func TestAListingThatComesRoundAgain_SN44(t *testing.T) {
	t.Parallel()
	for name, filter := range map[string]records.Filter{"all": nil, "a collection": {syntax.NSIDPattern(posts)}} {
		for _, loops := range []int{2, 7, 100} {
			t.Run(fmt.Sprintf("%s, %d pages", name, loops), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					n, v := newNetwork(t), newView(t)
					a := n.join(1, pds, n.some(2)...)
					n.loops = loops
					opts := n.options(&records.MemoryStore{})
					opts.Filter = filter
					r := v.start(opts)
					defer func() { r.stop() }()
					after(time.Second)
					n.renamed(a)
					ends := func() {
						t.Helper()
						after(time.Hour)
						if got := len(n.list()); got > 10*loops { // twice or three times, of the list and what is before its loop
							t.Errorf("%d pages were read", got)
						}
						p, err := r.Progress(t.Context())
						if err != nil || !p.Done || p.Err == nil || !strings.Contains(p.Err.Error(), "come round again") {
							t.Errorf("%+v, %v", p, err)
						}
					}
					ends()
					v.equals(n, a, nil)
					r.stop()
					r = v.start(opts)
					ends()
					n.set(func() { n.loops, n.listed = 0, nil })
					n.tell(outdated())
					n.renamed(a)
					after(time.Hour)
					if p, err := r.Progress(t.Context()); err != nil || p.Err != nil || !p.Done {
						t.Errorf("%+v, %v", p, err)
					}
				})
			})
		}
	}
}

// TestAListingThatBringsNothingNew has an upstream whose cursors are other ones for ever, and
// whose pages name accounts that are known, or that nobody wants, or none. The listing ends,
// Progress says why, also after a restart, and it is not read again at once, but when
// something was missed.
func TestAListingThatBringsNothingNew_SN44(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]*monotony{
		"known ones":     {names: []syntax.DID{didOf(1)}},
		"none":           {names: []syntax.DID{}},
		"by collection":  {names: []syntax.DID{didOf(1)}, filter: records.Filter{syntax.NSIDPattern(posts)}},
		"unwanted ones":  {names: []syntax.DID{didOf(2), "did:web:nobody.example.com"}, backfill: records.NoBackfill, missed: true},
		"and missed one": {names: []syntax.DID{didOf(1)}, missed: true},
		"many unwanted":  {names: strangers(90), backfill: records.NoBackfill, missed: true, most: 250},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.most = cmp.Or(c.most, 3300) // of the list, and what is read again for what was missed
			synctest.Test(t, c.test)
		})
	}
}

// A monotony is what a listing names again and again, to whom, and whether something was
// missed before it is read.
type monotony struct {
	names    []syntax.DID
	filter   records.Filter
	backfill records.Backfill
	missed   bool
	most     int // pages
}

// strangers are accounts that nobody has.
func strangers(count int) (dids []syntax.DID) {
	for i := range count {
		dids = append(dids, syntax.DID(fmt.Sprintf("did:web:stranger%d.example.com", i)))
	}
	return dids
}

func (c *monotony) test(t *testing.T) {
	n, v := newNetwork(t), newView(t)
	a := n.join(1, pds, n.some(2)...)
	opts := n.options(&records.MemoryStore{})
	opts.Filter, opts.Backfill = c.filter, c.backfill
	n.endless, n.outdated = c.names, c.missed
	r := v.start(opts)
	defer func() { r.stop() }()
	after(time.Second)
	n.post(a, n.create(posts, "a", "1"))
	read := func() {
		t.Helper()
		after(time.Hour)
		if got := len(n.list()); got < 100 || got > c.most {
			t.Errorf("%d pages were read", got)
		}
		p, err := r.Progress(t.Context())
		if err != nil || !p.Done || p.Err == nil || !strings.Contains(p.Err.Error(), "nothing new") {
			t.Errorf("%+v, %v", p, err)
		}
	}
	read()
	v.equals(n, a, nil)
	r.stop()
	v.begin()
	r = v.start(opts)
	read()
	n.set(func() { n.endless, n.listed = nil, nil })
	n.tell(outdated())
	n.renamed(a)
	after(time.Hour)
	if p, err := r.Progress(t.Context()); err != nil || p.Err != nil || !p.Done || len(n.list()) == 0 {
		t.Errorf("%+v, %v, %d pages", p, err, len(n.list()))
	}
}

// TestAComparisonGoesOnAfterARestart has a listing that those who are kept are held against,
// as something was missed, and a process that ends while it is read. The next one reads on.
func TestAComparisonGoesOnAfterARestart_SN44(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		opts := n.options(&records.MemoryStore{})
		opts.Backfill, opts.Limits.PageEvery = records.NoBackfill, time.Minute
		n.page = 1
		r := v.start(opts)
		defer func() { r.stop() }()
		after(time.Second)
		var all []*account
		for i := range 5 {
			a := n.join(i, pds)
			all = append(all, a)
			n.tell(a.last)
		}
		after(time.Hour)
		for _, a := range all {
			n.write(a, n.create(posts, "missed", "1"))
		}
		n.set(func() { n.listed = nil })
		n.outdated = true
		r.stop()
		v.begin()
		r = v.start(opts)
		after(90 * time.Second)
		if got := len(n.list()); got == 0 || got == len(all) {
			t.Fatalf("%d pages were read", got)
		}
		r.stop()
		v.begin()
		r = v.start(opts)
		after(time.Hour)
		for _, a := range all {
			v.equals(n, a, nil)
		}
	})
}

// TestAListThatCannotBeRead has one that is refused for good, while something was missed:
// the others are read all the same.
func TestAListThatCannotBeRead_SN44(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		a := n.join(1, pds, n.some(2)...)
		opts := n.options(&records.MemoryStore{})
		opts.Filter = records.Filter{syntax.NSIDPattern(posts)}
		n.refuses = refusal("UpstreamFailure")
		r := v.start(opts)
		defer r.stop()
		if err := r.Track(t.Context(), a.did); err != nil {
			t.Fatal(err)
		}
		after(time.Second)
		n.renamed(a)
		after(time.Minute)
		n.write(a, n.create(posts, "missed", "1"))
		n.tell(outdated())
		after(time.Hour)
		v.equals(n, a, nil)
		p, err := r.Progress(t.Context())
		if failed, ok := errors.AsType[*xrpc.Error](p.Err); err != nil || !ok || failed.Name != "UpstreamFailure" || p.Done {
			t.Errorf("%+v, %v", p, err)
		}
		n.set(func() { n.refuses = nil })
		after(2 * time.Hour)
		if p, err := r.Progress(t.Context()); err != nil || p.Err != nil || !p.Done {
			t.Errorf("%+v, %v", p, err)
		}
	})
}

// TestAnUpstreamWithoutCollections has one that cannot list accounts by collection. All
// are listed instead, once for all collections, and what the filter lets through is told.
func TestAnUpstreamWithoutCollections_SN44(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"MethodNotImplemented", "XRPCNotSupported"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n, v := newNetwork(t), newView(t)
				a := n.join(1, pds, n.create(posts, "p", "1"), n.create(likes, "l", "1"))
				b := n.join(2, pds, n.create("com.example.other", "o", "1"))
				opts := n.options(&records.MemoryStore{})
				opts.Filter = records.Filter{syntax.NSIDPattern(posts), "com.example.feed.repost"}
				n.refuses = refusal(name)
				r := v.start(opts)
				defer r.stop()
				after(time.Second)
				n.renamed(a)
				after(time.Hour)
				v.equals(n, a, opts.Filter)
				if got := v.says(b.did); got != "" {
					t.Error(got)
				}
				p, err := r.Progress(t.Context())
				if err != nil || p.Err != nil || !p.Done || p.Added != 2 || len(n.list()) > 4 {
					t.Errorf("%+v, %v, %q", p, err, n.list())
				}
			})
		})
	}
}

// TestWhatWasMissedBeforeTheFirstEvent has an account that is fetched before there was an
// event, and a commit of it that nobody is sent. Once there is an event of another
// account, it is compared with the listing.
func TestWhatWasMissedBeforeTheFirstEvent_SN36_SN43(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		a, other := n.join(1, pds, n.some(2)...), n.join(2, pds)
		r := v.start(n.options(&records.MemoryStore{}))
		after(time.Minute)
		n.write(a, n.create(posts, "missed", "1"))
		late := n.join(3, pds, n.some(1)...)
		r.stop() // it has seen no event, and begins with what is new
		r = v.start(r.Options)
		defer r.stop()
		after(time.Minute)
		n.renamed(other)
		after(time.Minute)
		v.equals(n, a, nil)
		v.equals(n, late, nil)
	})
}

// TestAnOutdatedCursor has a commit of an account that the stream does not keep any more
// when it is followed again.
func TestAnOutdatedCursor_ES09_SN36(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*records.Options){
		"everyone":     func(*records.Options) {},
		"no backfill":  func(o *records.Options) { o.Backfill = records.NoBackfill },
		"a collection": func(o *records.Options) { o.Filter = records.Filter{syntax.NSIDPattern(posts)} },
		"those chosen": func(o *records.Options) { o.Accounts = records.Chosen },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n, v := newNetwork(t), newView(t)
				a := n.join(1, pds, n.some(2)...)
				opts := n.options(&records.MemoryStore{})
				change(&opts)
				r := v.start(opts)
				if err := r.Track(t.Context(), a.did); err != nil {
					t.Fatal(err)
				}
				after(time.Second)
				n.renamed(a)
				after(time.Minute)
				r.stop()
				n.write(a, n.create(posts, "missed", "1"))
				n.set(func() { n.outdated = true })
				r = v.start(opts)
				defer r.stop()
				after(time.Minute)
				v.equals(n, a, nil)
			})
		})
	}
}

// TestADeletionThatWasMissed has an account whose repository is not there, of which the
// upstream says that it was deleted.
func TestADeletionThatWasMissed_SN54a_SN73(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		a := n.join(1, pds, n.some(2)...)
		r := v.start(n.options(&records.MemoryStore{}))
		defer r.stop()
		after(time.Minute)
		n.set(func() {
			n.getRepo = func(string, syntax.DID, []byte) (io.Reader, error) { return nil, refusal("RepoNotFound") }
			n.status[a.did] = "deleted"
		})
		if err := r.Resync(t.Context(), a.did); err != nil {
			t.Fatal(err)
		}
		after(time.Minute)
		row, err := r.Store.Repo(t.Context(), a.did)
		if err != nil || row.Active || row.Status != records.StatusDeleted {
			t.Errorf("%+v, %v", row, err)
		}
	})
}

// TestAnActivationThatWasMissed has an account that was not active when it was listed, and
// commits.
func TestAnActivationThatWasMissed_SN54a(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		a := n.join(1, pds, n.some(2)...)
		n.set(func() { n.status[a.did] = "deactivated" })
		r := v.start(n.options(&records.MemoryStore{}))
		defer r.stop()
		after(time.Minute)
		n.set(func() { delete(n.status, a.did) })
		n.post(a, n.create(posts, "a", "1"))
		after(time.Minute)
		v.equals(n, a, nil)
	})
}

// TestAStatusThatCannotBeVerified has #accounts of a server while the directory does not
// answer: the server is asked for the repository later, and says how the account is.
func TestAStatusThatCannotBeVerified_SN54a(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		a := n.join(1, relay, n.some(2)...)
		opts := n.options(&records.MemoryStore{})
		opts.Host = relay
		r := v.start(opts)
		defer r.stop()
		after(time.Minute)
		for _, active := range []bool{false, true} {
			n.set(func() {
				n.down = true
				n.getRepo = func(string, syntax.DID, []byte) (io.Reader, error) {
					if active {
						return nil, errAsUsual
					}
					return nil, refusal("RepoDeactivated")
				}
			})
			n.says(a, active, map[bool]string{false: "deactivated"}[active])
			after(time.Minute)
			n.set(func() { n.down = false })
			after(5 * time.Minute)
			row, err := r.Store.Repo(t.Context(), a.did)
			if err != nil || row.Active != active {
				t.Errorf("active should be %t: %+v, %v", active, row, err)
			}
		}
		v.equals(n, a, nil)
		v.says(a.did)
		n.set(func() { n.down = true })
		n.says(a, false, records.StatusDeleted) // it is not: somebody else says so
		n.set(func() { delete(n.status, a.did) })
		after(time.Minute)
		n.set(func() { n.down = false })
		after(time.Hour)
		if got := v.says(a.did); got != "" {
			t.Errorf("it was believed: %s", got)
		}
		v.equals(n, a, nil)
	})
}

// TestAFetchThatBeganBeforeAListing has a repository that is on its way, as it was before a
// commit that nobody is sent. The listing that is read meanwhile names the later rev: the
// account is fetched again.
func TestAFetchThatBeganBeforeAListing_ES09_SN36_SN43(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		a, other := n.join(1, pds, n.some(2)...), n.join(2, pds)
		r := v.start(n.options(&records.MemoryStore{}))
		defer r.stop()
		n.renamed(other)
		after(time.Minute)
		n.slow()
		if err := r.Resync(t.Context(), a.did); err != nil {
			t.Fatal(err)
		}
		after(time.Second)
		n.write(a, n.create(posts, "missed", "1"))
		n.tell(outdated())
		after(time.Hour)
		v.equals(n, a, nil)
	})
}

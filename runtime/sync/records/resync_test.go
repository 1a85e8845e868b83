package records_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/sync/records"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// identity is whose the repository of an account is.
func (a *account) identity() repo.Identity {
	return repo.Identity{DID: a.did, Key: a.key.PublicKey()}
}

// stalled is a file that goes on no more until a context ends.
type stalled struct {
	io.Reader

	ctx context.Context //nolint:containedctx // a file lives as long as one import
}

func (s *stalled) Read(b []byte) (int, error) {
	n, err := s.Reader.Read(b)
	if errors.Is(err, io.EOF) {
		<-s.ctx.Done()
		return n, s.ctx.Err()
	}
	return n, err
}

// TestAnImportThatEndsEarlyIsFetched has files of which a part is read before the caller
// gives up, or that are cut off, or whose store fails once. The account is fetched then.
func TestAnImportThatEndsEarlyIsFetched_SN43(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file func(ctx context.Context, file []byte) io.Reader
		disk int // the change that fails
	}{
		"given up": {func(ctx context.Context, file []byte) io.Reader {
			return &stalled{bytes.NewReader(file[:len(file)/2]), ctx}
		}, 0},
		"cut off": {func(_ context.Context, file []byte) io.Reader { return bytes.NewReader(file[:len(file)/2]) }, 0},
		"disk":    {func(_ context.Context, file []byte) io.Reader { return bytes.NewReader(file) }, 2},
	} {
		synctest.Test(t, func(t *testing.T) {
			n, v := newNetwork(t), newView(t)
			a := n.join(1, pds, n.some(30)...)
			opts := n.options(&hiccup{Store: &records.MemoryStore{}})
			r := v.start(opts)
			defer r.stop()
			n.renamed(a) // with the first event it knows where to go on
			after(time.Minute)
			n.write(a, n.create(posts, "missed", "1"))
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			time.AfterFunc(time.Second, func() { n.post(a, n.create(posts, "queued", "1")) })
			opts.Store.(*hiccup).in = c.disk
			if _, err := r.Import(ctx, a.identity(), c.file(ctx, n.file(a))); err == nil {
				t.Errorf("%s: no error", name)
			}
			after(time.Minute)
			(&scene{n, v, a, r}).is(name)
		})
	}
}

// hiccup is a store that fails once, at a change.
type hiccup struct {
	records.Store

	in int
}

func (h *hiccup) Change(ctx context.Context, c *records.Change) error {
	if h.in--; h.in == 0 {
		return errDisk
	}
	return h.Store.Change(ctx, c)
}

// away is a store that changes nothing from some change on.
type away struct {
	records.Store

	in int
}

func (a *away) Change(ctx context.Context, c *records.Change) error {
	if a.in--; a.in < 0 {
		return errDisk
	}
	return a.Store.Change(ctx, c)
}

// TestAnImportWhoseStoreIsAway has a store that fails in the middle of an import, and also
// when the account is to be fetched instead. The run ends, and the next one fetches it.
func TestAnImportWhoseStoreIsAway_SN43(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		a := n.join(1, pds, n.some(30)...)
		opts := n.options(&away{&records.MemoryStore{}, 1000})
		s, err := records.Open(t.Context(), opts)
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- s.Run(t.Context()) }()
		n.renamed(a)
		after(time.Minute)
		n.write(a, n.create(posts, "missed", "1"))
		opts.Store.(*away).in = 1 // it begins
		if _, err := s.Import(t.Context(), a.identity(), bytes.NewReader(n.file(a))); !errors.Is(err, errDisk) {
			t.Errorf("the import: %v", err)
		}
		if err := <-ended; !errors.Is(err, errDisk) {
			t.Errorf("the run: %v", err)
		}
		opts.Store.(*away).in = 1000
		r := v.start(opts)
		defer r.stop()
		after(time.Minute)
		(&scene{n, v, a, r}).is("the next run")
	})
}

// broken is a file whose reader panics.
type broken struct{}

func (broken) Read([]byte) (int, error) { panic("broken") }

// TestAnImportThatIsNoFaultOfTheAccount has a file whose reader panics, and a store that
// fails once: the account is fetched without a pause.
func TestAnImportThatIsNoFaultOfTheAccount_SN43(t *testing.T) {
	t.Parallel()
	for name, disk := range map[string]int{"reader": 0, "disk": 2} {
		synctest.Test(t, func(t *testing.T) {
			n, v := newNetwork(t), newView(t)
			a := n.join(1, pds, n.some(3)...)
			opts := n.options(&hiccup{Store: &records.MemoryStore{}})
			r := v.start(opts)
			defer r.stop()
			n.renamed(a)
			after(time.Minute)
			n.write(a, n.create(posts, "missed", "1"))
			func() {
				defer func() { _ = recover() }()
				var file io.Reader = broken{}
				if opts.Store.(*hiccup).in = disk; disk > 0 {
					file = bytes.NewReader(n.file(a))
				}
				if _, err := r.Import(t.Context(), a.identity(), file); err == nil {
					t.Errorf("%s: no error", name)
				}
			}()
			after(time.Second)
			(&scene{n, v, a, r}).is(name)
		})
	}
}

// TestAnImportIsNoWordOfTheServer has a file of an account that is not active: its records
// are there, and it is as active as before.
func TestAnImportIsNoWordOfTheServer_SN08_SN70(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		a := n.join(1, pds, n.some(3)...)
		r := v.start(n.options(&records.MemoryStore{}))
		defer r.stop()
		after(time.Minute)
		n.says(a, false, "takendown")
		after(time.Minute)
		v.says(a.did)
		n.write(a, n.create(posts, "a", "1"))
		if _, err := r.Import(t.Context(), a.identity(), bytes.NewReader(n.file(a))); err != nil {
			t.Error(err)
		}
		after(time.Hour)
		if got := v.says(a.did); got != "create com.example.feed.post/a" {
			t.Error(got)
		}
		row, err := r.Store.Repo(t.Context(), a.did)
		if err != nil || row.Active || row.Status != "takendown" || row.State != records.Synchronized {
			t.Errorf("%+v, %v", row, err)
		}
		n.says(a, true, "")
		after(time.Minute)
		(&scene{n, v, a, r}).is("active again")
	})
}

// TestAResyncOfAnAccountThatWasForgotten has one that goes on while its account is
// forgotten and kept again, and ends while another one is at work.
func TestAResyncOfAnAccountThatWasForgotten_SN43(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		a := n.join(1, pds, n.some(3)...)
		opts := n.options(&records.MemoryStore{})
		opts.Limits.HostResyncs = 8
		r := v.start(opts)
		defer r.stop()
		after(time.Minute)
		first, others := make(chan struct{}), make(chan struct{})
		calls := 0
		n.set(func() {
			n.getRepo = func(origin string, _ syntax.DID, file []byte) (io.Reader, error) {
				if origin == relay {
					return nil, errAsUsual
				}
				if calls++; calls == 1 {
					return &held{bytes.NewReader(file), first}, nil
				}
				return &held{bytes.NewReader(file), others}, nil
			}
		})
		for _, do := range []func(context.Context) error{
			func(ctx context.Context) error { return r.Resync(ctx, a.did) }, // the second one of the account
			func(ctx context.Context) error { return r.Forget(ctx, a.did) },
			func(ctx context.Context) error { return r.Track(ctx, a.did) },
			func(ctx context.Context) error { return r.Resync(ctx, a.did) }, // and that of the account anew
		} {
			if err := do(t.Context()); err != nil {
				t.Fatal(err)
			}
			after(time.Second)
		}
		close(first)
		after(time.Second)
		if row, err := r.Store.Repo(t.Context(), a.did); err != nil || row.State != records.InProgress {
			t.Errorf("%+v, %v", row, err)
		}
		close(others)
		after(time.Minute)
		if entries, err := r.Store.Records(t.Context(), a.did, "", 10); err != nil || len(entries) != 3 {
			t.Errorf("%v, %v", entries, err)
		}
	})
}

// late is a store in which something happens after it has said that a queue is empty.
type late struct {
	records.Store

	happen []func()
}

func (l *late) Queue(ctx context.Context, did syntax.DID, limit int) ([]records.Queued, error) {
	queued, err := l.Store.Queue(ctx, did, limit)
	if len(queued) == 0 && len(l.happen) > 0 {
		l.happen[0]()
		l.happen = l.happen[1:]
		time.Sleep(time.Second)
	}
	return queued, err
}

// TestEventsThatComeAtTheEnd has some that are queued whenever the queue was found to be
// empty.
func TestEventsThatComeAtTheEnd_SN43(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		a := n.join(1, pds, n.some(3)...)
		opts := n.options(nil)
		store := &late{Store: &records.MemoryStore{}}
		for _, key := range []string{"a", "b", "c"} {
			store.happen = append(store.happen, func() { n.post(a, n.create(posts, key, "1")) })
		}
		opts.Store = store
		r := v.start(opts)
		defer r.stop()
		after(time.Minute)
		(&scene{n, v, a, r}).is("in the end")
		if got := n.fetches(pds); got != 1 {
			t.Errorf("%d fetches", got)
		}
	})
}

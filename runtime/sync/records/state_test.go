package records_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/sync/records"
	"github.com/lexgen/lexgen/runtime/syntax"
)

const pds = "http://pds.example.com"

// held is a file of which the end comes when something is told.
type held struct {
	io.Reader

	open <-chan struct{}
}

func (h *held) Read(b []byte) (int, error) {
	n, err := h.Reader.Read(b)
	if errors.Is(err, io.EOF) {
		<-h.open
	}
	return n, err
}

// hold has all servers send repositories but for their ends, until open is called.
func (n *network) hold() (open func()) {
	c := make(chan struct{})
	n.mu.Lock()
	defer n.mu.Unlock()
	n.getRepo = func(origin string, _ syntax.DID, file []byte) (io.Reader, error) {
		if origin == relay {
			return nil, errAsUsual
		}
		return &held{bytes.NewReader(file), c}, nil
	}
	return func() {
		n.mu.Lock()
		n.getRepo = nil
		n.mu.Unlock()
		close(c)
	}
}

// TestEventsAreDroppedQueuedAndApplied has an account that writes while it is not known,
// while its repository is on its way, and after that.
func TestEventsAreDroppedQueuedAndApplied_SN43(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		a := n.join(1, pds, n.some(2)...)
		opts := n.options(&records.MemoryStore{})
		opts.Backfill = records.NoBackfill
		open := n.hold()
		r := v.start(opts)
		defer r.stop()
		after(time.Second)
		dropped := n.write(a, n.create(posts, "dropped", "1")) // it is in what is fetched
		n.tell(dropped)
		after(time.Second)
		n.post(a, n.create(posts, "queued", "2"), repo.Delete(posts, "key00001"))
		n.post(a, repo.UpdateData(posts, "queued", record(t, posts, "3")))
		after(time.Second)
		if got := v.moved(); got != "23 in-progress new" {
			t.Error(got)
		}
		if got := v.says(a.did); got != "" {
			t.Error(got)
		}
		open()
		after(time.Second)
		n.post(a, n.create(posts, "live", "4"))
		after(time.Second)
		want := "create com.example.feed.post/dropped, create com.example.feed.post/key00000, create com.example.feed.post/key00001, " +
			"create com.example.feed.post/queued live, delete com.example.feed.post/key00001, update com.example.feed.post/queued live, " +
			"create com.example.feed.post/live live"
		if got := v.says(a.did); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
		v.equals(n, a, nil)
		if got := v.moved(); got != "23 in-progress new, 23 synchronized " {
			t.Error(got)
		}
	})
}

// TestQueuedEventsThatWereFetchedAreDropped has events that come before the repository is
// read, which has them already.
func TestQueuedEventsThatWereFetchedAreDropped_SN43(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		a := n.join(1, pds, n.some(2)...)
		first, second := n.write(a, n.create(posts, "a", "1")), n.write(a, n.create(posts, "b", "1"))
		open := n.hold()
		r := v.start(n.options(&records.MemoryStore{}))
		defer r.stop()
		after(time.Second)
		n.tell(first)
		n.tell(second)
		after(time.Second)
		open()
		after(time.Second)
		if got := v.says(a.did); strings.Contains(got, "live") || strings.Count(got, "create") != 4 {
			t.Error(got)
		}
		v.equals(n, a, nil)
	})
}

// TestGapsAreMended has events that are missing: in the stream of an account that is in
// step, and among those that are queued.
func TestGapsAreMended_SN36_SN43(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		a := n.join(1, pds, n.some(30)...)
		r := v.start(n.options(&records.MemoryStore{}))
		defer r.stop()
		after(time.Second)
		v.says(a.did)
		n.write(a, n.create(posts, "missing", "1"), repo.Delete(posts, "key00003"), repo.UpdateData(posts, "key00004", record(t, posts, "new")))
		n.post(a, n.create(posts, "told", "2"))
		after(time.Second)
		want := "delete com.example.feed.post/key00003, update com.example.feed.post/key00004, create com.example.feed.post/missing, create com.example.feed.post/told"
		if got := v.says(a.did); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
		open := n.hold()
		if err := r.Resync(t.Context(), a.did); err != nil {
			t.Fatal(err)
		}
		after(time.Second)
		n.post(a, n.create(posts, "queued", "1"))
		n.write(a, n.create(posts, "missing2", "1"))
		n.post(a, n.create(posts, "behind", "1"))
		after(time.Second)
		open()
		after(time.Minute)
		if got := v.says(a.did); got != "create com.example.feed.post/queued live, create com.example.feed.post/behind, create com.example.feed.post/missing2" {
			t.Error(got)
		}
		if got := v.moved(); !strings.Contains(got, "desynchronized queue, 23 in-progress queue, 23 synchronized") {
			t.Error(got)
		}
		v.equals(n, a, nil)
	})
}

// TestTheQueueIsBounded has more events than may be queued, by number and by bytes.
func TestTheQueueIsBounded_SN43(t *testing.T) {
	t.Parallel()
	for name, limits := range map[string]records.Limits{"events": {FirstEvent: 1, Queued: 3}, "bytes": {FirstEvent: 1, QueuedBytes: 5000}} {
		synctest.Test(t, func(t *testing.T) {
			n, v := newNetwork(t), newView(t)
			a := n.join(1, pds, n.some(2)...)
			opts := n.options(&records.MemoryStore{})
			opts.Limits = limits
			open := n.hold()
			r := v.start(opts)
			defer r.stop()
			after(time.Second)
			for i := range 6 {
				n.post(a, n.create(posts, fmt.Sprintf("k%d", i), strings.Repeat("x", 900)))
				after(time.Millisecond)
			}
			row, err := opts.Store.Repo(t.Context(), a.did)
			if err != nil || row.Queued > 4 || row.QueuedBytes > 5000 {
				t.Errorf("%s: %+v, %v", name, row, err)
			}
			if got := v.moved(); !strings.Contains(got, "desynchronized overflow") {
				t.Errorf("%s: %s", name, got)
			}
			open()
			after(time.Minute)
			v.equals(n, a, nil)
		})
	}
}

// TestSyncsAreFetchedFromTheUpstreamFirst has #sync events: an old one, one of what is
// known, and a new one, which the relay has, and then only the account's own server.
func TestSyncsAreFetchedFromTheUpstreamFirst_SN39(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		a := n.join(1, pds, n.some(3)...)
		r := v.start(n.options(&records.MemoryStore{}))
		defer r.stop()
		after(time.Second)
		v.says(a.did)
		asked := func() string {
			got := n.askedFor()
			n.mu.Lock()
			defer n.mu.Unlock()
			n.asked = nil
			return got
		}
		asked()
		old := n.synced(a)
		n.sync(a) // what is known
		n.post(a, n.create(posts, "a", "1"))
		n.tell(old)
		after(10 * time.Second)
		if got := asked(); got != "" {
			t.Error(got)
		}
		n.mu.Lock()
		n.getRepo = func(_ string, _ syntax.DID, file []byte) (io.Reader, error) { return bytes.NewReader(file), nil }
		n.mu.Unlock()
		n.write(a, n.create(posts, "b", "1"))
		n.sync(a)
		after(time.Second)
		if got := asked(); got != relay+" 23" {
			t.Error(got)
		}
		n.mu.Lock()
		n.getRepo = nil
		n.mu.Unlock()
		n.write(a, n.create(posts, "c", "1"))
		n.sync(a)
		after(time.Second)
		if got := asked(); got != relay+" 23, "+pds+" 23" {
			t.Error(got)
		}
		if got := v.says(a.did); got != "create com.example.feed.post/a live, create com.example.feed.post/b, create com.example.feed.post/c" {
			t.Error(got)
		}
		v.equals(n, a, nil)
	})
}

// TestAccounts has what is said of an account, step by step, and what the application is
// told of it.
func TestAccounts_SN07_SN08_SN23_SN70_SN72_SN73(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		a := n.join(1, pds, n.some(2)...)
		r := v.start(n.options(&records.MemoryStore{}))
		defer r.stop()
		after(time.Second)
		v.says(a.did)
		created := "create com.example.feed.post/key00000, create com.example.feed.post/key00001"
		for _, step := range []struct {
			name string
			do   func()
			want string
		}{
			{"identity", func() { n.renamed(a) }, "account alice.example.com true "},
			{"throttled", func() { n.says(a, true, "throttled") }, "account alice.example.com true throttled"},
			{"again", func() { n.says(a, true, "throttled") }, ""},
			{"a status that is none", func() { n.says(a, true, "x\x00\n"+strings.Repeat("y", 100)) }, "account alice.example.com true unknown"},
			{"deactivated", func() { n.says(a, false, "deactivated") }, "account alice.example.com false deactivated"},
			{"what it writes then", func() { n.post(a, n.create(posts, "a", "1")) }, ""},
			{"active", func() { n.says(a, true, "") }, "account alice.example.com true , create com.example.feed.post/a"},
			{"what it writes after that", func() { n.post(a, n.create(posts, "b", "1")) }, "create com.example.feed.post/b live"},
			{"its server is away", func() { n.mu.Lock(); n.down = true; n.mu.Unlock(); n.renamed(a) }, "account alice.example.com true "},
			{"deleted", func() { n.mu.Lock(); n.down = false; n.mu.Unlock(); n.says(a, false, "deleted") }, "account alice.example.com false deleted"},
			{"back", func() { n.says(a, true, "") }, "account alice.example.com true , create com.example.feed.post/a, create com.example.feed.post/b, " + created},
			{"a tombstone", func() { n.mu.Lock(); a.deleted = true; n.mu.Unlock(); n.renamed(a) }, "account alice.example.com false deleted"},
		} {
			step.do()
			after(time.Minute)
			if got := v.says(a.did); got != step.want {
				t.Errorf("%s: %s\nwant %s", step.name, got, step.want)
			}
		}
		v.equals(n, a, nil)
		entries, err := r.Store.Records(t.Context(), a.did, "", 10)
		if err != nil || len(entries) > 0 {
			t.Errorf("%v, %v", entries, err)
		}
	})
}

// TestServersSayThatAccountsAreNotActive has one that refuses to send a repository, until
// it does again, of which no event tells.
func TestServersSayThatAccountsAreNotActive_SN71_SN72(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		a := n.join(1, pds, n.some(1)...)
		refuse := func(name string) {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.getRepo = func(origin string, _ syntax.DID, _ []byte) (io.Reader, error) {
				if origin == relay || name == "" {
					return nil, errAsUsual
				}
				return nil, refusal(name)
			}
		}
		refuse("RepoTakendown")
		r := v.start(n.options(&records.MemoryStore{}))
		defer r.stop()
		after(time.Minute)
		if got := v.says(a.did); got != "account  false takendown" {
			t.Error(got)
		}
		refuse("")
		after(2 * time.Hour)
		if got := v.says(a.did); got != "account  true , create com.example.feed.post/key00000" && got != "create com.example.feed.post/key00000, account  true " {
			t.Error(got)
		}
	})
}

// TestAccountsThatMove has one that is at another server, with another key, when
// something was missed.
func TestAccountsThatMove_SN21_SN33_SN36(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		a := n.join(1, pds, n.some(5)...)
		r := v.start(n.options(&records.MemoryStore{}))
		defer r.stop()
		after(time.Second)
		n.mu.Lock()
		a.pds = "http://new.example.com"
		a.sign(keyFrom(t, 99))
		n.asked = nil
		n.mu.Unlock()
		n.renamed(a)
		n.says(a, true, "")
		n.write(a)
		n.write(a, n.create(posts, "a", "1"))
		n.sync(a)
		after(time.Minute)
		if got := n.askedFor(); got != relay+" 23, http://new.example.com 23" {
			t.Error(got)
		}
		v.equals(n, a, nil)
		row, err := r.Store.Repo(t.Context(), a.did)
		if err != nil || row.Host != "http://new.example.com" || row.State != records.Synchronized {
			t.Errorf("%+v, %v", row, err)
		}
	})
}

// TestTheFirstCommitIsEnough has the first commit of a new account, which is all that it
// has.
func TestTheFirstCommitIsEnough_SN20_SN43(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		opts := n.options(&records.MemoryStore{})
		opts.Backfill = records.NoBackfill
		r := v.start(opts)
		defer r.stop()
		after(time.Second)
		a := n.join(1, pds, n.some(2)...)
		n.tell(&comatproto.SyncSubscribeReposIdentity{DID: a.did})
		n.tell(&comatproto.SyncSubscribeReposAccount{DID: a.did, Active: true, Status: lex.Opt[string]{}})
		n.tell(a.last)
		n.sync(a)
		after(time.Minute)
		v.equals(n, a, nil)
		if got := n.askedFor(); got != "" {
			t.Errorf("it was fetched: %s", got)
		}
	})
}

// TestNothingIsFetchedBeforeTheFirstEvent has a first run, which is to know where the
// stream goes on, and a second one, which does.
func TestNothingIsFetchedBeforeTheFirstEvent_SN43(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		a := n.join(1, pds, n.some(1)...)
		opts := n.options(&records.MemoryStore{})
		opts.Limits.FirstEvent = time.Minute
		r := v.start(opts)
		after(30 * time.Second)
		if got := n.fetches(""); got != 0 {
			t.Errorf("%d fetches", got)
		}
		n.renamed(a)
		after(time.Second)
		v.equals(n, a, nil)
		r.stop()
		n.write(a, n.create(posts, "a", "1"))
		r = v.start(opts)
		defer r.stop()
		if err := r.Resync(t.Context(), a.did); err != nil {
			t.Fatal(err)
		}
		after(time.Second)
		v.equals(n, a, nil)
	})
}

// TestAFetchThatWasInterruptedBeginsAgain has a process that ends while a repository is on
// its way.
func TestAFetchThatWasInterruptedBeginsAgain_SN43(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		a := n.join(1, pds, n.some(2)...)
		opts := n.options(&records.MemoryStore{})
		open := n.hold()
		r := v.start(opts)
		after(time.Second)
		n.post(a, n.create(posts, "queued", "1"))
		after(time.Second)
		time.AfterFunc(time.Second, open)
		r.stop()
		row, err := opts.Store.Repo(t.Context(), a.did)
		if err != nil || row.State != records.InProgress || row.Queued != 1 {
			t.Errorf("%+v, %v", row, err)
		}
		r = v.start(opts)
		defer r.stop()
		after(time.Minute)
		v.equals(n, a, nil)
	})
}

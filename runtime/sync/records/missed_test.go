package records_test

import (
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lexgen/lexgen/runtime/sync/records"
	"github.com/lexgen/lexgen/runtime/syntax"
)

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

package records_test

import (
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/sync/records"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// behind is a directory that remembers where an account was, until it is to look anew.
type behind struct {
	*network

	pds string
}

func (b *behind) LookupUnnamed(ctx context.Context, did syntax.DID, fresh bool) (*identity.Identity, error) {
	if fresh {
		b.pds = ""
	}
	id, err := b.network.LookupDID(ctx, did)
	if err == nil && b.pds != "" {
		id.PDS = b.pds
	}
	return id, err
}

// TestTheOldServerOfAnAccountHasNoSay has one that has moved, which is not known yet: its
// old server says that it is not active there. The new one is busy at first.
func TestTheOldServerOfAnAccountHasNoSay_SN31(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		const anew = "http://new.example.com"
		a, other := n.join(1, pds, n.some(3)...), n.join(2, anew, n.some(1)...)
		opts := n.options(&records.MemoryStore{})
		directory := &behind{network: n}
		opts.Directory, opts.Limits.HostResyncs = directory, 1
		r := v.start(opts)
		defer r.stop()
		n.renamed(a)
		after(time.Minute)
		v.says(a.did)
		n.set(func() {
			a.pds, directory.pds = anew, pds
			n.getRepo = func(origin string, did syntax.DID, _ []byte) (io.Reader, error) {
				switch {
				case origin == pds:
					return nil, refusal("RepoDeactivated")
				case origin == anew && did == other.did:
					time.Sleep(10 * time.Second)
				}
				return nil, errAsUsual
			}
		})
		n.write(a, n.create(posts, "a", "1"))
		for _, did := range []syntax.DID{other.did, a.did} {
			if err := r.Resync(t.Context(), did); err != nil {
				t.Fatal(err)
			}
			after(time.Second)
		}
		after(time.Minute)
		if got := v.says(a.did); got != "create com.example.feed.post/a" {
			t.Error(got)
		}
		if n.atATime(anew) != 1 {
			t.Errorf("%d at a time", n.atATime(anew))
		}
		(&scene{n, v, a, r}).is("in the end")
		row, err := r.Store.Repo(t.Context(), a.did)
		if err != nil || row.Host != anew {
			t.Errorf("%+v, %v", row, err)
		}
	})
}

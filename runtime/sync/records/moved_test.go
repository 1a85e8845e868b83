package records_test

import (
	"bytes"
	"context"
	"errors"
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

// TestAnAccountThatMovesWhileItIsFetched has one whose #identity comes while its repository
// is on its way from the server that it has left. What it said stays, however the fetch ends.
func TestAnAccountThatMovesWhileItIsFetched_SN07(t *testing.T) {
	t.Parallel()
	const anew = "http://new.example.com"
	for name, answer := range map[string]error{"a fetch": errAsUsual, "a failure": refusal("UpstreamFailure")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n, v := newNetwork(t), newView(t)
				a := n.join(1, pds, n.some(3)...)
				r := v.start(n.options(&records.MemoryStore{}))
				defer r.stop()
				n.renamed(a)
				after(time.Minute)
				n.set(func() {
					n.getRepo = func(origin string, _ syntax.DID, file []byte) (io.Reader, error) {
						if origin != pds {
							return nil, refusal("UpstreamFailure")
						}
						time.Sleep(10 * time.Second)
						return bytes.NewReader(file), passed(answer)
					}
				})
				if err := r.Resync(t.Context(), a.did); err != nil {
					t.Fatal(err)
				}
				after(time.Second)
				n.set(func() { a.pds = anew })
				n.renamed(a)
				after(15 * time.Second)
				row, err := r.Store.Repo(t.Context(), a.did)
				if err != nil || row.Host != anew {
					t.Errorf("%+v, %v", row, err)
				}
			})
		})
	}
}

// passed is an error, unless that says that all is well.
func passed(err error) error {
	if errors.Is(err, errAsUsual) {
		return nil
	}
	return err
}

// TestTheServerThatAnAccountHasLeft has one that has moved, which is not known, and whose
// old server has it no longer, is not there any more, or has what there was. The directory
// is asked anew, and the new server then.
func TestTheServerThatAnAccountHasLeft_SN31(t *testing.T) {
	t.Parallel()
	const anew = "http://new.example.com"
	for _, answer := range []string{"RepoNotFound", "UpstreamFailure", "an old one"} {
		t.Run(answer, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n, v := newNetwork(t), newView(t)
				a := n.join(1, pds, n.some(3)...)
				opts := n.options(&records.MemoryStore{})
				directory := &behind{network: n}
				opts.Directory = directory
				r := v.start(opts)
				defer r.stop()
				after(time.Second)
				n.renamed(a)
				after(time.Minute)
				old := n.file(a)
				n.set(func() {
					a.pds, directory.pds = anew, pds
					n.status[a.did] = records.StatusDeleted // at the relay, that has missed it, too
					n.getRepo = func(origin string, _ syntax.DID, _ []byte) (io.Reader, error) {
						switch {
						case origin == pds && answer == "an old one":
							return bytes.NewReader(old), nil
						case origin == pds:
							return nil, refusal(answer)
						}
						return nil, errAsUsual
					}
				})
				n.write(a, n.create(posts, "missed", "1"))
				n.post(a, n.create(posts, "told", "1"))
				after(5 * time.Second)
				(&scene{n, v, a, r}).is("in the end")
				if got := n.fetches(pds); got > 2 {
					t.Errorf("the old server was asked %d times", got)
				}
			})
		})
	}
}

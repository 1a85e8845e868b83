package records_test

import (
	"bytes"
	"context"
	"io"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lexgen/lexgen/runtime/sync/records"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A lull is a part of a file that takes a time to come.
type lull time.Duration

func (l lull) Read([]byte) (int, error) {
	time.Sleep(time.Duration(l))
	return 0, io.EOF
}

// TestAFetchOfAForgottenAccount has an account that is forgotten while its repository is
// read, of which a part was told, and that is kept again. What is read of the first fetch
// then is of no use, and all is told anew.
func TestAFetchOfAForgottenAccount_SN43(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		a := n.join(1, pds)
		for page := range slices.Chunk(n.some(1200), 200) { // a commit has no more
			n.write(a, page...)
		}
		fetches := 0
		n.set(func() {
			n.getRepo = func(origin string, _ syntax.DID, file []byte) (io.Reader, error) {
				if origin != pds {
					return nil, errAsUsual
				}
				if fetches++; fetches > 1 {
					return io.MultiReader(lull(20*time.Second), bytes.NewReader(file)), nil
				}
				return io.MultiReader(bytes.NewReader(file[:len(file)*3/4]), lull(10*time.Second), bytes.NewReader(file[len(file)*3/4:])), nil
			}
		})
		opts := n.options(&records.MemoryStore{})
		opts.Accounts = records.Chosen
		r := v.start(opts)
		defer r.stop()
		if err := r.Track(t.Context(), a.did); err != nil {
			t.Fatal(err)
		}
		after(time.Second)
		if err := r.Forget(t.Context(), a.did); err != nil {
			t.Fatal(err)
		}
		after(0)
		if v.says(a.did) == "" {
			t.Error("no part of it was told")
		}
		v.forget(a.did)
		if err := r.Track(t.Context(), a.did); err != nil {
			t.Fatal(err)
		}
		after(time.Hour)
		v.equals(n, a, nil)
	})
}

// An interrupted store has something else happen between reading an account and changing
// it, once.
type interrupted struct {
	records.Store

	by func()
}

func (s *interrupted) Repo(ctx context.Context, did syntax.DID) (*records.Repo, error) {
	r, err := s.Store.Repo(ctx, did)
	if by := s.by; by != nil {
		s.by = nil
		by()
	}
	return r, err
}

// TestAChangeOfAForgottenAccount has an account that is forgotten and kept again between
// reading and changing it: the change is not one of the new one, of which nothing is
// known yet.
func TestAChangeOfAForgottenAccount_SN43(t *testing.T) {
	t.Parallel()
	store := &interrupted{Store: &records.MemoryStore{}}
	s, err := records.Open(t.Context(), newNetwork(t).options(store))
	if err != nil {
		t.Fatal(err)
	}
	known := records.Repo{DID: didOf(1), Active: true, State: records.Synchronized, Rev: "3jzfcijpj2z2a"}
	if err := store.Change(t.Context(), &records.Change{Repo: known}); err != nil {
		t.Fatal(err)
	}
	forgotten := make(chan error, 1)
	store.by = func() {
		go func() {
			err := s.Forget(t.Context(), didOf(1))
			if err == nil {
				err = s.Track(t.Context(), didOf(1))
			}
			forgotten <- err
		}()
		time.Sleep(50 * time.Millisecond) // if it does not wait, it is done
	}
	err = s.Resync(t.Context(), didOf(1))
	if late := <-forgotten; err != nil || late != nil {
		t.Fatal(err, late)
	}
	r, err := store.Repo(t.Context(), didOf(1))
	if err != nil || r.Rev != "" {
		t.Errorf("%+v, %v", r, err)
	}
}

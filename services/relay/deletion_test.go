package relay_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// forgetful is a store of a log that fails to erase something a few times.
type forgetful struct {
	sync.MemoryLog

	fails atomic.Int64
}

var errErase = errors.New("nothing can be erased now")

func (f *forgetful) Erase(ctx context.Context, did syntax.DID, upTo int64) error {
	if f.fails.Add(-1) >= 0 {
		return errErase
	}
	return f.MemoryLog.Erase(ctx, did, upTo)
}

// TestADeletionErasesOnce_SN23 has a host say again and again that an account is deleted.
// What is erased empties what subscribers share, which a host is not to bring about with
// every event.
func TestADeletionErasesOnce_SN23(t *testing.T) {
	t.Parallel()
	w := inMemory(t, nil)
	h := w.follow(home)
	alice := h.account(t, "alice")
	alice.sendsPost()
	w.passes("commit alice key0000")
	for range 3 {
		h.sends(t, alice.says("deleted"))
	}
	const deleted = "account alice inactive deleted"
	w.passes(deleted, deleted, deleted)
	w.status(alice, "inactive deleted")
	w.nothing(h)
	if n := w.log.State().Erased; n != 1 {
		t.Errorf("something was erased %d times", n)
	}
	for _, m := range w.logged() {
		if said(m) == "commit alice key0000" {
			t.Error("the commit is still there")
		}
	}
}

// TestADeletionIsErasedIfNotAtOnce_SN23 has a store that does not erase the events of an
// account the first time: the deletion comes again, until it does.
func TestADeletionIsErasedIfNotAtOnce_SN23(t *testing.T) {
	t.Parallel()
	events := &forgetful{}
	events.fails.Store(2)
	w := inMemory(t, nil)
	w.end()
	w.events = events
	w.start()
	h := w.follow(home)
	alice := h.account(t, "alice")
	alice.sendsPost()
	w.passes("commit alice key0000")
	h.sends(t, alice.says("deleted"))
	w.status(alice, "inactive deleted")
	for _, m := range w.logged() {
		if said(m) == "commit alice key0000" {
			t.Error("the commit is still there")
		}
	}
}

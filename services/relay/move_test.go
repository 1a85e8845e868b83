package relay_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/relay"
)

// A late directory says where an account is, when it is asked to be late, only after its gate
// is open: where it was when it was asked.
type late struct {
	sync.Directory

	next    atomic.Bool // the next answer is late
	waiting chan struct{}
	gate    chan struct{}
}

func (l *late) LookupUnnamed(ctx context.Context, did syntax.DID, fresh bool) (*identity.Identity, error) {
	id, err := l.Directory.LookupUnnamed(ctx, did, fresh)
	if l.next.CompareAndSwap(true, false) {
		close(l.waiting)
		<-l.gate
	}
	return id, err
}

// TestACommitOfTheOldServerComesLate_SN21_SN35 has an account move while a commit of its old
// server is being verified. The new server's commit passes meanwhile. The older one does not
// come behind it, and what is known of the account is what the newer one says.
func TestACommitOfTheOldServerComesLate_SN21_SN35(t *testing.T) {
	t.Parallel()
	l := &late{waiting: make(chan struct{}), gate: make(chan struct{})}
	w := inMemory(t, func(o *relay.Options) {
		l.Directory = o.Directory
		o.Directory = l
	})
	h, other := w.follow(home), w.follow(away)
	alice := h.account(t, "alice")
	alice.sendsPost()
	w.passes("commit alice key0000")
	l.next.Store(true)
	alice.sendsPost()
	<-l.waiting
	alice.host = other
	alice.lives("https://" + away)
	alice.sendsPost()
	w.passes("sync alice") // it does not follow on the first one
	close(l.gate)
	w.rejects("old-rev")
	w.passes(said(alice.sendsPost()))
	if from, to := w.relay.Host(home).Accounts, w.relay.Host(away).Accounts; from != 0 || to != 1 {
		t.Errorf("%d accounts are at the old server, and %d at the new one", from, to)
	}
}

// TestBothServersTellOfAMove_SN21_SN53 has the new server of an account say that its identity has
// changed before that can be seen, and when it can, and the old one when it is gone. All of it
// passes, and more of what the new one says then.
func TestBothServersTellOfAMove_SN21_SN53(t *testing.T) {
	t.Parallel()
	w := inMemory(t, nil)
	h, other := w.follow(home), w.follow(away)
	alice := h.account(t, "alice")
	alice.sendsPost()
	w.passes("commit alice key0000")
	says := func(h *pds, times int) {
		t.Helper()
		for range times {
			h.sends(t, alice.named(""))
			w.passes("identity alice")
		}
	}
	says(other, 1)
	alice.host = other
	alice.lives("https://" + away)
	says(h, 1)
	says(other, 5)
}

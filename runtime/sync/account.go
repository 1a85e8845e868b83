package sync

import (
	"context"
	"errors"
	stdsync "sync"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// An Account is what is known of an account from the events that were processed.
type Account struct {
	DID syntax.DID
	// Rev and Data are those of the last commit; "" and undefined before the first.
	Rev  syntax.TID
	Data cid.CID
	// Active says whether the account's content may be shown, and Status why not, or
	// what else there is to know: takendown, suspended, deleted, deactivated,
	// desynchronized, throttled, or one that is not known (SN-70).
	Active bool
	Status string
	// Desynchronized says that events are missing, so that the next ones do not
	// follow on Rev and Data, until a #sync comes or the repository has been fetched
	// anew (SN-36).
	Desynchronized bool
}

// Accounts keep what is known. Implementations are safe for concurrent use.
type Accounts interface {
	// Account returns what is known of an account, nil if nothing is.
	Account(ctx context.Context, did syntax.DID) (*Account, error)
	// SetAccount replaces what is known.
	SetAccount(ctx context.Context, a *Account) error
}

// ErrAccounts says that what is known of an account cannot be read. This is nothing that the
// account or the network has done: an event is not held against either, and comes again
// after it has ended [Consumer.Run]. A [Directory] that reads what is known of accounts,
// too, wraps it.
var ErrAccounts = errors.New("what is known of accounts is not available")

// MemoryAccounts keep what is known until the process ends. The zero value is empty.
type MemoryAccounts struct {
	mu  stdsync.Mutex
	all map[syntax.DID]Account
}

// Account implements [Accounts].
func (m *MemoryAccounts) Account(_ context.Context, did syntax.DID) (*Account, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if a, ok := m.all[did]; ok {
		return &a, nil
	}
	return nil, nil //nolint:nilnil // nothing is known
}

// SetAccount implements [Accounts].
func (m *MemoryAccounts) SetAccount(_ context.Context, a *Account) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.all == nil {
		m.all = map[syntax.DID]Account{}
	}
	m.all[a.DID] = *a
	return nil
}

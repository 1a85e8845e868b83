package firehose

import (
	"context"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// maxAccounts is how many accounts are remembered. The next event of one that was
// forgotten counts as the first that is seen of it.
const maxAccounts = 200_000

// accounts are the accounts that were seen last. They implement [sync.Accounts].
type accounts struct {
	seen *lru.Cache[syntax.DID, sync.Account]
}

func newAccounts() *accounts {
	seen, _ := lru.New[syntax.DID, sync.Account](maxAccounts) // fails for a size below 1 alone
	return &accounts{seen}
}

// Account implements [sync.Accounts].
func (a *accounts) Account(_ context.Context, did syntax.DID) (*sync.Account, error) {
	if known, ok := a.seen.Get(did); ok {
		return &known, nil
	}
	return nil, nil //nolint:nilnil // nothing is known
}

// SetAccount implements [sync.Accounts].
func (a *accounts) SetAccount(_ context.Context, known *sync.Account) error {
	a.seen.Add(known.DID, *known)
	return nil
}

// beginning is where a run begins. It implements [sync.Cursors], and keeps nothing: the
// next run begins where its user says.
type beginning lex.Opt[int64]

// Cursor implements [sync.Cursors].
func (b beginning) Cursor(context.Context) (seq int64, ok bool, err error) {
	seq, ok = lex.Opt[int64](b).Get()
	return seq, ok, nil
}

// SetCursor implements [sync.Cursors].
func (beginning) SetCursor(context.Context, int64) error { return nil }

package relay

import (
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/services/relay/store"
)

// maxStatus is how long a status is that is believed, in bytes.
const maxStatus = 64

// combined is the status of an account here: what the operator says, then what its
// server says, then what this relay has of it (SN-53, SN-70).
func combined(a *store.Account) (active bool, status string) {
	switch {
	case a.Takedown:
		return false, sync.StatusTakendown
	case !a.Active:
		return false, a.Status
	case a.Throttled:
		return true, sync.StatusThrottled
	case a.Desynchronized:
		return true, sync.StatusDesynchronized
	}
	return true, a.Status
}

// statusOf is a status as an optional property.
func statusOf(status string) lex.Opt[string] {
	if status == "" {
		return lex.Opt[string]{}
	}
	return lex.String(status)
}

// accountEvent is the #account that says how an account is here.
func accountEvent(a *store.Account, at time.Time) *comatproto.SyncSubscribeReposAccount {
	active, status := combined(a)
	return sync.AccountEvent(a.DID, active, status, at)
}

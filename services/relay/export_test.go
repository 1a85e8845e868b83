package relay

import "github.com/lexgen/lexgen/runtime/syntax"

// AccountLocks are the locks of accounts.
type AccountLocks = accountLocks

// Lock is that of the locks.
var Lock = (*AccountLocks).lock

// Len is how many locks somebody holds or waits for.
func (l *accountLocks) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.locks)
}

// Contenders is how many hold the lock of an account, or wait for it.
func Contenders(r *Relay, did syntax.DID) int {
	r.locks.mu.Lock()
	defer r.locks.mu.Unlock()
	if one := r.locks.locks[did]; one != nil {
		return one.users
	}
	return 0
}

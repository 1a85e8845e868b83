package relay

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

package crashtest

import "time"

// patience is how long nothing may come of what is waited for.
const patience = 2 * time.Minute

// until waits for something that comes sooner or later.
func (n *network) until(what string, is func() bool) {
	n.t.Helper()
	if !n.comes(is) {
		n.t.Fatalf("it does not come that %s: nothing happens any more", what)
	}
}

// drain waits until all that is to be made is where it is to be. If something was lost,
// what is there is checked, which says what.
func (n *network) drain() {
	n.t.Helper()
	if !n.comes(n.drained) {
		n.stop()
		check(n.t, n)
		n.t.Fatalf("of %d commits %d were made, and nothing happens any more", n.goal, n.made())
	}
}

// comes waits until something is so, and gives up when nothing has happened for long.
func (n *network) comes(is func() bool) bool {
	n.t.Helper()
	const pause, each = 5 * time.Millisecond, 200
	last, since := -1, time.Now()
	for i := 0; !is(); i++ {
		if i%each == 0 {
			if now := n.progress(); now != last {
				last, since = now, time.Now()
			}
		}
		if time.Since(since) > patience {
			return false
		}
		time.Sleep(pause)
	}
	return true
}

// progress rises as long as anything goes on.
func (n *network) progress() int {
	n.t.Helper()
	sum := n.made()
	for _, db := range n.relayDBs {
		sum += n.latest(db.Events())
	}
	for _, s := range n.seen {
		sum += n.count(s)
	}
	return sum
}

// count is how many events a consumer has seen.
func (n *network) count(s *seen) (count int) {
	n.t.Helper()
	if err := s.db.Reader.QueryRowContext(n.t.Context(), "SELECT count FROM progress").Scan(&count); err != nil {
		n.t.Fatal(err)
	}
	return count
}

package crashtest

import (
	"testing"
	"time"
)

// TestARelayThatWasAwayCatchesUp has a relay that is down while its hosts make commits,
// and logs how fast it takes in what it has missed: with nothing else to do, that is the
// most that it can.
func TestARelayThatWasAwayCatchesUp_SN52_ES10(t *testing.T) {
	t.Parallel()
	each(t, catchUp)
}

func catchUp(t *testing.T, n *network) {
	t.Helper()
	commits, _ := size()
	n.start()
	n.makes(hostCount * n.accounts)
	n.until("all hosts are followed", n.followed)
	n.drain()
	n.relays[0].kill()
	before := n.goal
	n.makes(min(commits, 40_000))
	n.until("all commits are made", func() bool { return n.made() == n.goal })
	n.consumers[0].kill()
	n.consumers[1].kill()

	began := time.Now()
	n.restart(n.relays[0])
	n.until("the relay has caught up", func() bool { return n.latest(n.relayDBs[0].Events()) >= n.goal })
	took := time.Since(began)
	n.restart(n.consumers[0])
	n.restart(n.consumers[1])
	n.drain()
	n.stop()
	check(t, n)
	t.Logf("%d commits of %d hosts in %v, %.0f a second", n.goal-before, hostCount, took, float64(n.goal-before)/took.Seconds())
}

package crashtest

import "testing"

// TestARelayThatIsAskedToEndRepeatsNothing ends a relay with SIGTERM under load, some
// times: it stores all that it has processed, so that nothing comes once more.
func TestARelayThatIsAskedToEndRepeatsNothing_SN41(t *testing.T) {
	t.Parallel()
	each(t, endUnderLoad)
}

func endUnderLoad(t *testing.T, n *network) {
	t.Helper()
	commits, ends := size()
	n.start()
	n.makes(hostCount * n.accounts)
	n.until("all hosts are followed", n.followed)
	n.makes(commits)
	for i := range ends {
		before := n.latest(n.relayDBs[0].Events())
		n.until("the relay goes on", func() bool { return n.latest(n.relayDBs[0].Events()) > max(before, (i+1)*commits/(ends+2)) })
		n.relays[0].end()
		n.restart(n.relays[0])
	}
	n.drain()
	n.stop()
	if again := check(t, n); again > 0 {
		t.Errorf("%d events were emitted once more", again)
	}
}

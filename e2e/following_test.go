package e2e_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	firehose "github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// TestWeFollowThePDS has a Consumer and a Syncer follow the reference PDS, both of which
// stop in between and go on where they were. What their events add up to is what the PDS
// has. The firehose of the command line verifies the same.
func TestWeFollowThePDS_SN10_SN30_SN33_SN36_SN37_SN41_SN43(t *testing.T) {
	t.Parallel()
	pds := startPDS(t, ourDirectory(t))
	sum, view := &fold{repos: repositories{}, verdicts: map[string]int{}}, newView(t, pds)
	consumer := &firehose.Consumer{
		Client: pds.client(), Cursors: sum, Handle: sum.handle, Sleep: sleep, SaveEvery: 1,
		Verifier: &firehose.Verifier{Directory: pds.plc.identities(t), Accounts: &firehose.MemoryAccounts{}, Host: pds.url, Now: time.Now},
	}
	same := func(accounts ...*writer) {
		t.Helper()
		want := pds.repositories(accounts...)
		until(t, "what is followed is what the PDS has", func() bool { return sum.is(want) && view.is(want) })
	}

	alice := pds.writer("alice")
	did := []string{alice.created("before", "Before anybody follows", nil)}
	stopConsumer, stopSyncer := started(t, consumer.Run), started(t, view.run)
	bob, carol := pds.writer("bob"), pds.writer("carol")
	many := func(from, to int) {
		t.Helper()
		for i := from; i < to; i++ {
			key := syntax.RecordKey(fmt.Sprintf("key%d", i))
			did = append(did, alice.created(key, "One of many", nil), bob.illustrated(key))
			if i%2 == 0 {
				did = append(did, alice.updated(key, "Changed"), bob.deleted(key))
			}
		}
	}
	many(0, 6)
	carol.created("only", "Of carol", nil)
	same(alice, bob, carol)

	stopConsumer()
	stopSyncer()
	many(6, 12)
	carol.gone()
	alice.named("alicia.test")
	alice.deactivated()
	alice.activated()
	stopConsumer, stopSyncer = started(t, consumer.Run), started(t, view.run)
	many(12, 15)
	same(alice, bob)
	stopConsumer()
	stopSyncer()

	for verdict, times := range sum.verdicts {
		if verdict != "accepted" && verdict != "ignored unchanged" {
			t.Errorf("%d events are %s", times, verdict)
		}
	}
	names := map[syntax.DID]string{alice.did: "alice", bob.did: "bob"}
	if diff := cmp.Diff(byAccount(did), lexgenFollows(t, pds.url, pds.plc, len(did), names)); diff != "" {
		t.Errorf("lexgen firehose --verify (-PDS +ours):\n%s", diff)
	}
}

package relay_test

import (
	"fmt"
	stdsync "sync"
	"testing"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/services/internal/plctest"
	"github.com/lexgen/lexgen/services/relay"
	"github.com/lexgen/lexgen/services/relay/store"
)

// A crossing has an account move to another host while something of it is being stored.
type crossing struct {
	*world

	log        *slow
	home, away *pds
	alice      *account
}

func newCrossing(t *testing.T) *crossing {
	t.Helper()
	c := &crossing{log: &slow{LogStore: &sync.MemoryLog{}, waiting: make(chan struct{}), gate: make(chan struct{})}}
	c.world = &world{network: newNetwork(), t: t, store: &store.Memory{}, events: c.log}
	c.start()
	c.home, c.away = c.follow(home), c.follow(away)
	c.alice = c.home.account(t, "alice")
	c.passes(said(c.alice.sendsPost()))
	return c
}

// crosses sends an event from the first host, and one from the second while the first one is
// being stored. It returns when both were processed.
func (c *crossing) crosses(first, second lex.Object, passed string) {
	c.t.Helper()
	c.log.next.Store(true)
	c.home.sends(c.t, first)
	<-c.log.waiting
	c.alice.lives("https://" + away)
	c.away.sends(c.t, second)
	c.until("it waits for its turn", func() bool { return relay.Contenders(c.relay, c.alice.did) == 2 })
	close(c.log.gate)
	c.passes(passed)
}

// refused waits until the second host's event was, for a reason.
func (c *crossing) refused(reason sync.Reason) {
	c.t.Helper()
	c.until("it is refused", func() bool { return c.relay.Host(away).Rejected[reason] == 1 })
}

// TestACommitPassesOnce has two hosts send the same commit of an account, the second one while
// the first one's is being stored.
func TestACommitPassesOnce_SN35_SN41(t *testing.T) {
	t.Parallel()
	c := newCrossing(t)
	commit := c.alice.post()
	c.crosses(commit, edited(commit, func(*comatproto.SyncSubscribeReposCommit) {}), said(commit))
	c.refused(sync.ReasonOldRev)
	c.nothing(c.home)
}

// TestTheRevsOfForksRise has two hosts send commits that follow on the same one, the later one
// first. The earlier one does not come behind it.
func TestTheRevsOfForksRise_SN35_SN36(t *testing.T) {
	t.Parallel()
	c := newCrossing(t)
	early, late := c.forks(t)
	c.crosses(late, early, said(late))
	c.refused(sync.ReasonOldRev)
	c.nothing(c.home)
}

// TestAForkIsAGap has the same the other way round: the later one does not follow on the earlier
// one, and a #sync says what it proves.
func TestAForkIsAGap_SN36_SN40(t *testing.T) {
	t.Parallel()
	c := newCrossing(t)
	early, late := c.forks(t)
	c.crosses(early, late, said(early))
	c.refused(sync.ReasonSince)
	c.passes("sync alice")
	if v, err := c.relay.Account(t.Context(), c.alice.did); err != nil || v.Rev != late.Rev || v.Host != away {
		t.Errorf("%+v, %v", v, err)
	}
}

// forks returns two commits that follow on the first one.
func (c *crossing) forks(t *testing.T) (early, late *comatproto.SyncSubscribeReposCommit) {
	t.Helper()
	fork := c.away.account(t, "alice")
	fork.lives("https://" + home)
	c.clock.Add(-1e6) // as the first commit was made
	fork.post()
	data, err := lex.MarshalCBOR(map[string]any{"$type": string(posts), "text": "fork"})
	if err != nil {
		t.Fatal(err)
	}
	early = fork.commit(repo.CreateData(posts, "fork", data))
	late = c.alice.post()
	if early.Since != late.Since || early.Rev >= late.Rev {
		t.Fatalf("%s follows on %s, and %s on %s", early.Rev, early.Since.Or(""), late.Rev, late.Since.Or(""))
	}
	return early, late
}

// TestNoContentComesBehindADeletion has an account deleted at one host while a commit from
// another one was verified.
func TestNoContentComesBehindADeletion_SN23(t *testing.T) {
	t.Parallel()
	c := newCrossing(t)
	c.crosses(c.alice.says("deleted"), c.alice.post(), "account alice inactive deleted")
	c.refused(sync.ReasonInactive)
	c.nothing(c.home)
}

// TestWhoWasTakenDownBeforeItCame has an account taken down that nobody has seen. Nothing is
// passed on of it before the end of that, nor of the end.
func TestWhoWasTakenDownBeforeItCame_SN59(t *testing.T) {
	t.Parallel()
	w := inMemory(t, nil)
	h := w.follow(home)
	alice := h.account(t, "alice")
	for _, down := range []bool{true, true, false, false, true} {
		if err := w.relay.TakeDown(t.Context(), alice.did, down); err != nil {
			t.Fatal(err)
		}
		out, err := comatproto.SyncGetRepoStatus.Call(t.Context(), w.client, &comatproto.SyncGetRepoStatusParams{DID: alice.did})
		if (err == nil) != down || err == nil && (out.Active || out.Status.Or("") != "takendown") {
			t.Errorf("taken down %t: %+v, %v", down, out, err)
		}
	}
	alice.sendsPost()
	w.rejects("takendown")
	w.nothing(h)
	if err := w.relay.TakeDown(t.Context(), alice.did, false); err != nil {
		t.Fatal(err)
	}
	w.passes("account alice active")
}

// TestHostsOfADayAreCountedAtOnce has many ask for new hosts at the same moment.
func TestHostsOfADayAreCountedAtOnce_SN51(t *testing.T) {
	t.Parallel()
	const most = 5
	w := inMemory(t, func(o *relay.Options) { o.Limits.HostsPerDay = most })
	var wait stdsync.WaitGroup
	for i := range 3 * most {
		name := fmt.Sprintf("pds%d.example%d.com", i, i)
		w.add(name)
		wait.Go(func() { _ = w.relay.RequestCrawl(t.Context(), name, fmt.Sprintf("10.0.0.%d", i)) })
	}
	plctest.Await(t, "all were answered", wait.Wait)
	if got := len(w.relay.Hosts("", 100)); got != most {
		t.Errorf("%d hosts were added, want %d", got, most)
	}
}

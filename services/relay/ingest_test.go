package relay_test

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/relay"
)

const (
	home = "pds.example.com"
	away = "other.example.com"
)

// TestEventsArePassedOn_SN40_SN50_SN55_ES08 follows an account from its creation on. Each
// event is written afresh with a seq of the relay: properties that no schema knows are
// gone, blocks are the same bytes, and what the records say is nobody's business.
func TestEventsArePassedOn_SN40_SN50_SN55_ES08(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, w *world) {
		h := w.follow(home)
		h.last = 1000
		alice := h.account(t, "alice")
		h.sends(t, alice.named("alice.example.com"))
		h.sends(t, alice.says(""))
		first := alice.post()
		first.Extra = lex.Extra{"new": "x"}
		first.Ops[0].Extra = lex.Extra{"new": "y"}
		first.TooBig, first.Blobs = true, []lex.Link{first.Commit} //nolint:staticcheck // what is deprecated has its usual value behind the relay
		h.sends(t, first)
		second := alice.sendsPost()
		w.passes("identity alice alice.example.com", "account alice active")
		got, ok := w.next().(*comatproto.SyncSubscribeReposCommit)
		if !ok || got.Seq != 3 || len(got.Extra) != 0 || len(got.Ops[0].Extra) != 0 || !bytes.Equal(got.Blocks, first.Blocks) ||
			got.TooBig || len(got.Blobs) != 0 { //nolint:staticcheck // see above
			t.Errorf("%+v", got)
		}
		got, ok = w.next().(*comatproto.SyncSubscribeReposCommit)
		want := *second
		want.Seq = 4
		if diff := cmp.Diff(&want, got); !ok || diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		w.nothing(h)
	})
}

// TestBadEventsAreRefused_SN31_SN33_SN34_SN35_SN37_SN38_SN52 has something bad before each good
// commit. It is refused with a reason that the operator sees, and the good one passes.
func TestBadEventsAreRefused_SN31_SN33_SN34_SN35_SN37_SN38_SN52(t *testing.T) {
	t.Parallel()
	w := inMemory(t, nil)
	h, other := w.follow(home), w.follow(away)
	alice, mallory := h.account(t, "alice"), h.account(t, "mallory")
	alice.sendsPost()
	w.passes("commit alice key0000")
	forged, key := mallory.post(), alice.key
	edit := func(change func(e *comatproto.SyncSubscribeReposCommit)) func(*comatproto.SyncSubscribeReposCommit) {
		return func(good *comatproto.SyncSubscribeReposCommit) { h.sends(t, edited(good, change)) }
	}
	for _, c := range []struct {
		name, reason string
		send         func(good *comatproto.SyncSubscribeReposCommit)
	}{
		{"the key of another", "signature", func(good *comatproto.SyncSubscribeReposCommit) {
			alice.key = mallory.key
			alice.lives("https://" + home)
			h.sends(t, good)
		}},
		{"wrong prevData", "operations", edit(func(e *comatproto.SyncSubscribeReposCommit) { e.PrevData = lex.Some(e.Commit) })},
		{"an operation is left out", "operations", edit(func(e *comatproto.SyncSubscribeReposCommit) { e.Ops = e.Ops[:0] })},
		{"an operation is invented", "operations", edit(func(e *comatproto.SyncSubscribeReposCommit) {
			op := *e.Ops[0]
			op.Path += "x"
			e.Ops = append(e.Ops, &op)
		})},
		{"another rev in the event", "mismatch", edit(func(e *comatproto.SyncSubscribeReposCommit) { e.Rev, _ = syntax.TIDOf(e.Rev.Time().UnixMicro()+1, 0) })},
		{"a rev of the future", "future-rev", edit(func(e *comatproto.SyncSubscribeReposCommit) {
			e.Rev, _ = syntax.TIDOf(e.Rev.Time().Add(time.Hour).UnixMicro(), 0)
		})},
		{"the commit of another account", "mismatch", func(good *comatproto.SyncSubscribeReposCommit) {
			h.sends(t, edited(forged, func(e *comatproto.SyncSubscribeReposCommit) { e.Repo, e.Rev = alice.did, good.Rev }))
		}},
		{"no CAR", "malformed", edit(func(e *comatproto.SyncSubscribeReposCommit) { e.Blocks = []byte("no CAR") })},
		{"blocks are missing", "malformed", edit(func(e *comatproto.SyncSubscribeReposCommit) { e.Blocks = alice.synced(e).Blocks })},
		{"too many blocks", "malformed", edit(func(e *comatproto.SyncSubscribeReposCommit) { e.Blocks = make([]byte, 2_000_001) })},
		{"no frame", "frame", func(*comatproto.SyncSubscribeReposCommit) { h.raw(h.seq(), []byte("\xff")) }},
		{"too large a frame", "oversize", func(*comatproto.SyncSubscribeReposCommit) { h.raw(h.seq(), make([]byte, 5_000_001)) }},
		{"a seq that falls", "seq", func(*comatproto.SyncSubscribeReposCommit) { h.raw(h.seq(), h.frames[0].data) }},
		{"a replay", "old-rev", func(*comatproto.SyncSubscribeReposCommit) { h.sends(t, alice.before) }},
		{"a message of an unknown type", "", func(*comatproto.SyncSubscribeReposCommit) {
			h.sends(t, &lex.UnknownObject{Type: string(comatproto.SyncSubscribeRepos.NSID) + "#new"})
		}},
		{"another host", "", func(good *comatproto.SyncSubscribeReposCommit) {
			other.sends(t, good)
			w.until("the other host is refused", func() bool { return w.rejected(away) == "foreign-host" })
		}},
	} {
		before, count := alice.before, len(w.relay.Host(home).Rejections)
		good := alice.post()
		alice.before = before
		c.send(good)
		if c.reason != "" {
			w.until(c.name+" is refused", func() bool { return len(w.relay.Host(home).Rejections) > count })
			if got := w.relay.Host(home).Rejections[0]; string(got.Reason) != c.reason || got.Detail == "" {
				t.Errorf("%s: %+v", c.name, got)
			}
		}
		alice.key = key
		alice.lives("https://" + home)
		h.sends(t, good)
		w.passes(said(good))
		alice.before = good
	}
	if got := w.relay.Host(home).Rejected["operations"]; got != 3 {
		t.Errorf("%d are counted", got)
	}
}

// TestWhatDoesNotFollowBecomesASync_SN36_SN39_SN40_SN42 leaves out commits. The next one is
// announced as a #sync, behind which commits follow again. After some of them the
// account is desynchronized, until its server sends a #sync, or an hour has passed.
func TestWhatDoesNotFollowBecomesASync_SN36_SN39_SN40_SN42(t *testing.T) {
	t.Parallel()
	each(t, func(o *relay.Options) { o.Limits.SyncsPerHour = 2 }, func(t *testing.T, w *world) {
		h := w.follow(home)
		alice := h.account(t, "alice")
		alice.sendsPost()
		w.passes("commit alice key0000")
		for range 2 {
			alice.post()
			missing := alice.sendsPost()
			got, ok := w.next().(*comatproto.SyncSubscribeReposSync)
			if want := alice.synced(missing); !ok || !bytes.Equal(got.Blocks, want.Blocks) || got.Rev != want.Rev {
				t.Errorf("%+v", got)
			}
			w.passes(said(alice.sendsPost()))
		}
		alice.post()
		alice.sendsPost()
		alice.sendsPost()
		w.nothing(h)
		w.rejects("since", "since", "since", "desynchronized")
		w.status(alice, "active desynchronized")
		h.sends(t, alice.synced(alice.post()))
		next := alice.sendsPost()
		w.passes("sync alice", said(next))
		w.status(alice, "active")

		w.clock.Add(time.Hour)
		alice.post()
		alice.sendsPost()
		w.passes("sync alice")
		h.sends(t, alice.synced(alice.before)) // it is known
		w.nothing(h)
	})
}

// TestIdentityEventsPass_SN53 has handles that are right and wrong, from the account's
// server and another one, and of an account that does not exist.
func TestIdentityEventsPass_SN53(t *testing.T) {
	t.Parallel()
	w := inMemory(t, nil)
	h, other := w.follow(home), w.follow(away)
	alice := h.account(t, "alice")
	h.sends(t, alice.named("Alice.example.com"))
	w.passes("identity alice alice.example.com")
	h.sends(t, alice.named("bob.example.com"))
	w.passes("identity alice")
	h.sends(t, alice.named(""))
	w.passes("identity alice")
	other.sends(t, alice.named("alice.example.com"))
	w.passes("identity alice alice.example.com")
	nobody := h.account(t, "nobody")
	w.forget(nobody)
	other.sends(t, nobody.named("nobody.example.com"))
	w.nothing(h)
	w.until("it is refused", func() bool { return w.rejected(away) == "no-identity" })

	alice.sendsPost()
	w.passes("commit alice key0000")
	w.forget(alice) // as when its DID was tombstoned
	h.sends(t, alice.named("alice.example.com"))
	w.passes("identity alice")
}

// TestAccountEventsPass_SN09_SN32_SN53_SN54a_SN70 follows an account over its statuses. Commits of
// one that is not active are dropped, unless its server says that it is by now.
func TestAccountEventsPass_SN09_SN32_SN53_SN54a_SN70(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, w *world) {
		h, other := w.follow(home), w.follow(away)
		alice := h.account(t, "alice")
		alice.sendsPost()
		w.passes("commit alice key0000")
		other.sends(t, alice.says("takendown"))
		w.until("another host says nothing of it", func() bool { return w.rejected(away) == "foreign-host" })
		w.status(alice, "active")

		h.setStatus(alice, "deactivated")
		h.sends(t, alice.says("deactivated"))
		w.passes("account alice inactive deactivated")
		alice.sendsPost()
		w.until("it is dropped", func() bool { return w.rejected(home) == "inactive" })
		w.status(alice, "inactive deactivated")

		h.setStatus(alice, "") // and its server does not say so
		alice.sendsPost()
		w.passes("account alice active", "sync alice")
		w.passes(said(alice.sendsPost()))

		h.sends(t, alice.says("deleted"))
		w.passes("account alice inactive deleted")
		w.until("nothing else is kept", func() bool {
			entries, err := w.events.Read(t.Context(), 0, 100, math.MaxInt)
			return err == nil && len(entries) == 1
		})
	})
}

// TestTheStatusOfAnotherAccountIsNoAnswer_SN54a has an account that is not active, and a
// server that says of another one that it is.
func TestTheStatusOfAnotherAccountIsNoAnswer_SN54a(t *testing.T) {
	t.Parallel()
	w := inMemory(t, nil)
	h := w.follow(home)
	alice, bob := h.account(t, "alice"), h.account(t, "bob")
	h.setStatus(alice, "deactivated")
	h.sends(t, alice.says("deactivated"))
	w.passes("account alice inactive deactivated")
	h.set(func() { h.other = bob.did })
	alice.sendsPost()
	w.until("it is dropped", func() bool { return w.rejected(home) == "inactive" })
	w.status(alice, "inactive deactivated")
	h.set(func() { h.other = alice.did })
	alice.sendsPost()
	w.passes("account alice active")
}

// TestAServerThatIsDownChangesNoStatus_SN72 has an account that is not active, and a server
// that does not answer whether it is.
func TestAServerThatIsDownChangesNoStatus_SN72(t *testing.T) {
	t.Parallel()
	w := inMemory(t, nil)
	h := w.follow(home)
	alice, bob := h.account(t, "alice"), h.account(t, "bob")
	h.sends(t, alice.says("suspended"))
	w.passes("account alice inactive suspended")
	bob.sendsPost()
	w.passes("commit bob key0000")
	h.forgetStatus(alice)
	alice.sendsPost()
	w.until("the commit is dropped", func() bool { return w.rejected(home) == "inactive" })
	h.set(func() { h.down = true })
	w.until("the host is offline", func() bool { return w.relay.Host(home).Status == "offline" })
	w.status(alice, "inactive suspended")
	w.status(bob, "active")
	h.set(func() { h.down = false })
	w.crawl(home)
	w.passes(said(bob.sendsPost()))
}

// TestADirectoryThatIsDownLosesNoDeletion has an account deleted while nobody says where it
// is for a minute. Nothing else would tell of it later.
func TestADirectoryThatIsDownLosesNoDeletion_SN23_SN54a(t *testing.T) {
	t.Parallel()
	w := inMemory(t, nil)
	h := w.follow(home)
	alice := h.account(t, "alice")
	alice.sendsPost()
	w.passes("commit alice key0000")
	w.mu.Lock()
	w.fails = 6
	w.mu.Unlock()
	h.sends(t, alice.says("deleted"))
	w.passes("account alice inactive deleted")
	w.rejects()
}

// TestTakedowns_SN59 takes an account down and restores it. What its server says meanwhile
// is kept, and what it sends is not passed on.
func TestTakedowns_SN59(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, w *world) {
		h := w.follow(home)
		alice := h.account(t, "alice")
		alice.sendsPost()
		w.passes("commit alice key0000")
		takeDown := func(down bool) {
			t.Helper()
			if err := w.relay.TakeDown(t.Context(), alice.did, down); err != nil {
				t.Fatal(err)
			}
		}
		takeDown(true)
		takeDown(true)
		w.passes("account alice inactive takendown")
		alice.sendsPost()
		h.sends(t, alice.synced(alice.post()))
		h.sends(t, alice.says("deactivated"))
		w.passes("account alice inactive takendown")
		w.rejects("takendown", "takendown")
		w.status(alice, "inactive takendown")
		takeDown(false)
		w.passes("account alice inactive deactivated")
		h.sends(t, alice.says(""))
		w.passes("account alice active")
		alice.sendsPost()
		w.passes("sync alice")
		w.passes(said(alice.sendsPost()))
	})
}

// TestAccountsBeyondTheLimitAreThrottled_SN54 has more accounts than a host may have, and
// raises the limit.
func TestAccountsBeyondTheLimitAreThrottled_SN54(t *testing.T) {
	t.Parallel()
	each(t, func(o *relay.Options) { o.Limits.AccountsPerHost = 2 }, func(t *testing.T, w *world) {
		h := w.follow(home)
		var all []*account
		for _, name := range []string{"alice", "bob", "carol", "dan"} {
			a := h.account(t, name)
			all = append(all, a)
			a.sendsPost()
			w.clock.Add(time.Second)
			if len(all) <= 2 {
				w.passes("commit " + name + " key0000")
			}
			w.until(name+" is known", func() bool { v, err := w.relay.Account(t.Context(), a.did); return err == nil && v.Known })
		}
		w.status(all[2], "active throttled")
		w.rejects("throttled", "throttled")
		if v := w.relay.Host(home); v.Accounts != 4 {
			t.Errorf("%+v", v)
		}
		limit := int64(3)
		if err := w.relay.ChangeHost(t.Context(), home, relay.HostChange{AccountLimit: &limit}); err != nil {
			t.Fatal(err)
		}
		all[2].sendsPost()
		w.passes("commit carol key0001")
		all[3].sendsPost()
		w.until("it is dropped", func() bool { return w.relay.Host(home).Rejected["throttled"] == 3 })
		trusted := true
		if err := w.relay.ChangeHost(t.Context(), home, relay.HostChange{Trusted: &trusted}); err != nil {
			t.Fatal(err)
		}
		w.passes(said(all[3].sendsPost()))
		h.account(t, "eve").sendsPost()
		w.passes("commit eve key0000")
	})
}

// TestAccountsFarBeyondTheLimitAreNotNoted_SN54 has many more accounts than a host may have.
func TestAccountsFarBeyondTheLimitAreNotNoted_SN54(t *testing.T) {
	t.Parallel()
	w := inMemory(t, func(o *relay.Options) { o.Limits.AccountsPerHost = 1 })
	h := w.follow(home)
	const count = 14
	known := 0
	for i := range count {
		a := h.account(t, fmt.Sprint("a", i))
		a.sendsPost()
		h.sends(t, a.says(""))
		w.until("they were handled", func() bool {
			v := w.relay.Host(home)
			return v.Events["account"] == int64(i+1) && v.Rejected["throttled"] >= int64(i)
		})
	}
	w.until("all were handled", func() bool { return w.relay.Host(home).Rejected["throttled"] == 9+2*4 })
	for i := range count {
		if v, err := w.relay.Account(t.Context(), syntax.DID(fmt.Sprintf("did:web:a%d.example.com", i))); err == nil && v.Known {
			known++
		}
	}
	if known != 10 {
		t.Errorf("%d are noted", known)
	}
}

// TestAnAccountMoves_SN21_SN53 has an account move to another host, which speaks for it
// from then on.
func TestAnAccountMoves_SN21_SN53(t *testing.T) {
	t.Parallel()
	w := inMemory(t, nil)
	h, other := w.follow(home), w.follow(away)
	alice := h.account(t, "alice")
	alice.sendsPost()
	w.passes("commit alice key0000")
	alice.host = other
	alice.lives("https://" + away)
	other.sends(t, alice.named(""))
	other.sends(t, alice.says(""))
	w.passes("identity alice", "account alice active")
	h.sends(t, alice.says("deactivated"))
	w.until("the old one is refused", func() bool { return w.rejected(home) == "foreign-host" })
	w.passes(said(alice.sendsPost()))
	if from, to := w.relay.Host(home).Accounts, w.relay.Host(away).Accounts; from != 0 || to != 1 {
		t.Errorf("%d accounts are left, and %d there", from, to)
	}
}

// TestLookUpsAreLimited_SN42 has a host tell of more accounts than may be looked up, and
// then have more accounts.
func TestLookUpsAreLimited_SN42(t *testing.T) {
	t.Parallel()
	w := inMemory(t, func(o *relay.Options) { o.Limits.LookUpsPerMinute = 5 })
	h, other := w.follow(home), w.follow(away)
	nobodies := func(from, to int) (asked int) {
		t.Helper()
		for i := range to - from {
			nobody := h.account(t, fmt.Sprint("nobody", from+i))
			w.forget(nobody)
			h.sends(t, nobody.named(""))
		}
		w.until("all are refused", func() bool { return w.relay.Host(home).Rejected["no-identity"] == int64(to) })
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.asked
	}
	first := nobodies(0, 30)
	if first > 5 {
		t.Errorf("%d were looked up", first)
	}
	w.changes(home, relay.HostChange{AccountLimit: new(int64(300))})
	if more := nobodies(30, 60) - first; more < 10 || more > 15 {
		t.Errorf("%d more were looked up", more)
	}
	bob := other.account(t, "bob")
	other.sends(t, bob.named("")) // another host has a limit of its own
	w.passes("identity bob")
}

// TestEventsBeyondTheQuotaAreReadLater_SN51 has a host send more events than it may.
func TestEventsBeyondTheQuotaAreReadLater_SN51(t *testing.T) {
	t.Parallel()
	w := inMemory(t, func(o *relay.Options) { o.Limits.EventsPerHour = 3 })
	h, other := w.follow(home), w.follow(away)
	alice := h.account(t, "alice")
	for range 5 {
		h.sends(t, alice.named(""))
	}
	w.passes("identity alice", "identity alice", "identity alice")
	w.until("the host waits", func() bool { return w.relay.Host(home).Status == "throttled" })
	w.nothing(other)
	read := func() int64 { return w.relay.Host(home).Events["identity"] }
	before := read()
	if err := w.relay.ChangeHost(t.Context(), home, relay.HostChange{Restart: true}); err != nil {
		t.Fatal(err)
	}
	w.until("it is followed anew", func() bool { return read() > before })
	w.nothing(other)
	w.clock.Add(20 * time.Minute)
	w.passes("identity alice")
	w.clock.Add(20 * time.Minute)
	w.passes("identity alice")
}

// TestALargeEventCountsAsMany_SN51 has a host send events of 45 kB, which count as three each,
// when it may send seven.
func TestALargeEventCountsAsMany_SN51(t *testing.T) {
	t.Parallel()
	w := inMemory(t, func(o *relay.Options) { o.Limits.EventsPerHour = 7 })
	h, other := w.follow(home), w.follow(away)
	alice := h.account(t, "alice")
	record, err := lex.MarshalCBOR(map[string]any{"$type": "com.example.long", "text": strings.Repeat("a", 45_000)})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []syntax.RecordKey{"a", "b", "c"} {
		h.sends(t, alice.commit(repo.CreateData("com.example.long", key, record)))
	}
	w.passes("commit alice a", "commit alice b")
	w.until("the host waits", func() bool { return w.relay.Host(home).Status == "throttled" })
	w.nothing(other)
	w.clock.Add(time.Hour)
	w.passes("commit alice c")
}

package relay_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/services/relay"
)

// TestOtherHostsBringNoAccountOutOfStep_SN31_SN42 has a host send so many events of an account
// at another one that they cannot all be verified. They change nothing of the account.
func TestOtherHostsBringNoAccountOutOfStep_SN31_SN42(t *testing.T) {
	t.Parallel()
	w := inMemory(t, func(o *relay.Options) { o.Limits.LookUpsPerMinute = 5 })
	h, other := w.follow(home), w.follow(away)
	alice := h.account(t, "alice")
	copied := alice.sendsPost()
	w.passes("commit alice key0000")
	const events = 30
	for i := range events {
		if i%2 == 0 {
			other.sends(t, alice.says("deactivated"))
		} else {
			other.sends(t, copied)
		}
	}
	w.until("all are refused", func() bool {
		n := int64(0)
		for _, count := range w.relay.Host(away).Rejected {
			n += count
		}
		return n == events
	})
	if w.relay.Host(away).Rejected["unavailable"] == 0 {
		t.Errorf("all were verified: %v", w.relay.Host(away).Rejected)
	}
	w.status(alice, "active")
	w.passes(said(alice.sendsPost()))
	w.nothing(h)
}

// TestCommitsOfAnAccountThatIsTakenDownAreCountedOnce_SN59 sends more commits than may be
// announced as a #sync. None is also counted as one that does not follow, and behind the
// takedown the account is in step with its next commit.
func TestCommitsOfAnAccountThatIsTakenDownAreCountedOnce_SN59(t *testing.T) {
	t.Parallel()
	each(t, func(o *relay.Options) { o.Limits.SyncsPerHour = 1 }, func(t *testing.T, w *world) {
		h := w.follow(home)
		alice := h.account(t, "alice")
		alice.sendsPost()
		w.passes("commit alice key0000")
		if err := w.relay.TakeDown(t.Context(), alice.did, true); err != nil {
			t.Fatal(err)
		}
		w.passes("account alice inactive takendown")
		for range 4 {
			alice.sendsPost()
		}
		w.rejects("takendown", "takendown", "takendown", "takendown")
		if err := w.relay.TakeDown(t.Context(), alice.did, false); err != nil {
			t.Fatal(err)
		}
		w.passes("account alice active")
		alice.sendsPost()
		w.passes("sync alice")
		w.passes(said(alice.sendsPost()))
		w.status(alice, "active")
	})
}

// TestWhatIsNoEventCountsForTheQuota_SN51 has a host send frames that cannot be read, that
// are passed over (ES-04), or are no events, more than it may send events. What is behind
// them is read later.
func TestWhatIsNoEventCountsForTheQuota_SN51(t *testing.T) {
	t.Parallel()
	says, err := xrpc.AppendFrame(nil, comatproto.SyncSubscribeRepos.NSID, &comatproto.SyncSubscribeReposInfo{Name: "OutdatedCursor"})
	if err != nil {
		t.Fatal(err)
	}
	unknown, err := xrpc.AppendFrame(nil, comatproto.SyncSubscribeRepos.NSID, &lex.UnknownObject{Type: "com.atproto.sync.subscribeRepos#new"})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"no frame": {0xff}, "no event": says, "another type": unknown, "another operation": []byte("\xa1\x62op\x02\xa0"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := inMemory(t, func(o *relay.Options) { o.Limits.EventsPerHour = 3 })
			h, other := w.follow(home), w.follow(away)
			for range 4 {
				h.raw(h.seq(), data)
			}
			alice := h.account(t, "alice")
			h.sends(t, alice.named(""))
			w.until("the host waits", func() bool { return w.relay.Host(home).Status == "throttled" })
			w.nothing(other)
			w.clock.Add(time.Hour)
			w.passes("identity alice")
		})
	}
}

// TestWhatAHostSaysIsLoggedOnce_ES09 has a host say again and again that the cursor is old.
func TestWhatAHostSaysIsLoggedOnce_ES09(t *testing.T) {
	t.Parallel()
	var logged lockedBuffer
	w := inMemory(t, func(o *relay.Options) { o.Logger = slog.New(slog.NewTextHandler(&logged, nil)) })
	h := w.follow(home)
	says, err := xrpc.AppendFrame(nil, comatproto.SyncSubscribeRepos.NSID, &comatproto.SyncSubscribeReposInfo{Name: "OutdatedCursor"})
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		h.raw(h.seq(), says)
	}
	w.nothing(h)
	if n := strings.Count(logged.String(), "OutdatedCursor"); n != 1 {
		t.Errorf("it was logged %d times", n)
	}
}

// A lockedBuffer is a buffer for many.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// TestOtherHostsDeleteNoAccount_SN53_SN73 has a host say that an account is deleted, at a time
// when its DID leads nowhere. Only the server that the account was at is believed.
func TestOtherHostsDeleteNoAccount_SN53_SN73(t *testing.T) {
	t.Parallel()
	w := inMemory(t, nil)
	h, other := w.follow(home), w.follow(away)
	alice := h.account(t, "alice")
	alice.sendsPost()
	w.passes("commit alice key0000")
	w.forget(alice)
	other.sends(t, alice.says("deleted"))
	w.until("it is refused", func() bool { return w.rejected(away) == "no-identity" })
	w.status(alice, "active")
	h.sends(t, alice.says("deleted"))
	w.passes("account alice inactive deleted")
}

// TestOtherHostsTellOfAnIdentityAFewTimes_SN42_SN53 has a host send #identity of an account at
// another one again and again. A few are passed on, and then one in five minutes; for the others
// nobody is asked, and nothing is forgotten. Those of the account's own server all pass.
func TestOtherHostsTellOfAnIdentityAFewTimes_SN42_SN53(t *testing.T) {
	t.Parallel()
	const events, pass = 30, 3
	w := inMemory(t, nil)
	h, other := w.follow(home), w.follow(away)
	alice := h.account(t, "alice")
	alice.sendsPost()
	w.passes("commit alice key0000")
	counts := func() (asked, purged int) {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.asked, w.purged
	}
	limited := func(want int64) {
		t.Helper()
		w.until(fmt.Sprintf("%d are refused", want), func() bool { return w.relay.Host(away).Rejected["rate-limited"] == want })
	}
	askedBefore, purgedBefore := counts()
	for range events {
		other.sends(t, alice.named(""))
	}
	w.passes("identity alice", "identity alice", "identity alice")
	limited(events - pass)
	if asked, purged := counts(); asked-askedBefore != pass || purged-purgedBefore != pass {
		t.Errorf("asked %d times, and forgotten %d times", asked-askedBefore, purged-purgedBefore)
	}
	for range 2 * pass {
		h.sends(t, alice.named(""))
		w.passes("identity alice")
	}
	w.clock.Add(5 * time.Minute)
	other.sends(t, alice.named(""))
	other.sends(t, alice.named(""))
	w.passes("identity alice")
	limited(events - pass + 1)
	bob := h.account(t, "bob")
	other.sends(t, bob.named("")) // another account has a limit of its own
	w.passes("identity bob")
	w.nothing(h)
}

// TestIdentitiesBeyondTheLookUpsAreNotTold_SN42_SN53 has a host tell of more accounts of another
// one than it may have looked up. What is not looked up is not passed on.
func TestIdentitiesBeyondTheLookUpsAreNotTold_SN42_SN53(t *testing.T) {
	t.Parallel()
	const count, most = 6, 2
	w := inMemory(t, func(o *relay.Options) { o.Limits.LookUpsPerMinute = most })
	h, other := w.follow(home), w.follow(away)
	if err := w.relay.ChangeHost(t.Context(), home, relay.HostChange{Trusted: new(true)}); err != nil {
		t.Fatal(err)
	}
	accounts := make([]*account, count)
	for i := range accounts {
		accounts[i] = h.account(t, fmt.Sprint("alice", i))
		w.passes(said(accounts[i].sendsPost()))
	}
	for i, a := range accounts {
		other.sends(t, a.named(""))
		if i < most {
			w.passes(fmt.Sprint("identity alice", i))
		}
	}
	w.until("the others are refused", func() bool { return w.relay.Host(away).Rejected["rate-limited"] == count-most })
	w.nothing(h)
}

// TestThePortThatItHasAnyway_SN31_ID04 has an account whose document names its server with the port of
// https. It is the same server.
func TestThePortThatItHasAnyway_SN31_ID04(t *testing.T) {
	t.Parallel()
	w := inMemory(t, nil)
	alice := w.follow(home).account(t, "alice")
	document := fmt.Sprintf(`{"id":%q,"service":[{"id":"#atproto_pds","type":"AtprotoPersonalDataServer","serviceEndpoint":"https://%s:443"}]}`, alice.did, home)
	id, err := identity.ParseDocument(alice.did, []byte(document))
	if err != nil {
		t.Fatal(err)
	}
	alice.lives(id.PDS)
	alice.sendsPost()
	w.passes("commit alice key0000")
}

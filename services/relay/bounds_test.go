package relay_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/relay"
)

// TestAStatusIsBounded_SN70 has a server give an account a status of its own, which is passed
// on up to a length.
func TestAStatusIsBounded_SN70(t *testing.T) {
	t.Parallel()
	w := inMemory(t, nil)
	h := w.follow(home)
	alice := h.account(t, "alice")
	long := strings.Repeat("x", 64)
	h.sends(t, alice.says(long+"y"))
	h.sends(t, alice.says(long))
	w.passes("account alice inactive " + long)
	w.rejects("malformed")
}

// TestADeletedAccountLeavesTheIndex_SN23_SN44 deletes an account, whose server then says that it
// is there again, without a record.
func TestADeletedAccountLeavesTheIndex_SN23_SN44(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, w *world) {
		h := w.follow(home)
		alice, bob := h.account(t, "alice"), h.account(t, "bob")
		alice.sendsPost()
		bob.sendsPost()
		w.next()
		w.next()
		listed := func(want string) {
			t.Helper()
			w.until("the index has "+want, func() bool { return strings.Join(pages(t, w.listCollection), " ") == want })
		}
		stored := func(what string) {
			t.Helper()
			w.until("it is stored that alice is "+what, func() bool {
				return strings.Contains(strings.Join(w.listRepos(t), " "), "did:web:alice.example.com "+what)
			})
		}
		listed("did:web:alice.example.com did:web:bob.example.com")
		h.sends(t, alice.says("deleted"))
		w.passes("account alice inactive deleted")
		stored("false deleted")
		h.sends(t, alice.says(""))
		w.passes("account alice active")
		stored("true")
		listed("did:web:bob.example.com")
	})
}

// TestStrangersReviveAHostAFewTimes_SN51_ES12 has strangers ask for a host again and again that
// says each time that the cursor is ahead of it.
func TestStrangersReviveAHostAFewTimes_SN51_ES12(t *testing.T) {
	t.Parallel()
	w := inMemory(t, nil)
	h := w.follow(home)
	w.nothing(h)
	h.set(func() { h.ahead = true })
	if err := w.relay.ChangeHost(t.Context(), home, relay.HostChange{Restart: true}); err != nil {
		t.Fatal(err)
	}
	stopped := func() bool { return w.relay.Host(home).Stopped != "" }
	w.until("it is stopped", stopped)
	before := h.asked()
	for range 10 {
		if got := w.ask(home); got != "taken" {
			t.Fatal(got)
		}
		w.until("it is stopped again", stopped)
	}
	if n := h.asked() - before; n < 1 || n > 3 {
		t.Errorf("it was connected to %d times", n)
	}
}

// writes makes a commit with a record in each of some collections and sends its event.
func (a *account) writes(from, to int) {
	a.t.Helper()
	var writes []repo.Write
	for i := from; i < to; i++ {
		collection := fmt.Sprintf("com.example.c%04d", i)
		data, err := lex.MarshalCBOR(map[string]any{"$type": collection})
		if err != nil {
			a.t.Fatal(err)
		}
		writes = append(writes, repo.CreateData(syntax.NSID(collection), "self", data))
	}
	a.host.sends(a.t, a.commit(writes...))
}

// TestCollectionsOfAnAccountAreBounded_SN44 has an account with records in more collections
// than are noted of one, also after the relay has forgotten what it has noted, and after the
// account was deleted.
func TestCollectionsOfAnAccountAreBounded_SN44(t *testing.T) {
	t.Parallel()
	each(t, func(o *relay.Options) { o.Limits.EventsPerSecond = 1000 }, func(t *testing.T, w *world) {
		h := w.follow(home)
		alice := h.account(t, "alice")
		noted := func(want int) {
			t.Helper()
			bob := h.account(t, fmt.Sprint("bob", h.last))
			bob.sendsPost()
			w.until("what bob has written is stored", func() bool {
				all, err := w.store.Collections(t.Context(), bob.did, 2)
				return err == nil && len(all) == 1
			})
			all, err := w.store.Collections(t.Context(), alice.did, 5000)
			if err != nil || len(all) != want {
				t.Errorf("%d collections are noted, want %d: %v", len(all), want, err)
			}
		}
		const most, each = 1000, 100
		passes := func() { t.Helper(); w.passes("commit alice self") }
		for i := 0; i <= most; i += each {
			alice.writes(i, i+each)
			passes()
		}
		noted(most)
		w.next()
		w.end()
		w.start()
		w.until("it is followed again", func() bool { return w.relay.Host(home).Connected })
		alice.writes(2000, 2050)
		passes()
		noted(most)
		w.next()
		h.sends(t, alice.says("deleted"))
		w.passes("account alice inactive deleted")
		h.sends(t, alice.says(""))
		w.passes("account alice active")
		alice.writes(3000, 3050)
		passes()
		noted(50)
	})
}

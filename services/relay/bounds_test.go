package relay_test

import (
	"strings"
	"testing"

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

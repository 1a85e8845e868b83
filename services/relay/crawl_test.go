package relay_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/services/relay"
)

// ask calls requestCrawl as a stranger and returns the error in a few words.
func (w *world) ask(hostname string) string {
	w.t.Helper()
	_, err := comatproto.SyncRequestCrawl.Call(w.t.Context(), w.client, &comatproto.SyncRequestCrawlInput{Hostname: hostname})
	answer, ok := errors.AsType[*xrpc.Error](err)
	switch {
	case err == nil:
		return "taken"
	case !ok:
		w.t.Fatal(err)
	}
	return fmt.Sprintf("%d %s", answer.Status, answer.Name)
}

// TestRequestCrawl_SN51_SN56 names hosts of all kinds.
func TestRequestCrawl_SN51_SN56(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, w *world) {
		w.add("pds.example.com")
		w.add("port.example.com:8443")
		w.add("127.0.0.1:2583")
		w.add("localhost:2583")
		w.add("relay.example.com").serverHeader = "nginx, Atproto-Relay/1.0"
		w.add("down.example.com").down = true
		w.add("evil.example.com")
		w.add("pds.evil.example.com")
		banned := true
		if err := w.relay.ChangeHost(t.Context(), "evil.example.com", relay.HostChange{Banned: &banned}); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ hostname, want string }{
			{"pds.example.com", "taken"},
			{"PDS.example.com", "taken"}, // it is known
			{"https://pds.example.com", "taken"},
			{"pds.example.com:443", "taken"}, // where it is anyway
			{"pds.example.com.", "taken"},
			{"pds.example.com..", "400 InvalidRequest"},
			{"pds.example.com:80", "400 InvalidRequest"},
			{"http://pds.example.com", "400 InvalidRequest"},
			{"pds.example.com/path", "400 InvalidRequest"},
			{"user@pds.example.com", "400 InvalidRequest"},
			{"pds.example.com:", "400 InvalidRequest"},
			{"port.example.com:8443", "400 InvalidRequest"},
			{"127.0.0.1:2583", "400 InvalidRequest"},
			{"127.0.0.1", "400 InvalidRequest"},
			{"[::1]:2583", "400 InvalidRequest"},
			{"localhost:2583", "400 InvalidRequest"},
			{"localhost", "400 InvalidRequest"},
			{"pds.internal", "400 InvalidRequest"},
			{"2130706433", "400 InvalidRequest"},
			{"", "400 InvalidRequest"},
			{strings.Repeat("a.", 200) + "com", "400 InvalidRequest"},
			{"down.example.com", "400 InvalidRequest"},
			{"nobody.example.com", "400 InvalidRequest"},
			{"relay.example.com", "400 InvalidRequest"},
			{"evil.example.com", "400 HostBanned"},
			{"pds.evil.example.com", "400 HostBanned"},
		} {
			w.clock.Add(5 * time.Second) // one address may ask so often
			if got := w.ask(c.hostname); got != c.want {
				t.Errorf("%.50q: %s, want %s", c.hostname, got, c.want)
			}
		}
		// The operator may name those that are not public.
		for _, name := range []string{"port.example.com:8443", "127.0.0.1:2583", "localhost:2583"} {
			w.crawl(name)
		}
		if err := w.relay.RequestCrawl(t.Context(), "pds.evil.example.com", relay.Operator); err == nil {
			t.Error("the operator adds a host that is banned")
		}
		var got []string
		for _, h := range w.relay.Hosts("", 100) {
			got = append(got, h.Name+" "+h.Status)
		}
		want := []string{"127.0.0.1:2583 active", "evil.example.com banned", "localhost:2583 active", "pds.example.com active", "port.example.com:8443 active"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestNewHostsAreLimited_SN51 names more new hosts than a relay takes within a day.
func TestNewHostsAreLimited_SN51(t *testing.T) {
	t.Parallel()
	each(t, func(o *relay.Options) { o.Limits.HostsPerDay = 2 }, func(t *testing.T, w *world) {
		for i := range 4 {
			w.add(fmt.Sprintf("pds%d.example.com", i))
		}
		w.crawl("pds0.example.com") // of the operator, which does not count
		got := []string{w.ask("pds1.example.com"), w.ask("pds2.example.com"), w.ask("pds3.example.com"), w.ask("pds1.example.com")}
		w.clock.Add(24*time.Hour + time.Second)
		got = append(got, w.ask("pds3.example.com"))
		want := []string{"taken", "taken", "429 RateLimitExceeded", "taken", "taken"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestPrivateNetworks_SN51 has a relay of a network of one's own.
func TestPrivateNetworks_SN51(t *testing.T) {
	t.Parallel()
	w := inMemory(t, func(o *relay.Options) { o.AllowHTTP, o.AllowPrivate = true, true })
	w.add("localhost:2583")
	w.add("pds.test")
	for _, hostname := range []string{"localhost:2583", "http://pds.test"} {
		if got := w.ask(hostname); got != "taken" {
			t.Errorf("%s: %s", hostname, got)
		}
	}
	for _, name := range []string{"localhost:2583", "pds.test"} {
		if !w.relay.Host(name).NoSSL {
			t.Errorf("%s: %+v", name, w.relay.Host(name))
		}
	}
	h := w.hosts["localhost:2583"]
	alice := h.account(t, "alice")
	alice.lives("http://localhost:2583")
	w.until("it is followed", func() bool { return h.asked() > 0 })
	alice.sendsPost()
	w.passes("commit alice key0000")
}

// TestRelaysDoNotFollowRelays_SN56 has a host that turns out to be a relay later, and two
// relays that are asked for each other.
func TestRelaysDoNotFollowRelays_SN56(t *testing.T) {
	t.Parallel()
	w := inMemory(t, nil)
	h := w.follow(home)
	w.mu.Lock()
	h.serverHeader = "atproto-relay"
	w.mu.Unlock()
	restart := relay.HostChange{Restart: true}
	if err := w.relay.ChangeHost(t.Context(), home, restart); err != nil {
		t.Fatal(err)
	}
	w.until("it is stopped", func() bool { return strings.Contains(w.relay.Host(home).Stopped, "relay") })

	res, err := w.http.Get("http://relay.test/_health") //nolint:noctx // it is in memory
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if !strings.Contains(res.Header.Get("Server"), "atproto-relay") {
		t.Error(res.Header)
	}
}

// TestCursorsOfHosts_SN52_ES09_ES12 follows a host that is new, that is known, and that says that
// the cursor is ahead.
func TestCursorsOfHosts_SN52_ES09_ES12(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, w *world) {
		h := w.add(home)
		alice := h.account(t, "alice")
		alice.sendsPost() // before anybody follows
		w.crawl(home)
		alice.sendsPost()
		w.passes("commit alice key0001")
		w.until("it was processed", func() bool { return w.relay.Host(home).Seq == 2 })
		w.end()
		alice.sendsPost() // while nobody follows
		w.start()
		w.passes("commit alice key0002")
		if v := w.relay.Host(home); v.Accounts != 1 || v.AccountLimit != 100 {
			t.Errorf("%+v", v)
		}
		h.set(func() { h.ahead, h.down = true, true })
		w.until("it is cut", func() bool { return w.relay.Host(home).Failures > 0 })
		h.set(func() { h.down = false })
		w.until("it is stopped", func() bool { return strings.Contains(w.relay.Host(home).Stopped, "ahead") })
		w.status(alice, "active")
		if got := w.relay.Host(home); got.Status != "offline" || got.Seq != 3 {
			t.Errorf("%+v", got)
		}
		h.mu.Lock()
		asked := len(h.cursors)
		h.mu.Unlock()
		w.end()
		w.start() // it is not asked again by itself
		w.nothingComes()
		h.mu.Lock()
		if len(h.cursors) != asked {
			t.Errorf("it was asked for %v", h.cursors[asked:])
		}
		h.mu.Unlock()
		h.set(func() { h.ahead = false })
		live := int64(-1)
		if err := w.relay.ChangeHost(t.Context(), home, relay.HostChange{Seq: &live}); err != nil {
			t.Fatal(err)
		}
		w.until("it is followed", func() bool { return h.asked() > asked })
		alice.sendsPost()
		w.passes("commit alice key0003")
		h.mu.Lock()
		defer h.mu.Unlock()
		if diff := cmp.Diff([]string{"live", "2", "3", "live"}, uniq(h.cursors)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// uniq leaves out what is the same as the one before.
func uniq(all []string) (some []string) {
	for _, s := range all {
		if len(some) == 0 || some[len(some)-1] != s {
			some = append(some, s)
		}
	}
	return some
}

// nothingComes waits a moment in which nothing is to come.
func (w *world) nothingComes() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 50*time.Millisecond)
	defer cancel()
	select {
	case m := <-w.came:
		w.t.Error(said(m))
	case <-ctx.Done():
	}
}

// TestTheOperatorBans_SN51 bans hosts that are followed, by their names and by one above,
// and ends that.
func TestTheOperatorBans_SN51(t *testing.T) {
	t.Parallel()
	w := inMemory(t, nil)
	w.follow("a.evil.example.com")
	w.follow("b.evil.example.com")
	ban := func(name string, banned bool) {
		t.Helper()
		if err := w.relay.ChangeHost(t.Context(), name, relay.HostChange{Banned: &banned}); err != nil {
			t.Fatal(err)
		}
	}
	ban("a.evil.example.com", true)
	w.until("it is cut", func() bool { return !w.relay.Host("a.evil.example.com").Connected })
	ban("evil.example.com", true)
	w.until("it is cut", func() bool {
		v := w.relay.Host("b.evil.example.com")
		return !v.Connected && strings.Contains(v.Failed, "banned")
	})
	ban("evil.example.com", false)
	ban("a.evil.example.com", false)
	for _, name := range []string{"a.evil.example.com", "b.evil.example.com"} {
		w.until(name+" is followed again", func() bool { return w.relay.Host(name).Connected })
	}
	if err := w.relay.ChangeHost(t.Context(), "unknown.example.com", relay.HostChange{Restart: true}); err == nil {
		t.Error("an unknown host was changed")
	}
}

// withoutRetries has a pause between two connections last until something ends it.
func withoutRetries(o *relay.Options) {
	short := o.Sleep
	o.Sleep = func(ctx context.Context, d time.Duration) error {
		if d < 200*time.Millisecond { // it is no such pause
			return short(ctx, d)
		}
		<-ctx.Done()
		return ctx.Err()
	}
}

// withHostsNotFollowed is a world whose relay knows stopped.example.com, which was ahead, and
// off.example.com, which was down, and waits long. evil.example.com is banned.
func withHostsNotFollowed(t *testing.T) *world {
	t.Helper()
	w := inMemory(t, withoutRetries)
	h := w.follow("stopped.example.com")
	w.nothing(h)
	h.set(func() { h.ahead = true })
	if err := w.relay.ChangeHost(t.Context(), h.name, relay.HostChange{Restart: true}); err != nil {
		t.Fatal(err)
	}
	w.until("it is stopped", func() bool { return w.relay.Host(h.name).Stopped != "" })
	h.set(func() { h.ahead = false })
	off := w.follow("off.example.com")
	off.set(func() { off.down = true })
	w.until("it waits", func() bool { return !w.relay.Host(off.name).Retry.IsZero() })
	off.set(func() { off.down = false })
	w.add("evil.example.com")
	w.add("pds.evil.example.com")
	if err := w.relay.ChangeHost(t.Context(), "evil.example.com", relay.HostChange{Banned: new(true)}); err != nil {
		t.Fatal(err)
	}
	return w
}

// TestKnownHostsAreAskedFor_SN51_UN13 has the operator, at the endpoint and at the page, and
// a stranger ask for hosts that are known and not followed now: one that was stopped, one
// that waits for its next connection, one that is banned, and one below a name that is.
func TestKnownHostsAreAskedFor_SN51_UN13(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(w *world, name string) (banned bool){
		"a stranger": func(w *world, name string) bool { return w.ask(name) == "400 HostBanned" },
		"the page": func(w *world, name string) bool {
			return errors.Is(w.relay.AddHost(w.t.Context(), name), relay.ErrBanned)
		},
		"the endpoint": func(w *world, name string) bool {
			status, text := w.operator(http.MethodPost, "/admin/hosts", `{"hostname":"`+name+`"}`, bearer)
			return status == http.StatusBadRequest && strings.Contains(text, "end the ban first")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := withHostsNotFollowed(t)
			for _, known := range []string{"stopped.example.com", "off.example.com"} {
				if ask(w, known) {
					t.Errorf("%s is banned", known)
				}
				w.until(known+" is followed", func() bool { return w.relay.Host(known).Connected })
			}
			for _, known := range []string{"evil.example.com", "pds.evil.example.com"} {
				if !ask(w, known) {
					t.Errorf("nobody says that %s is banned", known)
				}
			}
			if v := w.relay.Host("evil.example.com"); !v.Banned || v.Connected || w.relay.Host("pds.evil.example.com") != nil {
				t.Errorf("the ban was lifted: %+v", v)
			}
		})
	}
}

var _ http.Handler = (*relay.Relay)(nil)

// TestAnotherSpellingIsNoOtherHost_SN51 names a host with the port that it is at anyway, and with the
// dot of the root.
func TestAnotherSpellingIsNoOtherHost_SN51(t *testing.T) {
	t.Parallel()
	w := inMemory(t, func(o *relay.Options) { o.AllowHTTP, o.AllowPrivate = true, true })
	for _, name := range []string{
		"pds.example.com", "pds.example.com:443", "https://pds.example.com:443/", "pds.example.com.", "https://PDS.example.com.:443/",
		"http://plain.example.com:80", "http://plain.example.com", "http://plain.example.com./",
	} {
		if err := w.relay.AddHost(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	var names []string
	for _, h := range w.relay.Hosts("", 10) {
		names = append(names, h.Name)
	}
	if got := strings.Join(names, " "); got != "pds.example.com plain.example.com" {
		t.Error(got)
	}
}

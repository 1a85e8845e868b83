package relay_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc/xrpctest"
	"github.com/lexgen/lexgen/services/internal/plctest"
	"github.com/lexgen/lexgen/services/relay"
	"github.com/lexgen/lexgen/services/relay/store"
)

// health is the status that the relay answers who asks whether it is well.
func (w *world) health() int {
	w.t.Helper()
	answer, err := w.http.Get(xrpctest.URL + "/_health") //nolint:noctx // it is in memory
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	return answer.StatusCode
}

// TestARelayEndsWhereAnotherOneGoesOn_ES08 has a second relay start on the log of one. With
// its next event, and whether the second one has had any, the first one ends with an error,
// instead of running and passing nothing on. It is not well then.
func TestARelayEndsWhereAnotherOneGoesOn_ES08(t *testing.T) {
	t.Parallel()
	w := inMemory(t, nil)
	h := w.follow(home)
	alice := h.account(t, "alice")
	w.add(away)
	alice.sendsPost()
	w.passes("commit alice key0000")
	if _, err := sync.OpenLog(t.Context(), w.events); err != nil {
		t.Fatal(err)
	}
	alice.sendsPost()
	plctest.Await(t, "the relay has ended", func() { <-w.ended })
	if !errors.Is(w.crash, sync.ErrFenced) || !strings.Contains(w.crash.Error(), "another one") {
		t.Error(w.crash)
	}
	if status := w.health(); status != http.StatusServiceUnavailable {
		t.Error(status)
	}
	w.storesNothing(alice.did)
}

// storesNothing has the operator, and a stranger, ask for changes of a relay in whose place another
// one goes on. All are refused, and nothing is stored.
func (w *world) storesNothing(known syntax.DID) {
	w.t.Helper()
	before := w.stored(home)
	for _, c := range []struct{ path, body string }{
		{"/admin/accounts/" + string(known) + "/takedown", ""},
		{"/admin/accounts/" + string(known) + "/restore", ""},
		{"/admin/accounts/did:web:unknown.example.com/takedown", ""},
		{"/admin/hosts/" + home, `{"accountLimit": 7, "seq": 0}`},
		{"/admin/hosts", `{"hostname": "unknown.example.com", "banned": true}`},
		{"/admin/hosts", `{"hostname": "` + away + `"}`},
		{"/xrpc/com.atproto.sync.requestCrawl", `{"hostname": "` + away + `"}`},
	} {
		status, text := w.operator(http.MethodPost, c.path, c.body, func(r *http.Request) {
			bearer(r)
			r.Header.Set("Content-Type", "application/json")
		})
		if status != http.StatusServiceUnavailable {
			w.t.Errorf("%s %s: %d %s", c.path, c.body, status, text)
		}
	}
	if err := w.relay.AddHost(w.t.Context(), away); !errors.Is(err, sync.ErrFenced) {
		w.t.Error(err)
	}
	hosts, err := w.store.Hosts(w.t.Context(), "", 10)
	if after := w.stored(home); err != nil || len(hosts) != 1 || after.AccountLimit != before.AccountLimit || after.Seq != before.Seq {
		w.t.Errorf("%+v, %v; %+v, and before %+v", hosts, err, after, before)
	}
	for _, did := range []syntax.DID{known, "did:web:unknown.example.com"} {
		if a, err := w.store.Account(w.t.Context(), did); err == nil && a.Takedown {
			w.t.Errorf("%+v", a)
		}
	}
}

// full is a disk that may have no room, as a store and as a log.
type full struct {
	store.Store
	sync.LogStore

	noEvents, noAccounts, noHosts atomic.Bool
}

var errFull = errors.New("the disk is full")

func (f *full) Append(ctx context.Context, owner int64, entries []sync.Entry) error {
	if f.noEvents.Load() {
		return errFull
	}
	return f.LogStore.Append(ctx, owner, entries)
}

func (f *full) Commit(ctx context.Context, b *store.Batch) error {
	if f.noAccounts.Load() {
		return errFull
	}
	return f.Store.Commit(ctx, b)
}

func (f *full) PutHost(ctx context.Context, info store.Host) error {
	if f.noHosts.Load() {
		return errFull
	}
	return f.Store.PutHost(ctx, info)
}

// TestHealthSaysThatChangesOfHostsAreNotStored has the operator change a host, and another one,
// while neither can be stored. The relay is not well until both are, without anybody asking again.
func TestHealthSaysThatChangesOfHostsAreNotStored(t *testing.T) {
	t.Parallel()
	disk := &full{Store: &store.Memory{}, LogStore: &sync.MemoryLog{}}
	w := &world{network: newNetwork(), t: t, store: disk, events: disk}
	w.start()
	w.follow(home)
	w.follow(away)
	if got := w.health(); got != http.StatusOK {
		t.Fatal(got)
	}
	disk.noHosts.Store(true)
	change := relay.HostChange{AccountLimit: new(int64(7))}
	for _, name := range []string{home, away} {
		if err := w.relay.ChangeHost(t.Context(), name, change); !errors.Is(err, errFull) {
			t.Error(err)
		}
	}
	if got := w.health(); got != http.StatusServiceUnavailable {
		t.Error(got)
	}
	disk.noHosts.Store(false)
	w.until("the relay is well again", func() bool { return w.health() == http.StatusOK })
	for _, name := range []string{home, away} {
		if got := w.stored(name).AccountLimit; got != 7 {
			t.Errorf("the limit of %s is %d", name, got)
		}
	}
}

// TestHealthSaysThatTheDiskIsFull lets nothing be stored, once of events and once of
// accounts, while everything can be read. The relay is not well until something is stored.
func TestHealthSaysThatTheDiskIsFull(t *testing.T) {
	t.Parallel()
	disk := &full{Store: &store.Memory{}, LogStore: &sync.MemoryLog{}}
	w := &world{network: newNetwork(), t: t, store: disk, events: disk}
	w.start()
	h := w.follow(home)
	alice := h.account(t, "alice")
	alice.sendsPost()
	w.passes("commit alice key0000")
	well := func(status int) func() bool { return func() bool { return w.health() == status } }
	for what, none := range map[string]*atomic.Bool{"events": &disk.noEvents, "accounts": &disk.noAccounts} {
		w.until("the relay is well", well(http.StatusOK))
		none.Store(true)
		alice.sendsPost()
		w.until("no "+what+" are stored", well(http.StatusServiceUnavailable))
		none.Store(false)
		w.until("the relay is well again", well(http.StatusOK))
	}
}

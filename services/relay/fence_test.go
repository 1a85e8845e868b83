package relay_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/xrpc/xrpctest"
	"github.com/lexgen/lexgen/services/internal/plctest"
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
// the first event behind that the first one ends with an error, instead of running and
// passing nothing on. Until then it is not well.
func TestARelayEndsWhereAnotherOneGoesOn_ES08(t *testing.T) {
	t.Parallel()
	w := inMemory(t, nil)
	h := w.follow(home)
	alice := h.account(t, "alice")
	alice.sendsPost()
	w.passes("commit alice key0000")
	second, err := sync.OpenLog(t.Context(), w.events)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := second.Append(t.Context(), alice.says("")); err != nil {
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
}

// full is a disk that may have no room, as a store and as a log.
type full struct {
	store.Store
	sync.LogStore

	noEvents, noAccounts atomic.Bool
}

var errFull = errors.New("the disk is full")

func (f *full) Append(ctx context.Context, entries []sync.Entry) error {
	if f.noEvents.Load() {
		return errFull
	}
	return f.LogStore.Append(ctx, entries)
}

func (f *full) Commit(ctx context.Context, b *store.Batch) error {
	if f.noAccounts.Load() {
		return errFull
	}
	return f.Store.Commit(ctx, b)
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

package networktest

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	events "github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// A Host is a server of accounts. Its methods are for one user at a time; what it
// serves is served beside them.
type Host struct {
	// Name is what it is called in the network, such as pds1.test.
	Name string
	// Calls counts those of subscribeRepos and getRepo.
	Calls Counts

	world *World
	store *tamperingLog
	stop  func() // nil while it is down

	mu       sync.Mutex
	log      *events.Log
	accounts map[syntax.DID]*Account
	gone     map[syntax.DID]string // the status of accounts that are not here any more
	lie      lie
}

func newHost(w *World, name string) *Host {
	return &Host{Name: name, world: w, store: &tamperingLog{}, accounts: map[syntax.DID]*Account{}, gone: map[syntax.DID]string{}}
}

// Origin is the URL of the host.
func (h *Host) Origin() string { return "https://" + h.Name }

// Up says whether it serves.
func (h *Host) Up() bool { return h.stop != nil }

// Accounts returns the accounts of the host, in the order of their DIDs.
func (h *Host) Accounts() []*Account {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []*Account
	for _, a := range h.accounts {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b *Account) int { return slices.Compare([]byte(a.DID), []byte(b.DID)) })
	return all
}

// Start has the host serve what it has.
func (h *Host) Start(ctx context.Context) error {
	log, err := events.OpenLog(ctx, h.store)
	if err != nil {
		return err
	}
	h.mu.Lock()
	h.log = log
	h.mu.Unlock()
	server := xrpc.NewServer()
	h.handle(server)
	h.stop = h.world.Net.Serve(h.Name, server)
	return nil
}

// Crash stops the host at once. It loses the last entries of its log, those that were
// not safe yet, though some may have seen them. Where that are any, it begins again well
// above them (ES-14), and says where the repositories are of which events were lost.
func (h *Host) Crash(ctx context.Context, lost int) (affected []syntax.DID) {
	h.stop()
	h.stop = nil
	return h.store.lose(ctx, lost)
}

// Log is the log of events of the host.
func (h *Host) Log() *events.Log {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.log
}

// append gives an event the next seq.
func (h *Host) append(ctx context.Context, event lex.Object) error {
	_, err := h.Log().Append(ctx, event)
	return err
}

// account returns an account that is here, or why not.
func (h *Host) account(did syntax.DID) (*Account, string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	a := h.accounts[did]
	if a == nil {
		return nil, h.gone[did]
	}
	return a, a.Status()
}

func (h *Host) take(a *Account) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.accounts[a.DID] = a
	delete(h.gone, a.DID)
	a.Home = h
}

func (h *Host) leave(a *Account, status string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.accounts, a.DID)
	h.gone[a.DID] = status
}

// served returns the repository of an account that may be seen (SN-71).
func (h *Host) served(ctx context.Context, did syntax.DID) (*repo.Repo, *Account, error) {
	a, status := h.account(did)
	names := map[string]xrpc.ErrorName{
		"takendown": comatproto.SyncGetRepoErrRepoTakendown, "suspended": comatproto.SyncGetRepoErrRepoSuspended,
		"deactivated": comatproto.SyncGetRepoErrRepoDeactivated, "deleted": comatproto.SyncGetRepoErrRepoNotFound,
	}
	if name, ok := names[status]; ok {
		return nil, nil, xrpc.NewError(name, "The account is %s", status)
	}
	if a == nil {
		return nil, nil, xrpc.NewError(comatproto.SyncGetRepoErrRepoNotFound, "There is no such account")
	}
	r, err := a.Repo(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("networktest: %s: %w", did, err)
	}
	return r, a, nil
}

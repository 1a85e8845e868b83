package networktest

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/identity"
	events "github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// A Follower is the simplest [System]: a consumer for each host, which folds record
// events into tables, and fetches a repository where there was a gap.
type Follower struct {
	Trace *Trace
	// Counts has each verdict with its reason.
	Counts Counts
	// Heard is told of each verdict, by many goroutines; it may be nil.
	Heard func(host *Host, did syntax.DID, said string)

	// Directory is asked whose accounts are; [NewFollower] sets it.
	Directory events.Directory

	cache *identity.Directory
	views []*view
}

// NewFollower returns a follower of all hosts of a world.
func NewFollower(w *World, trace *Trace) *Follower {
	f := &Follower{Trace: trace, cache: w.Directory.Cache()}
	f.Directory = f.cache
	for _, h := range w.Hosts {
		f.views = append(f.views, &view{
			Follower: f, host: h, client: w.Client("follower", h.Origin()), accounts: &events.MemoryAccounts{}, cursor: &Cursor{},
			chance: w.Chance.Of("follower", h.Name), folds: map[syntax.DID]*fold{},
		})
	}
	return f
}

// Run implements [System].
func (f *Follower) Run(ctx context.Context) error {
	var wait sync.WaitGroup
	for _, v := range f.views {
		wait.Go(func() { v.run(ctx) })
	}
	wait.Wait()
	return nil
}

// Close ends what is looked up.
func (f *Follower) Close() { f.cache.Close() }

// View implements [System].
func (f *Follower) View(did syntax.DID, host *Host) View {
	for _, v := range f.views {
		if v.host == host {
			a, err := v.accounts.Account(context.Background(), did)
			if err == nil && a != nil {
				return View{Known: true, Active: a.Active, Records: v.fold(did).copied()}
			}
		}
	}
	return View{}
}

// A Cursor keeps how far a stream was processed. The zero value is before the first
// event that is kept.
type Cursor struct {
	mu  sync.Mutex
	seq int64
}

// Cursor implements [events.Cursors].
func (c *Cursor) Cursor(context.Context) (int64, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seq, true, nil
}

// SetCursor implements [events.Cursors].
func (c *Cursor) SetCursor(_ context.Context, seq int64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seq = seq
	return nil
}

// A view is what a follower knows from one host.
type view struct {
	*Follower

	host     *Host
	client   *xrpc.Client
	accounts *events.MemoryAccounts
	cursor   *Cursor
	chance   *rand.Rand // of run

	mu    sync.Mutex
	folds map[syntax.DID]*fold
}

func (v *view) fold(did syntax.DID) *fold {
	v.mu.Lock()
	defer v.mu.Unlock()
	f := v.folds[did]
	if f == nil {
		f = &fold{records: map[string]cid.CID{}}
		v.folds[did] = f
	}
	return f
}

// run follows the host until ctx ends.
func (v *view) run(ctx context.Context) {
	// Nobody waits for a worker, for whom several may at one moment, in any order.
	consumer := &events.Consumer{
		Client: v.client, Cursors: v.cursor, Handle: v.handle, Sleep: Sleep, Workers: 1000, Pending: 1000,
		Verifier: &events.Verifier{Directory: v.Directory, Accounts: v.accounts, Host: v.host.Origin(), Now: time.Now},
		Broken:   func(err *xrpc.FrameError) { v.Counts.Add("broken " + err.Type) },
	}
	for {
		err := consumer.Run(ctx)
		v.Trace.Addf(v.host.Name, "run ended: %v", err)
		if Sleep(ctx, between(v.chance, time.Second, 3*time.Second)) != nil {
			return
		}
	}
}

// handle processes an event.
func (v *view) handle(ctx context.Context, seq int64, r *events.Result) error {
	said := Said(r)
	v.Counts.Add(said)
	if v.Heard != nil {
		v.Heard(v.host, r.DID, said)
	}
	v.Trace.Addf(v.host.Name+" "+string(r.DID), "%d %s", seq, said)
	f := v.fold(r.DID)
	switch e := r.Event.(type) {
	case *comatproto.SyncSubscribeReposCommit:
		if r.Verdict == events.Accepted && e.Since.Or("") == f.at() {
			f.apply(r)
			return nil
		}
		if r.Verdict == events.Accepted || r.Resync {
			return v.resync(ctx, r)
		}
	case *comatproto.SyncSubscribeReposSync:
		if r.Resync {
			return v.resync(ctx, r)
		}
	case *comatproto.SyncSubscribeReposAccount:
		return v.account(ctx, r)
	}
	return nil
}

// account processes an #account. Records of a deleted account are removed. Old events
// may come again after a restart, such as one of a deletion that was not believed and is
// now: with the same rev as before nothing else would bring the records back.
func (v *view) account(ctx context.Context, r *events.Result) error {
	switch a := r.Account; {
	case r.Resync, a != nil && a.Active && a.Desynchronized:
		return v.resync(ctx, r)
	case a != nil && a.Status == "deleted":
		v.fold(r.DID).set("", map[string]cid.CID{})
		a.Desynchronized = true
	}
	return nil
}

// Said returns a verdict in a few words: accepted, or refused signature.
func Said(r *events.Result) string {
	said := r.Verdict.String()
	if r.Reason != "" {
		said += " " + string(r.Reason)
	}
	if r.Resync {
		said += ", resync"
	}
	return said
}

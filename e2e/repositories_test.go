package e2e_test

import (
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/repo"
	firehose "github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/sync/records"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// repositories are the CIDs of records, by account and path.
type repositories map[syntax.DID]map[string]string

// take adds what happened to a record.
func (r repositories) take(did syntax.DID, action repo.Action, record repo.Record) {
	if r[did] == nil {
		r[did] = map[string]string{}
	}
	if action == repo.ActionDelete {
		delete(r[did], record.Path)
	} else {
		r[did][record.Path] = record.CID.String()
	}
}

// repositories returns those that the PDS has of accounts.
func (p pds) repositories(accounts ...*writer) repositories {
	t := p.t
	t.Helper()
	identities, all := p.plc.identities(t), repositories{}
	for _, account := range accounts {
		did := account.did
		id, err := identities.LookupDID(t.Context(), did)
		if err != nil {
			t.Fatal(err)
		}
		body, err := comatproto.SyncGetRepo.Call(t.Context(), p.client(), &comatproto.SyncGetRepoParams{DID: did})
		if err != nil {
			t.Fatal(err)
		}
		file, err := io.ReadAll(body)
		body.Close()
		if err != nil {
			t.Fatal(err)
		}
		r, err := repo.Load(t.Context(), file, repo.Identity{DID: did, Key: id.SigningKey}, repo.VerifyOptions{})
		if err != nil {
			t.Fatal(err)
		}
		all[did] = map[string]string{}
		for entry, err := range r.Entries(t.Context(), "") {
			if err != nil {
				t.Fatal(err)
			}
			all[did][entry.Key] = entry.Value.String()
		}
	}
	return all
}

// identities are those of a directory of did:plc in a network of its own.
func (d directory) identities(t *testing.T) *identity.Directory {
	t.Helper()
	all := identity.NewDirectory(identity.NewResolver(identity.ResolverOptions{Directory: d.url(), Environment: syntax.Development}), identity.CacheOptions{})
	t.Cleanup(all.Close)
	return all
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// fold is what the events of a stream add up to.
type fold struct {
	mu       sync.Mutex
	repos    repositories
	verdicts map[string]int
	cursor   int64
}

func (f *fold) Cursor(context.Context) (seq int64, ok bool, err error) { return f.cursor, true, nil }

func (f *fold) SetCursor(_ context.Context, seq int64) error {
	f.cursor = seq
	return nil
}

func (f *fold) handle(_ context.Context, _ int64, r *firehose.Result) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.verdicts[strings.TrimSpace(r.Verdict.String()+" "+string(r.Reason))]++
	if r.Verdict != firehose.Accepted {
		return nil
	}
	for _, e := range r.RecordEvents() {
		f.repos.take(r.DID, e.Action, e.Record)
	}
	if r.Account != nil && r.Account.Status == "deleted" {
		delete(f.repos, r.DID)
	}
	return nil
}

// is says whether it is what the PDS has.
func (f *fold) is(want repositories) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return cmp.Equal(f.repos, want)
}

// until waits for what happens soon.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it is not so that %s", what)
		}
	}
}

// started starts something that ends with its context, until stop is called.
func started(t *testing.T, run func(ctx context.Context) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	stop = sync.OnceFunc(func() {
		t.Helper()
		cancel()
		if err := <-done; err != nil && ctx.Err() == nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// view is what a Syncer makes of the records of the PDS: what it stores, and what it
// tells.
type view struct {
	t     *testing.T
	opts  records.Options
	store *records.MemoryStore
	mu    sync.Mutex
	told  repositories
}

func newView(t *testing.T, p pds) *view {
	t.Helper()
	store := &records.MemoryStore{}
	return &view{t: t, store: store, told: repositories{}, opts: records.Options{
		Upstream: p.client(), Host: p.url, Directory: p.plc.identities(t), Store: store, Now: time.Now, Sleep: sleep,
		Limits: records.Limits{FirstEvent: 100 * time.Millisecond},
	}}
}

// run runs a Syncer that goes on where the last one was.
func (v *view) run(ctx context.Context) error {
	syncer, err := records.Open(ctx, v.opts)
	if err != nil {
		return err
	}
	var reading sync.WaitGroup
	reading.Go(func() {
		for d, err := range syncer.Events(ctx, nil) {
			if err != nil {
				return // it has ended
			}
			v.take(&d.Event)
			d.Ack()
		}
	})
	defer reading.Wait()
	return syncer.Run(ctx)
}

// take adds an event to what was told.
func (v *view) take(e *records.Event) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case e.Account != nil && e.Account.Status == records.StatusDeleted:
		delete(v.told, e.DID)
	case e.Record != nil:
		v.told.take(e.DID, e.Record.Action, e.Record.Record())
	}
}

// is says whether what is stored and what was told is what the PDS has.
func (v *view) is(want repositories) bool {
	v.t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	stored := repositories{}
	for did := range want {
		entries, err := v.store.Records(v.t.Context(), did, "", 1000)
		if err != nil {
			v.t.Fatal(err)
		}
		stored[did] = map[string]string{}
		for _, e := range entries {
			stored[did][e.Path] = e.CID.String()
		}
	}
	return cmp.Equal(v.told, want) && cmp.Equal(stored, want)
}

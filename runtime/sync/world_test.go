package sync_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
)

const (
	alice syntax.DID  = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
	posts syntax.NSID = "com.example.post"
	home              = "https://pds.example.com"
	away              = "https://other.example.com"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// newKey returns the key that a number stands for.
func newKey(t testing.TB, seed byte) *crypto.PrivateKey {
	t.Helper()
	key, err := crypto.ParsePrivateKey(crypto.K256, bytes.Repeat([]byte{seed}, crypto.PrivateKeySize))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// A directory has identities as they were when they were remembered, and as they are
// now. It notes what it is asked.
type directory struct {
	old, now map[syntax.DID]*identity.Identity
	err      error
	asked    []string
}

func (d *directory) LookupUnnamed(_ context.Context, did syntax.DID, fresh bool) (*identity.Identity, error) {
	if fresh {
		d.asked = append(d.asked, "refresh")
		return d.find(d.now, did)
	}
	d.asked = append(d.asked, "look up")
	return d.find(d.old, did)
}

func (d *directory) LookupDID(_ context.Context, did syntax.DID) (*identity.Identity, error) {
	d.asked = append(d.asked, "look up with its name")
	return d.find(d.old, did)
}

func (d *directory) Purge(id syntax.AtIdentifier) { d.asked = append(d.asked, "purge "+string(id)) }

func (d *directory) find(in map[syntax.DID]*identity.Identity, did syntax.DID) (*identity.Identity, error) {
	if d.err != nil {
		return nil, d.err
	}
	if id := in[did]; id != nil {
		return id, nil
	}
	return nil, &identity.Error{Name: string(did), Reason: "there is no such DID", Err: identity.ErrNotFound}
}

// A world has an account with its server, and who follows it.
type world struct {
	did       syntax.DID
	key       *crypto.PrivateKey
	clock     time.Time
	store     *blockstore.Memory
	writer    *repo.Writer
	directory *directory
	accounts  sync.MemoryAccounts
	verifier  *sync.Verifier
	seq       int64
}

func newWorld(t testing.TB) *world { return newWorldOf(t, alice, 1) }

// newWorldOf is that of another account, with the key that a number stands for.
func newWorldOf(t testing.TB, did syntax.DID, seed byte) *world {
	t.Helper()
	w := &world{did: did, key: newKey(t, seed), clock: noon, store: blockstore.NewMemory()}
	w.writer = repo.NewWriter(w.store, w.key, repo.WriterOptions{Clock: syntax.NewTIDClock(syntax.TIDClockOptions{
		Now: func() time.Time { return w.clock }, ClockID: new(uint16),
	})})
	is := map[syntax.DID]*identity.Identity{did: {DID: did, Handle: "alice.example.com", SigningKey: w.key.PublicKey(), PDS: home}}
	w.directory = &directory{old: is, now: is}
	w.verifier = &sync.Verifier{Directory: w.directory, Accounts: &w.accounts, Host: home, Now: func() time.Time { return w.clock }}
	return w
}

// lives sets what the DID document says, now alone or from the beginning.
func (w *world) lives(t testing.TB, id *identity.Identity, remembered bool) {
	t.Helper()
	w.directory.now = map[syntax.DID]*identity.Identity{alice: id}
	if remembered {
		w.directory.old = w.directory.now
	}
}

// post makes a commit that creates some records, and the event of it. The first one
// is that of the repository.
func (w *world) post(t testing.TB, keys ...syntax.RecordKey) *comatproto.SyncSubscribeReposCommit {
	t.Helper()
	writes := make([]repo.Write, len(keys))
	for i, key := range keys {
		data, err := lex.MarshalCBOR(map[string]any{"$type": string(posts), "text": "of " + string(key)})
		if err != nil {
			t.Fatal(err)
		}
		writes[i] = repo.CreateData(posts, key, data)
	}
	return w.write(t, writes...)
}

func (w *world) write(t testing.TB, writes ...repo.Write) *comatproto.SyncSubscribeReposCommit {
	t.Helper()
	w.clock = w.clock.Add(time.Second)
	change, err := w.change(t, writes...)
	if err != nil {
		t.Fatal(err)
	}
	e, err := sync.CommitEvent(change, w.clock)
	if err != nil {
		t.Fatal(err)
	}
	w.seq++
	e.Seq = w.seq
	return e
}

func (w *world) change(t testing.TB, writes ...repo.Write) (*repo.Change, error) {
	t.Helper()
	if w.seq == 0 {
		return w.writer.Init(t.Context(), w.did, writes...)
	}
	return w.writer.Apply(t.Context(), writes...)
}

// synced returns the #sync of the commit in an event.
func (w *world) synced(t testing.TB, e *comatproto.SyncSubscribeReposCommit) *comatproto.SyncSubscribeReposSync {
	t.Helper()
	r, err := repo.OpenCAR(e.Blocks, repo.Identity{DID: w.did, Key: w.key.PublicKey()}, repo.VerifyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := sync.SyncEvent(r.Commit(), w.clock)
	if err != nil {
		t.Fatal(err)
	}
	s.Seq = e.Seq
	return s
}

func (w *world) says(active bool, status string) *comatproto.SyncSubscribeReposAccount {
	w.seq++
	e := &comatproto.SyncSubscribeReposAccount{Seq: w.seq, DID: alice, Active: active, Time: syntax.DatetimeOf(w.clock)}
	if status != "" {
		e.Status = lex.String(status)
	}
	return e
}

// follow verifies an event, stores what is known then, and returns the verdict in a
// few words.
func (w *world) follow(t testing.TB, e lex.Object) string {
	t.Helper()
	r, err := w.verifier.Verify(t.Context(), e)
	if err != nil {
		return "not now: " + err.Error()
	}
	passedOver := r.Verdict == sync.Accepted && r.Reason != "" && w.verifier.Lenient != sync.Leniency{}
	if (r.Verdict == sync.Accepted) != (r.Reason == "" || passedOver) || (r.Reason == "") != (r.Err == nil) || (r.Event == nil) != (r.Verdict == sync.Refused) {
		t.Errorf("%+v", r)
	}
	if r.Account != nil {
		if err := w.accounts.SetAccount(t.Context(), r.Account); err != nil {
			t.Fatal(err)
		}
	}
	said := r.Verdict.String()
	if r.Reason != "" {
		said += " " + string(r.Reason)
	}
	if r.Resync {
		said += ", resync"
	}
	return said
}

// edited returns a copy of an event that was changed.
func edited(e *comatproto.SyncSubscribeReposCommit, edit func(*comatproto.SyncSubscribeReposCommit)) *comatproto.SyncSubscribeReposCommit {
	c := *e
	c.Blocks, c.Ops = slices.Clone(e.Blocks), slices.Clone(e.Ops)
	for i, op := range c.Ops {
		other := *op
		c.Ops[i] = &other
	}
	edit(&c)
	return &c
}

// keyOf returns record keys that are easy to tell apart.
func keyOf(i int) syntax.RecordKey { return syntax.RecordKey(fmt.Sprintf("key%04d", i)) }

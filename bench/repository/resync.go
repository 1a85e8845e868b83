package repository

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/bluesky-social/indigo/atproto/atcrypto"
	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/ipfs/go-cid"

	"github.com/lexgen/lexgen/bench/report"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/sync/records"
	"github.com/lexgen/lexgen/runtime/xrpc"
	sqlrecords "github.com/lexgen/lexgen/services/store/records"
)

// Ways to bring records in step with a repository.
const (
	inMemory = "lexgen, in memory"
	inSQLite = "lexgen, SQLite"
	byHand   = "indigo, verified, walked and compared with a map"
)

// resync is bringing the records of an account, paths and CIDs, in step with a whole
// repository, whose hashes, tree and signature are verified: the first time, when each is
// new and has an event, or when nothing has changed since. indigo has no such thing:
// beside ours stands what there is to do with it, reading the repository, verifying it,
// reading each record, and comparing paths and CIDs with a map.
func resync(records int, first bool) Plan {
	what := "nothing has changed"
	if first {
		what = "all are new"
	}
	work := fmt.Sprintf("record-level resync, %dk records, %s", records/1000, what)
	row := func(own string) report.Row {
		return report.Row{Work: work + strings.TrimPrefix(own, "lexgen"), Ours: own, Theirs: byHand}
	}
	return Plan{Rows: []report.Row{row(inMemory), row(inSQLite)}, rounds: fewer, open: func(ctx context.Context) (report.Comparison, error) {
		return prepareResync(ctx, records, first)
	}}
}

func prepareResync(ctx context.Context, count int, first bool) (c report.Comparison, err error) {
	s, err := newSigned()
	if err != nil {
		return c, err
	}
	file, err := newFile(ctx, s.own, count)
	if err != nil {
		return c, err
	}
	id := repo.Identity{DID: account, Key: s.own.PublicKey()}
	read, err := repo.Load(ctx, file, id, repo.VerifyOptions{})
	if err != nil {
		return c, err
	}
	key, err := s.their.PublicKey()
	if err != nil {
		return c, fmt.Errorf("%s: %w", theirs, err)
	}
	dir, err := os.MkdirTemp("", "lexgen-bench-")
	if err != nil {
		return c, err
	}
	memory, sqlite := &resynced{open: openMemory}, &resynced{open: openSQLite(dir)}
	c.Close = func() { memory.close(); sqlite.close(); _ = os.RemoveAll(dir) }
	stored := map[string]cid.Cid{}
	for _, r := range []*resynced{memory, sqlite} {
		r.id, r.file, r.made, r.first, r.count = id, file, read.Rev().Time(), first, count
		c.Variants = append(c.Variants, repeat("", func(int) error { return r.again(ctx) }))
	}
	c.Variants[0].Name, c.Variants[1].Name = inMemory, inSQLite
	c.Variants = append(c.Variants, repeat(byHand, func(i int) error {
		if first {
			stored = map[string]cid.Cid{}
		}
		changed, err := theirResync(ctx, file, key, stored)
		if want := (first || i == 0) && changed == count || !first && i > 0 && changed == 0; err == nil && !want {
			err = fmt.Errorf("%d records have changed", changed)
		}
		return err
	}))
	err = sameStored(ctx, memory, sqlite, file, key)
	if err != nil {
		c.Close()
	}
	return c, err
}

// A resynced account is kept in a store.
type resynced struct {
	open  func(ctx context.Context) (records.Store, func(), error)
	id    repo.Identity
	file  []byte
	made  time.Time
	first bool
	count int

	store records.Store
	end   func()
}

// again brings the records in step once, with a new store if it is to be the first time.
func (r *resynced) again(ctx context.Context) error {
	want := 0
	if r.first || r.store == nil {
		r.close()
		var err error
		if r.store, r.end, err = r.open(ctx); err != nil {
			return err
		}
		want = r.count
	}
	syncer, err := records.Open(ctx, records.Options{
		Upstream: xrpc.NewClient("http://localhost"), Directory: nobody{}, Store: r.store, Now: func() time.Time { return r.made },
		Sleep: func(context.Context, time.Duration) error { return nil }, // nothing waits
	})
	if err != nil {
		return err
	}
	changed, err := syncer.Import(ctx, r.id, bytes.NewReader(r.file))
	if err == nil && changed != want {
		err = fmt.Errorf("%d records have changed, want %d", changed, want)
	}
	if err != nil || r.first || changed == 0 {
		return err
	}
	return r.acknowledge(ctx)
}

// acknowledge removes the events that wait, which each opening would read.
func (r *resynced) acknowledge(ctx context.Context) error {
	refs, err := r.store.Waiting(ctx, 0, r.count+1)
	if err != nil {
		return err
	}
	ids := make([]int64, len(refs))
	for i, ref := range refs {
		ids[i] = ref.ID
	}
	return r.store.Acknowledge(ctx, ids)
}

func (r *resynced) close() {
	if r.end != nil {
		r.end()
	}
}

// nobody is a directory that is not asked.
type nobody struct{ sync.Directory }

func openMemory(context.Context) (records.Store, func(), error) {
	return &records.MemoryStore{}, func() {}, nil
}

func openSQLite(dir string) func(context.Context) (records.Store, func(), error) {
	return func(ctx context.Context) (records.Store, func(), error) {
		folder, err := os.MkdirTemp(dir, "")
		if err != nil {
			return nil, nil, err
		}
		db, err := sqlrecords.Open(ctx, filepath.Join(folder, "records.sqlite"))
		if err != nil {
			return nil, nil, err
		}
		return db, func() { _ = db.Close(); _ = os.RemoveAll(folder) }, nil
	}
}

// theirResync brings a map in step with a repository, and returns how many records have
// changed.
func theirResync(ctx context.Context, file []byte, key atcrypto.PublicKey, stored map[string]cid.Cid) (changed int, err error) {
	r, err := loadTheirs(ctx, file, key)
	if err != nil {
		return 0, err
	}
	there := make(map[string]bool, len(stored))
	err = r.MST.Walk(func(path []byte, value cid.Cid) error {
		collection, rkey, err := syntax.ParseRepoPath(string(path))
		if err != nil {
			return err //nolint:wrapcheck // measured as it is
		}
		if _, _, err := r.GetRecordBytes(ctx, collection, rkey); err != nil {
			return err //nolint:wrapcheck // measured as it is
		}
		there[string(path)] = true
		if before, ok := stored[string(path)]; !ok || before != value {
			stored[string(path)] = value
			changed++
		}
		return nil
	})
	for path := range stored {
		if !there[path] {
			delete(stored, path)
			changed++
		}
	}
	return changed, err //nolint:wrapcheck // measured as it is
}

// sameStored proves that all end with the same records.
func sameStored(ctx context.Context, memory, sqlite *resynced, file []byte, key atcrypto.PublicKey) error {
	want := map[string]cid.Cid{}
	if _, err := theirResync(ctx, file, key, want); err != nil {
		return fmt.Errorf("%s: %w", byHand, err)
	}
	for _, r := range []*resynced{memory, sqlite} {
		if err := r.again(ctx); err != nil {
			return err
		}
		got, err := r.store.Records(ctx, account, "", r.count+1)
		if err != nil {
			return err
		}
		if len(got) != len(want) || !slices.IsSortedFunc(got, func(a, b records.Entry) int { return strings.Compare(a.Path, b.Path) }) {
			return fmt.Errorf("%d records are stored, want %d", len(got), len(want))
		}
		rest := maps.Clone(want)
		for _, e := range got {
			if !bytes.Equal(rest[e.Path].Bytes(), e.CID.Bytes()) {
				return errors.New(e.Path + " is another record")
			}
			delete(rest, e.Path)
		}
	}
	return nil
}

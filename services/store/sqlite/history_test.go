package sqlite_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/blockstore/faultstore"
	"github.com/lexgen/lexgen/runtime/repo/car"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// references counts how often each block occurs in a CAR file.
func references(t *testing.T, file []byte) map[cid.CID]int {
	t.Helper()
	in, err := car.Parse(file, car.Options{})
	if err != nil {
		t.Fatal(err)
	}
	counts := map[cid.CID]int{}
	for b, err := range in.Blocks() {
		if err != nil {
			t.Fatal(err)
		}
		counts[b.CID]++
	}
	return counts
}

// stored returns how many references the database counts to each block.
func stored(t *testing.T, path string, account syntax.DID) map[cid.CID]int {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), "SELECT cid, refs FROM block JOIN repo ON block.repo = repo.id WHERE did = ?", string(account))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	counts := map[cid.CID]int{}
	for rows.Next() {
		var binary []byte
		var count int
		if err := rows.Scan(&binary, &count); err != nil {
			t.Fatal(err)
		}
		c, err := cid.FromBytes(binary)
		if err != nil {
			t.Fatal(err)
		}
		counts[c] = count
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return counts
}

// since returns what a store exports since a rev.
func since(t *testing.T, store blockstore.Store, rev syntax.TID) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := repo.ExportSince(t.Context(), store, &file, rev); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// TestReferencesAreCounted has two repositories of one file do random batches, in
// which few records stand under many paths: the references that the database
// counts are those of the exports, and each export since a rev has what the
// version of that rev lacks.
func TestReferencesAreCounted_RE37(t *testing.T) {
	t.Parallel()
	key, err := crypto.ParsePrivateKey(crypto.K256, bytes.Repeat([]byte{1}, crypto.PrivateKeySize))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "db.sqlite")
	db := open(t, path)
	random := rand.New(rand.NewPCG(1, 2))
	for _, account := range []syntax.DID{did, "did:web:example.com"} {
		store := db.Repo(account)
		w := repo.NewWriter(store, key, repo.WriterOptions{})
		change, err := w.Init(t.Context(), account)
		versions := map[syntax.TID]map[cid.CID]int{}
		for range 25 {
			if err != nil {
				t.Fatal(err)
			}
			versions[change.Rev] = references(t, export(t, store))
			change, err = w.Apply(t.Context(), randomBatch(t, random, latest(t, store))...)
		}
		now := references(t, export(t, store))
		if diff := cmp.Diff(now, stored(t, path, account)); diff != "" {
			t.Errorf("%s: references (-repository +database):\n%s", account, diff)
		}
		for rev, version := range versions {
			had := maps.Clone(version)
			maps.Copy(had, references(t, since(t, store, rev)))
			for c := range now {
				if had[c] == 0 {
					t.Errorf("%s: since %s block %v is missing", account, rev, c)
				}
			}
		}
	}
}

// randomBatch returns writes that are possible.
func randomBatch(t *testing.T, random *rand.Rand, r *repo.Repo) []repo.Write {
	t.Helper()
	there := map[string]bool{}
	for entry, err := range r.Entries(t.Context(), posts) {
		if err != nil {
			t.Fatal(err)
		}
		there[entry.Key] = true
	}
	var batch []repo.Write
	for _, i := range random.Perm(60)[:20] {
		name := fmt.Sprintf("key-%02d", i)
		if there[string(posts)+"/"+name] && random.IntN(2) == 0 {
			batch = append(batch, repo.Delete(posts, syntax.RecordKey(name)))
		} else {
			batch = append(batch, post(t, name, fmt.Sprint(random.IntN(6))))
		}
	}
	return batch
}

// TestACommitReadsAFewBlocks: those on the way to its path, however large the
// repository is.
func TestACommitReadsAFewBlocks(t *testing.T) {
	t.Parallel()
	const records, most = 10_000, 60
	key, err := crypto.ParsePrivateKey(crypto.K256, bytes.Repeat([]byte{1}, crypto.PrivateKeySize))
	if err != nil {
		t.Fatal(err)
	}
	writes := make([]repo.Write, records)
	for i := range writes {
		writes[i] = post(t, fmt.Sprintf("key-%05d", i), fmt.Sprint("record ", i))
	}
	store := open(t, filepath.Join(t.TempDir(), "db.sqlite")).Repo(did)
	if _, err := repo.NewWriter(store, key, repo.WriterOptions{Limits: repo.NoLimits}).Init(t.Context(), did, writes...); err != nil {
		t.Fatal(err)
	}
	s := faultstore.New(store)
	change, err := repo.NewWriter(s, key, repo.WriterOptions{}).Apply(t.Context(), post(t, "key-05000", "new"))
	if err != nil || len(change.Ops) != 1 {
		t.Fatalf("%+v, %v", change, err)
	}
	if n := s.Counts().Calls(faultstore.Get); n < 2 || n > most {
		t.Errorf("an update reads %d blocks of a repository of %d records, want at most %d", n, records, most)
	}
	if n := len(references(t, since(t, store, change.Since))); n < 3 || n > most {
		t.Errorf("%d blocks have come since the commit before, want at most %d", n, most)
	}
}

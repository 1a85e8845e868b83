package sqlite_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/blockstore/faultstore"
	"github.com/lexgen/lexgen/runtime/syntax"
)

const posts syntax.NSID = "com.example.post"

// post returns the write of a record.
func post(t *testing.T, key, text string) repo.Write {
	t.Helper()
	data, err := lex.MarshalCBOR(map[string]any{"$type": string(posts), "text": text})
	if err != nil {
		t.Fatal(err)
	}
	return repo.PutData(posts, syntax.RecordKey(key), data)
}

// export returns the latest version of the repository in a store as a file.
func export(t *testing.T, store blockstore.Store) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := latest(t, store).Export(t.Context(), &file); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func latest(t *testing.T, store blockstore.Store) *repo.Repo {
	t.Helper()
	head, err := store.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err := repo.Open(t.Context(), store, head)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// count returns how many blocks are in a file.
func count(t *testing.T, path string) int {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var n int
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM block").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestImportIsOneTransaction imports a repository of 10,000 records, and then a
// later version of it, beside another repository in the same file. What is in the
// database afterwards is what was exported, and nothing is left over. A damaged
// file changes nothing.
func TestImportIsOneTransaction_RE03_RE36(t *testing.T) {
	t.Parallel()
	const records = 10_000
	key, err := crypto.ParsePrivateKey(crypto.K256, bytes.Repeat([]byte{1}, crypto.PrivateKeySize))
	if err != nil {
		t.Fatal(err)
	}
	id := repo.Identity{DID: did, Key: key.PublicKey()}
	writes := make([]repo.Write, records)
	for i := range writes {
		writes[i] = post(t, fmt.Sprintf("key-%05d", i*7919%records), fmt.Sprint("record ", i))
	}
	from := blockstore.NewMemory()
	writer := repo.NewWriter(from, key, repo.WriterOptions{Limits: repo.NoLimits})
	if _, err := writer.Init(t.Context(), did, writes...); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "db.sqlite")
	db := open(t, path)
	other := repo.NewWriter(db.Repo("did:web:example.com"), key, repo.WriterOptions{})
	if _, err := other.Init(t.Context(), "did:web:example.com", post(t, "self", "record 1")); err != nil {
		t.Fatal(err)
	}
	beside := count(t, path)

	check := func(file []byte) {
		t.Helper()
		to := faultstore.New(db.Repo(did))
		contents, err := repo.Import(t.Context(), to, bytes.NewReader(file), id, repo.VerifyOptions{})
		if err != nil {
			t.Fatal(err)
		}
		calls := to.Counts()
		if calls.Calls(faultstore.Begin) != 1 || calls.Calls(faultstore.Commit) != 1 || contents.Records < records-2 {
			t.Errorf("%+v in %d transactions", contents, calls.Calls(faultstore.Begin))
		}
		if got := export(t, db.Repo(did)); !bytes.Equal(got, file) {
			t.Error("another file is exported than was imported")
		}
		if got, want := count(t, path), beside+len(from.Blocks()); got != want {
			t.Errorf("%d blocks are in the database, want %d", got, want)
		}
	}
	first := export(t, from)
	check(first)
	change, err := writer.Apply(t.Context(),
		post(t, "new", "new"), post(t, "key-00001", "changed"), repo.Delete(posts, "key-00002"), repo.Delete(posts, "key-09999"))
	if err != nil || len(change.Ops) != 4 {
		t.Fatalf("%+v, %v", change, err)
	}
	later := export(t, from)
	check(later)

	damaged := bytes.Clone(later)
	damaged[len(damaged)-1] ^= 1
	for name, file := range map[string][]byte{"damaged": damaged, "the same again": later, "earlier": first} {
		if _, err := repo.Import(t.Context(), db.Repo(did), bytes.NewReader(file), id, repo.VerifyOptions{}); err == nil {
			t.Errorf("%s: it is imported", name)
		}
		if !bytes.Equal(export(t, db.Repo(did)), later) || count(t, path) != beside+len(from.Blocks()) {
			t.Errorf("%s: the database has changed", name)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	opts := repo.VerifyOptions{Record: func(repo.Record) error { cancel(); return nil }}
	if _, err := repo.Import(ctx, db.Repo(did), bytes.NewReader(later), id, opts); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	// A writer goes on from there.
	next, err := repo.NewWriter(db.Repo(did), key, repo.WriterOptions{}).Apply(t.Context(), post(t, "self", "after"))
	if err != nil {
		t.Fatal(err)
	}
	want := []repo.Op{{Action: repo.ActionCreate, Path: "com.example.post/self", CID: next.Ops[0].CID}}
	if diff := cmp.Diff(want, next.Ops); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
}

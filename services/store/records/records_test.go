package records_test

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	sync "github.com/lexgen/lexgen/runtime/sync/records"
	"github.com/lexgen/lexgen/runtime/sync/records/storetest"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/services/internal/eachstore"
	"github.com/lexgen/lexgen/services/store/records"
)

// kept returns a store that can be opened again.
func kept(t *testing.T, name string) (store sync.Store, reopen func() sync.Store) {
	t.Helper()
	open := func() *records.DB {
		db, err := records.Open(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		return db
	}
	db := open()
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db, func() sync.Store {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		db = open()
		return db
	}
}

func TestSQLite_SN43(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) (sync.Store, func() sync.Store) {
		t.Helper()
		return kept(t, filepath.Join(t.TempDir(), "records.sqlite"))
	})
}

func TestPostgres_SN43(t *testing.T) {
	t.Parallel()
	eachstore.PostgresSchema(t) // or skip it as a whole
	storetest.Run(t, func(t *testing.T) (sync.Store, func() sync.Store) {
		t.Helper()
		return kept(t, eachstore.PostgresSchema(t))
	})
}

// TestPostgresOfAnotherLocale has a database whose texts are in another order than that of
// their bytes: in Lithuanian a y comes before a k.
func TestPostgresOfAnotherLocale_SN43(t *testing.T) {
	t.Parallel()
	schema := eachstore.PostgresLocale(t, "lt")
	storetest.Run(t, func(t *testing.T) (sync.Store, func() sync.Store) {
		t.Helper()
		return kept(t, schema(t))
	})
}

// TestAccountsAreAddedInOneOrder has two who add the same accounts, each in an order of
// its own. Neither waits for the other one while that waits for it.
func TestAccountsAreAddedInOneOrder(t *testing.T) {
	t.Parallel()
	db, err := records.Open(t.Context(), eachstore.PostgresSchema(t))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const insert = `INSERT INTO records_repo (did, state, rev, want, active, status, handle, host, epoch, attempts, reason, next, queued, queued_bytes,
		queued_rev, version) VALUES ($1, 0, '', '', 1, '', '', '', 0, 0, '', 0, 0, 0, '', 1)`
	tx, err := db.Writer.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(t.Context(), insert, "did:web:a"); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		_, err := db.Add(t.Context(), []sync.Repo{{DID: "did:web:b"}, {DID: "did:web:a"}})
		done <- err
	}()
	for waits := 0; waits == 0; { // until it does for the first transaction
		const query = "SELECT count(*) FROM pg_locks WHERE NOT granted AND transactionid = (SELECT backend_xid FROM pg_stat_activity WHERE pid = $1)"
		var pid int
		if err := tx.QueryRowContext(t.Context(), "SELECT pg_backend_pid()").Scan(&pid); err != nil {
			t.Fatal(err)
		}
		if err := db.Reader.QueryRowContext(t.Context(), query, pid).Scan(&waits); err != nil {
			t.Fatal(err)
		}
	}
	_, err = tx.ExecContext(t.Context(), insert, "did:web:b")
	if err == nil {
		err = tx.Commit()
	}
	if other := <-done; err != nil || other != nil {
		t.Errorf("%v; the other one: %v", err, other)
	}
}

// A directory knows one account.
type directory struct{ *identity.Identity }

func (d directory) LookupDID(context.Context, syntax.DID) (*identity.Identity, error) {
	return d.Identity, nil
}

func (d directory) LookupUnnamed(context.Context, syntax.DID, bool) (*identity.Identity, error) {
	return d.Identity, nil
}

func (directory) Purge(syntax.AtIdentifier) {}

// TestAViewSurvives imports a repository into a file, and a later version of it after that
// was closed and opened again, as after a crash: what was acknowledged comes again, before
// what is new. It adds up to the repository.
func TestAViewSurvives_SN43(t *testing.T) {
	t.Parallel()
	const did syntax.DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
	key, err := crypto.ParsePrivateKey(crypto.K256, bytes.Repeat([]byte{1}, crypto.PrivateKeySize))
	if err != nil {
		t.Fatal(err)
	}
	source := blockstore.NewMemory()
	w := repo.NewWriter(source, key, repo.WriterOptions{Limits: repo.NoLimits})
	var first, second []repo.Write
	for i := range 1500 {
		name := syntax.RecordKey(fmt.Sprintf("key%05d", i))
		first = append(first, repo.CreateData("com.example.post", name, data(t, "com.example.post", i)))
		switch i % 3 {
		case 0:
			second = append(second, repo.Delete("com.example.post", name))
		case 1:
			second = append(second, repo.UpdateData("com.example.post", name, data(t, "com.example.post", -i)))
		}
		second = append(second, repo.CreateData("com.example.zoo", name, data(t, "com.example.zoo", i)))
	}
	if _, err := w.Init(t.Context(), did, first...); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "records.sqlite")
	view := map[string]string{}
	step := func() *repo.Repo {
		db, err := records.Open(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		r, file := export(t, source)
		fold(t, db, repo.Identity{DID: did, Key: key.PublicKey()}, file, view)
		return r
	}
	step()
	if _, err := w.Apply(t.Context(), second...); err != nil {
		t.Fatal(err)
	}
	r := step()
	want := map[string]string{}
	for e, err := range r.Entries(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		want[e.Key] = e.Value.String()
	}
	if diff := cmp.Diff(want, view); diff != "" || len(want) != 2500 {
		t.Errorf("%d records (-want +got):\n%s", len(want), diff)
	}
}

func data(t *testing.T, collection string, i int) []byte {
	t.Helper()
	b, err := lex.MarshalCBOR(map[string]any{"$type": collection, "n": int64(i)})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// export returns the latest version of a repository, and its file.
func export(t *testing.T, source *blockstore.Memory) (*repo.Repo, []byte) {
	t.Helper()
	head, err := source.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err := repo.Open(t.Context(), source, head)
	var file bytes.Buffer
	if err == nil {
		err = r.Export(t.Context(), &file)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r, file.Bytes()
}

// fold imports a file and applies what is told.
func fold(t *testing.T, db *records.DB, id repo.Identity, file []byte, view map[string]string) {
	t.Helper()
	s, err := sync.Open(t.Context(), sync.Options{
		Upstream: xrpc.NewClient("http://127.0.0.1:1"), Store: db, Accounts: sync.Chosen, Now: time.Now,
		Directory: directory{&identity.Identity{DID: id.DID, SigningKey: id.Key, PDS: "http://127.0.0.1:1"}},
		Sleep:     func(ctx context.Context, _ time.Duration) error { <-ctx.Done(); return ctx.Err() },
	})
	if err != nil {
		t.Fatal(err)
	}
	changed, err := s.Import(t.Context(), id, bytes.NewReader(file))
	if err != nil || changed == 0 {
		t.Fatal(changed, err)
	}
	p, err := s.Progress(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for d, err := range s.Events(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		if d.Record.Action == repo.ActionDelete {
			delete(view, d.Record.Path)
		} else {
			view[d.Record.Path] = d.Record.CID.String()
		}
		d.Ack()
		if p.Waiting--; p.Waiting == 0 {
			break
		}
	}
}

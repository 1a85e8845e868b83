package sqlite_test

import (
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/blockstore/blockstoretest"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/store/sqlite"
)

const (
	did syntax.DID = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
	rev syntax.TID = "3jzfcijpj2z2a"
)

// open opens the file at path for a test.
func open(t testing.TB, path string) *sqlite.DB {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// subject is an empty store in a file at path, which can be opened again.
func subject(t testing.TB, path string) blockstoretest.Subject {
	t.Helper()
	db := open(t, path)
	return blockstoretest.Subject{
		Store: db.Repo(did),
		Reopen: func(t testing.TB) blockstore.Store {
			t.Helper()
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			db = open(t, path)
			return db.Repo(did)
		},
	}
}

func TestARepositoryConforms(t *testing.T) {
	t.Parallel()
	blockstoretest.Run(t, func(t *testing.T) blockstoretest.Subject {
		return subject(t, filepath.Join(t.TempDir(), "a b?c%20#.sqlite"))
	})
}

func TestARepositoryDoesWhatTheModelDoes(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("a hundred files take long; the suite has some programs")
	}
	rapid.Check(t, func(rt *rapid.T) {
		program := rapid.SliceOfN(rapid.Byte(), 0, 60).Draw(rt, "program")
		blockstoretest.Play(t, subject(t, filepath.Join(t.TempDir(), "db.sqlite")), program)
	})
}

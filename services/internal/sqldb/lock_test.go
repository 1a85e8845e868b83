package sqldb_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/lexgen/lexgen/services/internal/eachstore"
	"github.com/lexgen/lexgen/services/internal/sqldb"
)

// TestOneHasTheLock has two who open a database. It can be used by both, and be locked by
// one at a time.
func TestOneHasTheLock(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, name string) {
		one, two := open(t, name), open(t, name)
		lock, err := one.Lock(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := two.Lock(t.Context()); !errors.Is(err, sqldb.ErrLocked) {
			t.Errorf("a second one: %v", err)
		}
		insert(t, two, 1, "another")
		if err := lock.Unlock(); err != nil {
			t.Error(err)
		}
		if lock, err = two.Lock(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := lock.Unlock(); err != nil {
			t.Error(err)
		}
	})
}

// TestALockThatWasLostIsTakenAgain has the server end the connection of a lock, twice. The
// first time nobody else asks for it, the second time somebody does.
func TestALockThatWasLostIsTakenAgain(t *testing.T) {
	t.Parallel()
	name := eachstore.PostgresSchema(t)
	one, two := open(t, name), open(t, name)
	lock, err := one.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Unlock()
	looks, kept := make(chan struct{}), make(chan error, 1)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() {
		kept <- lock.Keep(ctx, func(ctx context.Context, _ time.Duration) error {
			select {
			case <-looks:
			case <-ctx.Done():
			}
			return ctx.Err()
		})
	}()
	lose(t, two)
	looks <- struct{}{}
	looks <- struct{}{} // it has looked once
	if _, err := two.Lock(t.Context()); !errors.Is(err, sqldb.ErrLocked) {
		t.Errorf("a second one: %v", err)
	}
	lose(t, two)
	other, err := two.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Unlock()
	looks <- struct{}{}
	if err := <-kept; !errors.Is(err, sqldb.ErrLocked) {
		t.Errorf("the first one goes on: %v", err)
	}
}

// lose has the server end the connection that has the lock of a database.
func lose(t *testing.T, db *sqldb.DB) {
	t.Helper()
	const end = `WITH lock AS (SELECT hashtextextended('lexgen ' || $1 || ' ' || current_schema(), 0) AS key)
		SELECT count(pg_terminate_backend(pid)) FROM pg_locks, lock WHERE locktype = 'advisory' AND granted
		AND classid::bigint = (key >> 32) & 4294967295 AND objid::bigint = key & 4294967295`
	var count int
	if err := db.Reader.QueryRowContext(t.Context(), end, numbers.Name).Scan(&count); err != nil || count != 1 {
		t.Fatal(count, err)
	}
}

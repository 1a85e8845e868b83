package sqldb_test

import (
	"errors"
	"testing"

	"github.com/lexgen/lexgen/services/internal/sqldb"
)

// TestOneHasTheLock has two who open a database. It can be used by both, and be locked by
// one at a time.
func TestOneHasTheLock(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, name string) {
		one, two := open(t, name), open(t, name)
		unlock, err := one.Lock(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := two.Lock(t.Context()); !errors.Is(err, sqldb.ErrLocked) {
			t.Errorf("a second one: %v", err)
		}
		insert(t, two, 1, "another")
		if err := unlock(); err != nil {
			t.Error(err)
		}
		if unlock, err = two.Lock(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := unlock(); err != nil {
			t.Error(err)
		}
	})
}

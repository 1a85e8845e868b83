package records_test

import (
	"testing"

	"github.com/lexgen/lexgen/runtime/sync/records"
	"github.com/lexgen/lexgen/runtime/sync/records/storetest"
)

func TestMemoryStore_SN43(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) (records.Store, func() records.Store) { return &records.MemoryStore{}, nil })
}

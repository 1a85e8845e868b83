package store_test

import (
	"testing"

	"github.com/lexgen/lexgen/services/relay/store"
	"github.com/lexgen/lexgen/services/relay/store/storetest"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) (store.Store, func() store.Store) { return &store.Memory{}, nil })
}

package blockstoretest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
)

// sideBySide lets writers extend one chain of blocks, in which each names the
// one before, and lets readers follow it: a lost update or half a transaction
// breaks the chain.
func sideBySide(t *testing.T, s Subject) {
	t.Helper()
	const writers, readers, rounds = 4, 4, 25
	t.Run("at once", func(t *testing.T) {
		for i := range writers {
			t.Run(fmt.Sprintf("writer %d", i), func(t *testing.T) {
				t.Parallel()
				for range rounds {
					extend(t, s.Store)
				}
			})
		}
		for i := range readers {
			t.Run(fmt.Sprintf("reader %d", i), func(t *testing.T) {
				t.Parallel()
				for range rounds {
					chain(t, s.Store)
				}
			})
		}
	})
	if got := chain(t, s.Store); got != writers*rounds {
		t.Errorf("the chain has %d blocks, want %d", got, writers*rounds)
	}
}

// extend adds a block that names the head, and one that names it.
func extend(t *testing.T, s blockstore.Store) {
	t.Helper()
	change(t, s, func(ctx context.Context, tx blockstore.Tx) error {
		old, err := s.Head(ctx)
		ok(t, "Head", err)
		next := block("after " + old.String())
		ok(t, "Put", tx.Put(ctx, rev(0), next))
		return tx.SetHead(ctx, old, next.CID)
	})
}

// chain follows the chain from the head to its beginning and returns how many
// blocks it has.
func chain(t *testing.T, s blockstore.Store) int {
	t.Helper()
	c, err := s.Head(t.Context())
	ok(t, "Head", err)
	length := 0
	for c.Defined() {
		data, err := s.Get(t.Context(), c)
		ok(t, "Get", err)
		length++
		c = cid.CID{}
		if name := strings.TrimPrefix(string(data), "after "); name != "" {
			c, err = cid.Parse(name)
			ok(t, "follow the chain", err)
		}
	}
	return length
}

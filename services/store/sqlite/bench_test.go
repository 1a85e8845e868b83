package sqlite_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
)

// someBlocks are count blocks of the size of records and nodes, all different.
func someBlocks(seed, count int) []blockstore.Block {
	var blocks []blockstore.Block
	for i := range count {
		data := fmt.Appendf(nil, "%0*d/%d", 300+i%400, i, seed)
		blocks = append(blocks, blockstore.Block{CID: cid.Sum(cid.DagCBOR, data), Data: data})
	}
	return blocks
}

func putAll(b *testing.B, store blockstore.Store, blocks []blockstore.Block) {
	b.Helper()
	tx, err := store.Begin(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	if err := tx.Put(b.Context(), rev, blocks...); err != nil {
		b.Fatal(err)
	}
	if err := tx.Commit(b.Context()); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkCommit puts blocks durably: six are a commit, many an import.
func BenchmarkCommit(b *testing.B) {
	for _, count := range []int{6, 10_000} {
		b.Run(fmt.Sprint(count), func(b *testing.B) {
			store := open(b, filepath.Join(b.TempDir(), "db.sqlite")).Repo(did)
			b.ReportAllocs()
			seed := 0
			for b.Loop() {
				seed++
				putAll(b, store, someBlocks(seed, count))
			}
			b.ReportMetric(float64(count)*float64(b.N)/b.Elapsed().Seconds(), "blocks/s")
		})
	}
}

func BenchmarkGet(b *testing.B) {
	store := open(b, filepath.Join(b.TempDir(), "db.sqlite")).Repo(did)
	blocks := someBlocks(0, 50_000)
	putAll(b, store, blocks)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, err := store.Get(b.Context(), blocks[i*7919%len(blocks)].CID); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

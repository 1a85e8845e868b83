package mst_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/mst"
)

// Compare two versions with
//
//	go test -bench . -count 10 ./runtime/repo/mst > new.txt && benchstat old.txt new.txt

func BenchmarkBuild(b *testing.B) {
	c := sample(100_000)
	sorted := entriesOf(c.sorted())
	shuffled := entriesOf(maps.All(c)) // a map has no order
	b.Run("100k-sorted", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			buildEntries(b, sorted)
		}
	})
	b.Run("100k-random", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			entries := slices.Clone(shuffled)
			mst.Sort(entries)
			buildEntries(b, entries)
		}
	})
}

func entriesOf(pairs func(func(string, cid.CID) bool)) []mst.Entry {
	var entries []mst.Entry
	for key, value := range pairs {
		entries = append(entries, mst.Entry{Key: key, Value: value})
	}
	return entries
}

func buildEntries(b *testing.B, entries []mst.Entry) {
	b.Helper()
	pairs := func(yield func(string, cid.CID) bool) {
		for _, e := range entries {
			if !yield(e.Key, e.Value) {
				return
			}
		}
	}
	if _, err := mst.Build(pairs, func(blockstore.Block) error { return nil }); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkInsert(b *testing.B) {
	c := sample(100_000)
	stored, _ := build(b, c)
	loaded, err := stored.Load(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	for name, tree := range map[string]*mst.Tree{"one-into-100k-in-memory": loaded, "one-into-100k-stored": stored} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			keys := slices.Sorted(maps.Keys(c))
			for i := 0; b.Loop(); i++ {
				edit := tree.Edit()
				if _, err := edit.Put(b.Context(), keys[i*7919%len(keys)]+"x", record(0)); err != nil {
					b.Fatal(err)
				}
				if _, _, err := edit.Finish(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("100k-one-by-one", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			insert(b, c)
		}
	})
}

func BenchmarkDiff(b *testing.B) {
	c := sample(10_000)
	old, source := build(b, c)
	keys := slices.Sorted(maps.Keys(c))
	edit := old.Edit()
	for i := range 10 {
		if _, err := edit.Put(b.Context(), keys[500+i*997], record(-1)); err != nil {
			b.Fatal(err)
		}
	}
	next, delta, err := edit.Finish()
	if err != nil {
		b.Fatal(err)
	}
	source.add(delta.Added...)
	next = mst.Open(source, next.Root())
	b.Run("10-of-10k-stored", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			changes, _, err := mst.Diff(b.Context(), old, next)
			if err != nil || len(changes) != 10 {
				b.Fatal(len(changes), err)
			}
		}
	})
}

func BenchmarkWalk(b *testing.B) {
	stored, _ := build(b, sample(10_000))
	b.Run("10k-stored", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for _, err := range stored.Walk(b.Context()) {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	b.Run("10k-load", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := stored.Load(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkGet(b *testing.B) {
	c := sample(100_000)
	stored, _ := build(b, c)
	keys := slices.Sorted(maps.Keys(c))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := stored.Get(b.Context(), keys[i*7919%len(keys)]); err != nil {
			b.Fatal(err)
		}
	}
}

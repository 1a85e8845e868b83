package repository

import (
	"fmt"
	"iter"
	"math/rand/v2"

	gocid "github.com/ipfs/go-cid"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/mst"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// An entry is what a tree holds, in the forms that both want.
type entry struct {
	key        string
	value      cid.CID
	theirKey   []byte
	theirValue gocid.Cid
}

// sample returns count entries whose keys look like those of a repository, in
// random order, and always the same ones for a seed.
func sample(seed uint64, count int) ([]entry, error) {
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // the same entries each time
	collections := []string{"app.bsky.feed.like", "app.bsky.feed.post", "app.bsky.feed.repost", "app.bsky.graph.follow"}
	entries := make([]entry, count)
	for i := range entries {
		tid, err := syntax.TIDOf(1_700_000_000_000_000+int64(i)*61_803_398+random.Int64N(61_803_398), uint16(random.IntN(1024)))
		if err != nil {
			return nil, fmt.Errorf("sample: %w", err)
		}
		key := collections[random.IntN(len(collections))] + "/" + string(tid)
		if entries[i], err = newEntry(key, cid.Sum(cid.DagCBOR, fmt.Appendf(nil, "record %d of %d", i, seed))); err != nil {
			return nil, err
		}
	}
	random.Shuffle(count, func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
	return entries, nil
}

func newEntry(key string, value cid.CID) (entry, error) {
	their, err := theirCID(value)
	return entry{key, value, []byte(key), their}, err
}

// theirCID returns c as indigo has it.
func theirCID(c cid.CID) (gocid.Cid, error) {
	their, err := gocid.Cast(c.Bytes())
	if err != nil {
		return gocid.Undef, fmt.Errorf("%s: %w", c, err)
	}
	return their, nil
}

// sortedEntries returns entries in the order of their keys, as lexgen wants
// them.
func sortedEntries(entries []entry) []mst.Entry {
	own := ownEntries(entries)
	mst.Sort(own)
	return own
}

// ownEntries returns entries as lexgen has them.
func ownEntries(entries []entry) []mst.Entry {
	own := make([]mst.Entry, len(entries))
	for i, e := range entries {
		own[i] = mst.Entry{Key: e.key, Value: e.value}
	}
	return own
}

// pairs yields keys and values of entries.
func pairs(entries []mst.Entry) iter.Seq2[string, cid.CID] {
	return func(yield func(string, cid.CID) bool) {
		for i := range entries {
			if !yield(entries[i].Key, entries[i].Value) {
				return
			}
		}
	}
}

package repository_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/mst"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// collections of random keys.
var collections = []string{
	"app.bsky.feed.like", "app.bsky.feed.post", "app.bsky.feed.postgate", "app.bsky.graph.follow", "a.b.c",
}

// longCollection is an NSID of the greatest length (SY-10).
var longCollection = "com." + strings.Repeat(strings.Repeat("x", 49)+".", 5) + strings.Repeat("n", 63)

// oddKeys are record keys at the edges of what is allowed (SY-13).
var oddKeys = []string{
	"self", "_", "~", "-", ":", "a", "A", "0", "...", "a.", "a:b", "did:plc:ewvi7nxzyoun6zhxrhs64oiz", "example.com", "~1.2-3_", "000000000000",
}

// longKeys are record keys of the greatest length (SY-13), and nearly.
var longKeys = []string{
	strings.Repeat("z", 512), strings.Repeat("z", 511), strings.Repeat("z", 511) + "a",
}

// randomKeys returns count different paths: most end in TIDs, some are odd, and
// some stand so high in the tree that there are empty nodes below them. If long,
// some are as long as can be.
func randomKeys(random *rand.Rand, count int, long bool) []string {
	seen := map[string]bool{}
	var keys []string
	for len(keys) < count {
		key := randomKey(random, long)
		if random.IntN(15) == 0 {
			for layer := 1 + random.IntN(4); mst.Layer(key) < layer; {
				key = randomKey(random, long)
			}
		}
		if !seen[key] {
			seen[key] = true
			keys = append(keys, key)
		}
	}
	return keys
}

func randomKey(random *rand.Rand, long bool) string {
	collection := collections[random.IntN(len(collections))]
	if long && random.IntN(8) == 0 {
		collection = longCollection
	}
	if long && random.IntN(8) == 0 {
		return collection + "/" + longKeys[random.IntN(len(longKeys))]
	}
	if random.IntN(8) == 0 {
		return collection + "/" + oddKeys[random.IntN(len(oddKeys))]
	}
	tid, err := syntax.TIDOf(1_700_000_000_000_000+random.Int64N(100_000_000_000_000), uint16(random.IntN(1024)))
	if err != nil {
		panic(err) // the time is in range
	}
	return collection + "/" + string(tid)
}

// newRecord returns one of the records that may stand at a path.
func newRecord(t *testing.T, path string, number int) blockstore.Block {
	t.Helper()
	collection, _, _ := strings.Cut(path, "/")
	data, err := lex.MarshalCBOR(map[string]any{"$type": collection, "number": int64(number)})
	if err != nil {
		t.Fatal(err)
	}
	return blockstore.Block{CID: cid.Sum(cid.DagCBOR, data), Data: data}
}

// TestKeysOfHistoriesArePaths says that what histories are made of is worth it.
func TestKeysOfHistoriesArePaths_SY10_SY13_SY26(t *testing.T) {
	t.Parallel()
	layers := map[int]int{}
	keys := randomKeys(rand.New(rand.NewPCG(1, 2)), 2000, true)
	for _, collection := range append(collections[:1:1], longCollection) {
		for _, odd := range slices.Concat(oddKeys, longKeys) {
			keys = append(keys, collection+"/"+odd)
		}
	}
	for _, key := range keys {
		if _, _, err := syntax.ParseRepoPath(key); err != nil {
			t.Error(err)
		}
		layers[mst.Layer(key)]++
	}
	for layer := range 5 {
		if layers[layer] < 20 {
			t.Errorf("%d keys of layer %d", layers[layer], layer)
		}
	}
	if !slices.ContainsFunc(keys, func(key string) bool { return len(key) == 317+1+512 }) {
		t.Error("no long keys")
	}
}

package mst_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/lexgen/lexgen/runtime/repo/mst"
)

// byKey is the order that Sort must give.
func byKey(a, b mst.Entry) int { return strings.Compare(a.Key, b.Key) }

// TestSort_AgreesWithComparing sorts keys of every kind: paths of repositories,
// short ones, ones that are the begin of others, and such that agree in many
// bytes.
func TestSort_AgreesWithComparing(t *testing.T) {
	t.Parallel()
	kinds := map[string]func(int) string{
		"paths":        samplePath,
		"numbers":      func(i int) string { return fmt.Sprint(i) },
		"one letter":   func(i int) string { return strings.Repeat("a", i) },
		"zeros":        func(i int) string { return strings.Repeat("\x00", i%50) + fmt.Sprint(i) },
		"long":         func(i int) string { return strings.Repeat("x", 900) + fmt.Sprint(i%77, "/", i) },
		"all bytes":    func(i int) string { return string([]byte{byte(i), byte(i >> 8), 0xff, 0, 1, 2, 3, 4, byte(i >> 4)}) },
		"some are not": func(i int) string { return samplePath(i / 2 * 2) },
	}
	for name, key := range kinds {
		for _, count := range []int{0, 1, 2, 30, 300, 3000} {
			random := rand.New(rand.NewPCG(uint64(count), 1))
			entries := make([]mst.Entry, count)
			for at, i := range random.Perm(count) {
				entries[at] = mst.Entry{Key: key(i), Value: record(len(key(i)))}
			}
			want := slices.Clone(entries)
			slices.SortStableFunc(want, byKey)
			mst.Sort(entries)
			if diff := cmp.Diff(want, entries); diff != "" {
				t.Errorf("%d %s (-want +got):\n%s", count, name, diff)
			}
		}
	}
}

func TestSort_OfAnyKeys(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.SampledFrom([]rune("\x00ab/\u00ff"))
		keys := rapid.SliceOfN(rapid.StringOfN(letters, 0, 20, -1), 0, 400).Draw(t, "keys")
		entries := make([]mst.Entry, len(keys))
		for i, key := range keys {
			entries[i] = mst.Entry{Key: key}
		}
		mst.Sort(entries)
		slices.Sort(keys)
		for i, key := range keys {
			if entries[i].Key != key {
				t.Fatalf("key %d is %q, want %q", i, entries[i].Key, key)
			}
		}
	})
}

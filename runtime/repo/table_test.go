package repo_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/runtime/repo"
)

// TestLoadFindsBlocksOfEveryLength loads files in every order whose blocks have
// the lengths at which the number in front of a block gets one byte longer, among
// so many others that the index has to grow, and reads all of them again.
func TestLoadFindsBlocksOfEveryLength_RE32(t *testing.T) {
	t.Parallel()
	w := newWorld(t, repo.WriterOptions{Limits: repo.NoLimits})
	want := map[string][]byte{}
	var writes []repo.Write
	add := func(size int) {
		empty := len(data(t, posts, ""))
		record := data(t, posts, fmt.Sprintf("%04d", len(writes))+strings.Repeat("x", max(0, size-empty-4)))
		want[string(posts)+"/"+string(keyOf(len(writes)))] = record
		writes = append(writes, repo.CreateData(posts, keyOf(len(writes)), record))
	}
	for _, border := range []int{1 << 7, 1 << 14} {
		for size := border - 50; size < border+10; size++ {
			add(size)
		}
	}
	for range 2000 {
		add(0)
	}
	if _, err := w.w.Init(t.Context(), did, writes...); err != nil {
		t.Fatal(err)
	}
	file := w.export(t)
	for name, b := range map[string][]byte{"pre-order": file, "disorder": shuffled(t, file, 3)} {
		r, err := repo.Load(t.Context(), b, w.id, repo.VerifyOptions{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got := 0
		for record, err := range r.Records(t.Context(), "") {
			if err != nil || !bytes.Equal(record.Data, want[record.Path]) {
				t.Fatalf("%s: %s has %x, %v", name, record.Path, record.Data, err)
			}
			got++
		}
		if got != len(want) {
			t.Errorf("%s: %d records, not %d", name, got, len(want))
		}
	}
}

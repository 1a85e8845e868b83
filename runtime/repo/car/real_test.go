package car_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/internal/shared"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/car"
)

// TestReadsARepository_RE32 reads a real export: one root, every record of the
// list, every block with its own hash.
func TestReadsARepository_RE32_RE33(t *testing.T) {
	t.Parallel()
	dir := shared.Dir(t, "data", "repo")
	b, err := os.ReadFile(filepath.Join(dir, "repo.car"))
	if err != nil {
		t.Fatal(err)
	}
	want := records(t, filepath.Join(dir, "car_expected_records.tsv"))
	both(t, b, car.Options{MaxTotal: int64(len(b))}, func(t *testing.T, open func() (*car.Reader, error)) {
		got, err := read(open())
		if err != nil {
			t.Fatal(err)
		}
		has := map[cid.CID]bool{}
		for _, block := range got.Blocks {
			has[block.CID] = true
		}
		if len(got.Roots) != 1 || !has[got.Roots[0]] {
			t.Errorf("roots %v, want one that is there", got.Roots)
		}
		for path, c := range want {
			if !has[c] {
				t.Errorf("record %s (%s) is missing", path, c)
			}
		}
		if len(got.Blocks) <= len(want) {
			t.Errorf("%d blocks, and %d of them are records", len(got.Blocks), len(want))
		}
	})
}

// records reads lines of path, tab and CID.
func records(t *testing.T, file string) map[string]cid.CID {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]cid.CID{}
	for line := range strings.Lines(string(text)) {
		path, name, _ := strings.Cut(strings.TrimSpace(line), "\t")
		c, err := cid.Parse(name)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		found[path] = c
	}
	if len(found) == 0 {
		t.Fatal("no record is expected: the list is empty")
	}
	return found
}

// TestARealFileIsIndexed_RE32 finds every record of a real export by its CID.
func TestARealFileIsIndexed_RE32_RE33(t *testing.T) {
	t.Parallel()
	dir := shared.Dir(t, "data", "repo")
	file, err := os.Open(filepath.Join(dir, "repo.car"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	f, err := car.OpenFile(file, info.Size(), car.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for path, c := range records(t, filepath.Join(dir, "car_expected_records.tsv")) {
		if _, err := f.Get(t.Context(), c); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	if err := f.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

package mst_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/internal/shared"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/car"
	"github.com/lexgen/lexgen/runtime/repo/mst"
)

// realRepository returns the tree of the repository in the shared data, its
// blocks, and its records as another tool listed them.
func realRepository(t testing.TB) (*mst.Tree, *blocks, content) {
	t.Helper()
	dir := shared.Dir(t, "data", "repo")
	file, err := os.ReadFile(filepath.Join(dir, "repo.car"))
	if err != nil {
		t.Fatal(err)
	}
	reader, err := car.Parse(file, car.Options{})
	if err != nil {
		t.Fatal(err)
	}
	source := newBlocks()
	for b, err := range reader.Blocks() {
		if err != nil {
			t.Fatal(err)
		}
		source.add(b)
	}
	return mst.Open(source, realRoot(t, dir)), source, realRecords(t, dir)
}

func realRoot(t testing.TB, dir string) cid.CID {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "car_expected_commit.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if data, ok := strings.CutPrefix(line, "Data CID: "); ok {
			root, err := cid.Parse(strings.TrimSpace(data))
			if err != nil {
				t.Fatal(err)
			}
			return root
		}
	}
	t.Fatal("the commit has no data")
	return cid.CID{}
}

func realRecords(t testing.TB, dir string) content {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "car_expected_records.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	reader := csv.NewReader(bytes.NewReader(text))
	reader.Comma = '\t'
	lines, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	records := content{}
	for _, line := range lines {
		if records[line[0]], err = cid.Parse(line[1]); err != nil {
			t.Fatal(err)
		}
	}
	return records
}

func TestTree_OfARealRepositoryIsReadWhole_RE12_RE14_RE17(t *testing.T) {
	t.Parallel()
	tree, source, records := realRepository(t)
	if len(records) < 20 {
		t.Fatalf("only %d records", len(records))
	}
	if diff := cmp.Diff(records, contentOf(t, tree)); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	loaded, err := tree.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	source.data = nil // a loaded tree reads nothing
	if diff := cmp.Diff(records, contentOf(t, loaded)); diff != "" {
		t.Errorf("entries in memory (-want +got):\n%s", diff)
	}
}

func TestBuild_MakesTheNodesOfARealRepository_RE13_RE16(t *testing.T) {
	t.Parallel()
	tree, _, records := realRepository(t)
	built, source := build(t, records)
	if built.Root() != tree.Root() {
		t.Errorf("root: got %v, want %v", built.Root(), tree.Root())
	}
	nodes := nodesOf(t, tree)
	for _, b := range nodes {
		if !bytes.Equal(source.data[b.CID], b.Data) {
			t.Errorf("node %v: got %x, want %x", b.CID, source.data[b.CID], b.Data)
		}
	}
	if got, want := len(source.data), len(nodes); got != want {
		t.Errorf("%d nodes, want %d", got, want)
	}
	if got := insert(t, records).Root(); got != tree.Root() {
		t.Errorf("root by inserting: got %v, want %v", got, tree.Root())
	}
}

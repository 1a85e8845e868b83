package mst_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/internal/shared"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/mst"
)

// vectors reads a list of vectors, which must not be empty.
func vectors[T any](t *testing.T, folder, name string) []T {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(shared.Dir(t, "interop", folder), name))
	if err != nil {
		t.Fatal(err)
	}
	var list []T
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		t.Fatalf("%s has no vectors", name)
	}
	return list
}

func TestLayer_IsThatOfTheVectors_RE10_RE11_VE05(t *testing.T) {
	t.Parallel()
	type vector struct {
		Key    string
		Height int
	}
	for _, v := range vectors[vector](t, "mst", "key_heights.json") {
		if got := mst.Layer(v.Key); got != v.Height {
			t.Errorf("layer of %q: got %d, want %d", v.Key, got, v.Height)
		}
	}
}

// TestLayer_IsWhatTheExampleKeysSay reads the layer from the keys themselves:
// it is their second letter.
func TestLayer_IsWhatTheExampleKeysSay_RE10_VE05(t *testing.T) {
	t.Parallel()
	for _, key := range exampleKeys(t) {
		if got, want := mst.Layer(key), int(key[1]-'0'); got != want {
			t.Errorf("layer of %q: got %d, want %d", key, got, want)
		}
	}
}

func TestTree_OfTheExampleKeysHasOneShape_RE16_VE05(t *testing.T) {
	t.Parallel()
	c := content{}
	for i, key := range exampleKeys(t) {
		c[key] = record(i)
	}
	built, _ := build(t, c)
	if got := insert(t, c).Root(); got != built.Root() {
		t.Errorf("root: inserting gives %v, building %v", got, built.Root())
	}
	if diff := cmp.Diff(c, contentOf(t, built)); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}

func exampleKeys(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(shared.Dir(t, "interop", "mst"), "example_keys.txt"))
	if err != nil {
		t.Fatal(err)
	}
	keys := strings.Fields(string(data))
	if len(keys) != 156 {
		t.Fatalf("%d example keys, not 156", len(keys))
	}
	return keys
}

// proofVector is a commit and the nodes that a stranger needs to invert it.
type proofVector struct {
	Comment          string
	LeafValue        cid.CID
	Keys, Adds, Dels []string
	RootBeforeCommit cid.CID
	RootAfterCommit  cid.CID
	BlocksInProof    []cid.CID
}

// commit returns the trees before and after the commit, and the changes.
func (v proofVector) commit(t *testing.T) (before, after *mst.Tree, changes []mst.Change) {
	t.Helper()
	c := content{}
	for _, key := range v.Keys {
		c[key] = v.LeafValue
	}
	before, _ = build(t, c)
	edit := before.Edit()
	for _, key := range v.Adds {
		if _, err := edit.Put(t.Context(), key, v.LeafValue); err != nil {
			t.Fatal(err)
		}
		changes = append(changes, mst.Change{Key: key, New: v.LeafValue})
	}
	for _, key := range v.Dels {
		if _, err := edit.Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		changes = append(changes, mst.Change{Key: key, Old: v.LeafValue})
	}
	return before, finish(t, edit), changes
}

func TestEdit_GivesTheRootsOfTheVectors_RE16(t *testing.T) {
	t.Parallel()
	for _, v := range vectors[proofVector](t, "firehose", "commit-proof-fixtures.json") {
		before, after, _ := v.commit(t)
		if got := before.Root(); got != v.RootBeforeCommit {
			t.Errorf("%s: root before: got %v, want %v", v.Comment, got, v.RootBeforeCommit)
		}
		if got := after.Root(); got != v.RootAfterCommit {
			t.Errorf("%s: root after: got %v, want %v", v.Comment, got, v.RootAfterCommit)
		}
	}
}

func TestCover_HasTheNodesOfTheVectors_RE42(t *testing.T) {
	t.Parallel()
	for _, v := range vectors[proofVector](t, "firehose", "commit-proof-fixtures.json") {
		_, after, _ := v.commit(t)
		cover, err := after.Cover(t.Context(), slices.Concat(v.Adds, v.Dels)...)
		if err != nil {
			t.Fatalf("%s: %v", v.Comment, err)
		}
		if diff := cmp.Diff(sortedCIDs(v.BlocksInProof), cidsOf(cover)); diff != "" {
			t.Errorf("%s: nodes (-want +got):\n%s", v.Comment, diff)
		}
	}
}

// TestInvert_NeedsNoMoreThanTheVectorsHave inverts on the nodes of the vectors, and
// on no others.
func TestInvert_NeedsNoMoreThanTheVectorsHave_RE41_RE42(t *testing.T) {
	t.Parallel()
	for _, v := range vectors[proofVector](t, "firehose", "commit-proof-fixtures.json") {
		_, after, changes := v.commit(t)
		source := newBlocks()
		for _, b := range nodesOf(t, after) {
			if slices.Contains(v.BlocksInProof, b.CID) {
				source.add(b)
			}
		}
		got, err := mst.Invert(t.Context(), mst.Open(source, v.RootAfterCommit), changes)
		if err != nil || got != v.RootBeforeCommit {
			t.Errorf("%s: got %v, %v, want %v", v.Comment, got, err, v.RootBeforeCommit)
		}
	}
}

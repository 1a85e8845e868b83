package repo_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"testing"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/car"
	"github.com/lexgen/lexgen/runtime/repo/mst"
)

// headAndTree returns the commit over a tree of one record, and its nodes.
func headAndTree(t testing.TB, w world, record []byte) (car.Block, []car.Block) {
	t.Helper()
	var nodes []car.Block
	root, err := mst.Build(func(yield func(string, cid.CID) bool) { yield("com.example.post/1", cidOf(record)) },
		func(b blockstore.Block) error {
			nodes = append(nodes, car.Block{CID: b.CID, Data: bytes.Clone(b.Data)})
			return nil
		})
	if err != nil {
		t.Fatal(err)
	}
	c := &repo.Commit{DID: did, Rev: "3jzfcijpj2z2a", Data: root}
	if err := c.Sign(w.key); err != nil {
		t.Fatal(err)
	}
	return c.Block(), nodes
}

// node returns a block with a node, whose links are undefined for none.
func node(t testing.TB, left cid.CID, entries ...any) car.Block {
	t.Helper()
	b, err := lex.MarshalCBOR(map[string]any{"e": entries, "l": link(left)})
	if err != nil {
		t.Fatal(err)
	}
	return car.Block{CID: cidOf(b), Data: b}
}

// entry is an entry whose key is written in full.
func entry(key string, right cid.CID) map[string]any {
	return map[string]any{"p": int64(0), "k": lex.Bytes(key), "v": lex.Link{CID: cidOf(nil)}, "t": link(right)}
}

func link(c cid.CID) any {
	if !c.Defined() {
		return nil
	}
	return lex.Link{CID: c}
}

// hostileTrees are trees that are made to cost their reader much: the root is
// the last node.
func hostileTrees(t *testing.T) map[string][]car.Block {
	t.Helper()
	shared := []car.Block{node(t, cid.CID{}, entry("com.example.post/a", cid.CID{}))}
	for level := range 40 {
		below := shared[len(shared)-1].CID
		shared = append(shared, node(t, below, entry(fmt.Sprintf("com.example.post/b%02d", level), below)))
	}
	chain := []car.Block{node(t, cid.CID{}, entry("com.example.post/a", cid.CID{}))}
	length := 1_000_000
	if testing.Short() {
		length = 5_000
	}
	for range length {
		chain = append(chain, node(t, chain[len(chain)-1].CID))
	}
	chain = append(chain, node(t, chain[len(chain)-1].CID, entry(mined(t), cid.CID{})))
	wide := make([]any, 100_000)
	for i := range wide {
		wide[i] = entry(fmt.Sprintf("com.example.post/%06d", i), cid.CID{})
	}
	noDigest := "\xa2\x61e\x81\xa4\x61k\x52com.example.post/a\x61p\x00\x61t\xf6\x61v\xd8\x2a\x45\x00\x01\x71\x12\x00\x61l\xf6"
	itself := node(t, cidOf([]byte("x")), entry("com.example.post/a", cidOf([]byte("x"))))
	return map[string][]car.Block{
		"children shared, 40 levels": shared,
		"a chain":                    chain,
		"a node of 100,000 entries":  {node(t, cid.CID{}, wide...)},
		"a digest of no bytes":       {{CID: cidOf([]byte(noDigest)), Data: []byte(noDigest)}},
		"subtrees that are missing":  {itself},
	}
}

// mined returns a path of layer 8 that is above com.example.post/a.
func mined(t *testing.T) string {
	t.Helper()
	for i := range 10_000_000 {
		if path := fmt.Sprintf("com.example.post/b%d", i); mst.Layer(path) == 8 {
			return path
		}
	}
	t.Fatal("no path of layer 8")
	return ""
}

// counting is a source that counts.
type counting struct {
	blocks map[cid.CID][]byte
	reads  int
}

func (c *counting) Get(_ context.Context, id cid.CID) ([]byte, error) {
	c.reads++
	data, ok := c.blocks[id]
	if !ok {
		return nil, &blockstore.MissingError{CID: id}
	}
	return data, nil
}

// TestHostileTreesAreRefusedCheaply runs everything that reads a tree.
//
//nolint:paralleltest // memory is measured
func TestHostileTreesAreRefusedCheaply_RE17_RE18_RE19(t *testing.T) {
	honest := filled(t, 30)
	for name, tree := range hostileTrees(t) {
		h := newHostile(t, honest, tree)
		for what, run := range h.operations(t.Context(), honest.open(t)) {
			h.source.reads = 0
			allocated, err := allocations(run)
			if err == nil {
				t.Errorf("%s: %s: no error", name, what)
			}
			if blocks := len(h.source.blocks); h.source.reads > blocks || h.source.reads > 1000 {
				t.Errorf("%s: %s: %d reads of %d blocks", name, what, h.source.reads, blocks)
			}
			if most := uint64(8<<20 + 3*len(h.file)); allocated > most {
				t.Errorf("%s: %s: %d bytes allocated for a file of %d", name, what, allocated, len(h.file))
			}
		}
	}
}

// allocations returns how many bytes run allocates.
func allocations(run func() error) (uint64, error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := run()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc, err
}

// hostile is a signed commit over a hostile tree.
type hostile struct {
	repo    *repo.Repo
	source  *counting
	file    []byte // a CAR file with the nodes below the root, not all of a chain
	id      repo.Identity
	message *repo.Message
}

func newHostile(t *testing.T, w world, tree []car.Block) *hostile {
	t.Helper()
	c := &repo.Commit{DID: did, Rev: "3jzfcijpj2z2a", Data: tree[len(tree)-1].CID}
	if err := c.Sign(w.key); err != nil {
		t.Fatal(err)
	}
	head := c.Block()
	h := &hostile{source: &counting{blocks: map[cid.CID][]byte{head.CID: head.Data}}, id: w.id}
	h.file = append(carOf(t, []cid.CID{head.CID}), section(head.CID, head.Data)...)
	for i, b := range slices.Backward(tree) {
		h.source.blocks[b.CID] = b.Data
		if len(tree)-i < 50 {
			h.file = append(h.file, section(b.CID, b.Data)...)
		}
	}
	var err error
	if h.repo, err = repo.Open(t.Context(), h.source, head.CID); err != nil {
		t.Fatal(err)
	}
	h.message = &repo.Message{
		DID: did, Commit: head.CID, Rev: c.Rev, Since: "3jzfcijpj2z22", PrevData: cidOf(nil), Blocks: h.file,
		Ops: []repo.Op{{Action: repo.ActionDelete, Path: "com.example.post/a", Prev: cidOf(nil)}},
	}
	return h
}

// operations is everything that reads a repository.
//
//nolint:contextcheck // proofs and messages are in memory
func (h *hostile) operations(ctx context.Context, honest *repo.Repo) map[string]func() error {
	var opts repo.VerifyOptions
	return map[string]func() error{
		"verify": func() error { _, err := repo.Verify(ctx, bytes.NewReader(h.file), h.id, opts); return err },
		"load":   func() error { _, err := repo.Load(ctx, h.file, h.id, opts); return err },
		"import": func() error {
			_, err := repo.Import(ctx, blockstore.NewMemory(), bytes.NewReader(h.file), h.id, opts)
			return err
		},
		"export":  func() error { return h.repo.Export(ctx, io.Discard) },
		"since":   func() error { _, err := repo.Diff(ctx, honest, h.repo); return err },
		"until":   func() error { _, err := repo.Diff(ctx, h.repo, honest); return err },
		"subset":  func() error { return h.repo.ExportCollections(ctx, io.Discard, posts) },
		"proof":   func() error { return h.repo.WriteProof(ctx, io.Discard, posts, "a") },
		"prove":   func() error { _, err := repo.VerifyProof(h.file, h.id, posts, "a"); return err },
		"message": func() error { _, err := repo.VerifyMessage(h.message, h.id.Key); return err },
		"records": func() error { return lastError(h.repo.Records(ctx, "")) },
	}
}

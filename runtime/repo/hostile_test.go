package repo_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
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

// mostAllocated is what any operation on a hostile tree may allocate, in bytes.
// The tree is there before, as blocks in a source or as a whole CAR file in
// memory.
const mostAllocated = 8 << 20

// fewHeld is a MaxHeld with which a stream in disorder keeps to that, too. With
// another one as much more may be allocated as it says.
const fewHeld = 4 << 20

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
			if allocated > mostAllocated {
				t.Errorf("%s: %s: %d bytes allocated, more than %d: %v", name, what, allocated, mostAllocated, err)
			}
		}
		for what, run := range map[string]func() error{
			"verify": h.verify(t.Context(), h.file.back, 0),
			"import": h.intake(t.Context(), h.file.back, 0),
		} {
			if allocated, err := allocations(run); err == nil || allocated > repo.DefaultMaxHeld+mostAllocated {
				t.Errorf("%s: %s in disorder: %d bytes allocated, more than are held and %d: %v", name, what, allocated, mostAllocated, err)
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
	id      repo.Identity
	file    arrivals // with all blocks
	proof   arrivals // as long as a proof may be
	message arrivals // and as a message
}

// arrivals is a CAR file twice: with its blocks in pre-order, and the other way
// round, so that the commit comes last.
type arrivals struct{ forth, back []byte }

func newHostile(t *testing.T, w world, tree []car.Block) *hostile {
	t.Helper()
	c := &repo.Commit{DID: did, Rev: "3jzfcijpj2z2a", Data: tree[len(tree)-1].CID}
	if err := c.Sign(w.key); err != nil {
		t.Fatal(err)
	}
	blocks := append(slices.Clone(tree), c.Block())
	slices.Reverse(blocks)
	h := &hostile{
		source: &counting{blocks: map[cid.CID][]byte{}}, id: w.id,
		file: arrive(t, blocks, math.MaxInt), proof: arrive(t, blocks, repo.MaxProof), message: arrive(t, blocks, repo.MaxBlocks),
	}
	for _, b := range blocks {
		h.source.blocks[b.CID] = b.Data
	}
	var err error
	if h.repo, err = repo.Open(t.Context(), h.source, blocks[0].CID); err != nil {
		t.Fatal(err)
	}
	return h
}

// arrive returns the file with as many of the blocks, of which the commit is the
// first, as it has room for.
func arrive(t *testing.T, blocks []car.Block, room int) arrivals {
	t.Helper()
	header := carOf(t, []cid.CID{blocks[0].CID})
	a := arrivals{forth: header}
	for i, b := range blocks {
		s := section(b.CID, b.Data)
		if len(a.forth)+len(s) > room {
			blocks = blocks[:i]
			break
		}
		a.forth = append(a.forth, s...)
	}
	a.back = slices.Clone(header)
	for _, b := range slices.Backward(blocks) {
		a.back = append(a.back, section(b.CID, b.Data)...)
	}
	return a
}

// operations is everything that reads a repository, block by block or from a
// file in memory.
//
//nolint:contextcheck // proofs and messages are in memory
func (h *hostile) operations(ctx context.Context, honest *repo.Repo) map[string]func() error {
	load := func(b []byte) func() error {
		return func() error { _, err := repo.Load(ctx, b, h.id, repo.VerifyOptions{}); return err }
	}
	prove := func(b []byte) func() error {
		return func() error { _, err := repo.VerifyProof(b, h.id, posts, "a"); return err }
	}
	message := func(b []byte) func() error {
		m := &repo.Message{
			DID: did, Commit: h.repo.Head(), Rev: h.repo.Rev(), Since: "3jzfcijpj2z22", PrevData: cidOf(nil), Blocks: b,
			Ops: []repo.Op{{Action: repo.ActionDelete, Path: "com.example.post/a", Prev: cidOf(nil)}},
		}
		return func() error { _, err := repo.VerifyMessage(m, h.id.Key); return err }
	}
	return map[string]func() error{
		"load": load(h.file.forth), "load in disorder": load(h.file.back),
		"prove": prove(h.proof.forth), "prove in disorder": prove(h.proof.back),
		"message": message(h.message.forth), "message in disorder": message(h.message.back),
		"verify": h.verify(ctx, h.file.forth, 0), "verify in disorder": h.verify(ctx, h.file.back, fewHeld),
		"import": h.intake(ctx, h.file.forth, 0), "import in disorder": h.intake(ctx, h.file.back, fewHeld),
		"export":  func() error { return h.repo.Export(ctx, io.Discard) },
		"since":   func() error { _, err := repo.Diff(ctx, honest, h.repo); return err },
		"until":   func() error { _, err := repo.Diff(ctx, h.repo, honest); return err },
		"subset":  func() error { return h.repo.ExportCollections(ctx, io.Discard, posts) },
		"proof":   func() error { return h.repo.WriteProof(ctx, io.Discard, posts, "a") },
		"records": func() error { return lastError(h.repo.Records(ctx, "")) },
	}
}

// verify verifies a stream.
func (h *hostile) verify(ctx context.Context, b []byte, held int64) func() error {
	return func() error {
		_, err := repo.Verify(ctx, bytes.NewReader(b), h.id, repo.VerifyOptions{MaxHeld: held})
		return err
	}
}

// intake imports a stream.
func (h *hostile) intake(ctx context.Context, b []byte, held int64) func() error {
	return func() error {
		_, err := repo.Import(ctx, blockstore.NewMemory(), bytes.NewReader(b), h.id, repo.VerifyOptions{MaxHeld: held})
		return err
	}
}

package e2e_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/mst"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// making is the argument of repo.make.
type making struct {
	DID     syntax.DID `json:"did"`
	Curve   string     `json:"curve"`
	Secret  []byte     `json:"secret"`
	Batches [][]write  `json:"batches"`
	Paths   []string   `json:"paths,omitempty"` // to prove
}

// made is the result of repo.make.
type made struct {
	Key     string
	CAR     []byte
	Commits []peerCommit
	Proofs  [][]byte // of the paths
}

// peerCommit is a commit that the other side has made.
type peerCommit struct {
	Head, Data, PrevData cidText
	Rev, Since           syntax.TID
	Blocks               []byte // a CAR file
}

// message returns the event that would announce the commit.
func (c peerCommit) message(t *testing.T, ops []repo.Op) *repo.Message {
	t.Helper()
	m := &repo.Message{DID: did, Commit: parseCID(t, c.Head), Rev: c.Rev, Since: c.Since, Ops: ops, Blocks: c.Blocks}
	if c.PrevData != "" {
		m.PrevData = parseCID(t, c.PrevData)
	}
	return m
}

func parseCID(t *testing.T, text cidText) cid.CID {
	t.Helper()
	c, err := cid.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// makeHistory has the other side make a repository.
func makeHistory(t *testing.T, key *crypto.PrivateKey, h *history, paths ...string) made {
	t.Helper()
	got := call[made](t, "repo", "make", making{did, key.Curve().String(), key.Bytes(), h.batches, paths})
	if want := key.PublicKey().DIDKey(); got.Key != want {
		t.Fatalf("the key is %s, want %s", got.Key, want)
	}
	return got
}

// TestPeersRepositoryIsSound_RE02_RE32 has the other side make a repository of
// some hundred writes on each curve.
func TestPeersRepositoryIsSound_RE02_RE32(t *testing.T) {
	t.Parallel()
	node(t)
	for _, curve := range curves {
		t.Run(curve.String(), func(t *testing.T) {
			t.Parallel()
			r := seeded(t)
			h, key := randomHistory(t, r, 300), randomKey(t, r, curve)
			theirs := makeHistory(t, key, h)

			got := map[string][]byte{}
			opts := repo.VerifyOptions{Record: func(r repo.Record) error {
				got[r.Path] = bytes.Clone(r.Data)
				return nil
			}}
			id := repo.Identity{DID: did, Key: key.PublicKey()}
			contents, err := repo.Verify(t.Context(), bytes.NewReader(theirs.CAR), id, opts)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(h.records, got); diff != "" {
				t.Errorf("records (-written +read):\n%.2000s", diff)
			}
			if want := theirs.Commits[len(theirs.Commits)-1].Head; textOf(contents.Head) != want {
				t.Errorf("the commit is %v, want %s", contents.Head, want)
			}
			if root := build(t, h.records); root != contents.Commit.Data {
				t.Errorf("the tree of its records is %v, want %v", root, contents.Commit.Data)
			}
			if loaded := load(t, theirs.CAR, key); loaded.Head() != contents.Head {
				t.Errorf("in memory it is %v, in a stream %v", loaded.Head(), contents.Head)
			}
			id.Key = randomKey(t, r, curve).PublicKey()
			if _, err := repo.Verify(t.Context(), bytes.NewReader(theirs.CAR), id, repo.VerifyOptions{}); err == nil {
				t.Error("another key is accepted")
			}
			t.Logf("%d commits, %d records", len(theirs.Commits), contents.Records)
		})
	}
}

// build returns the root of the tree of records.
func build(t *testing.T, records map[string][]byte) cid.CID {
	t.Helper()
	h := &history{records: records}
	root, err := mst.Build(func(yield func(string, cid.CID) bool) {
		for _, path := range h.paths() {
			if !yield(path, cid.Sum(cid.DagCBOR, records[path])) {
				return
			}
		}
	}, func(blockstore.Block) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// TestPeersCommitsAreSoundMessages_RE41 verifies each commit of the other side
// by itself, from the blocks that it would announce, and holds our Writer's
// tree against its own.
func TestPeersCommitsAreSoundMessages_RE41(t *testing.T) {
	t.Parallel()
	node(t)
	r := seeded(t)
	h, key := randomHistory(t, r, 300), randomKey(t, r, crypto.P256)
	theirs, ours := makeHistory(t, key, h), writeHistory(t, key, h)
	if len(theirs.Commits) != len(h.batches) {
		t.Fatalf("%d commits, want %d", len(theirs.Commits), len(h.batches))
	}
	for i, commit := range theirs.Commits {
		m := commit.message(t, h.ops[i])
		if _, err := repo.VerifyMessage(m, key.PublicKey()); err != nil {
			t.Errorf("commit %d: %v", i, err)
		}
		if commit.Data != textOf(ours.data[i]) {
			t.Errorf("commit %d: their tree is %s, ours %v", i, commit.Data, ours.data[i])
		}
		m.Ops = m.Ops[:len(m.Ops)-1]
		if _, err := repo.VerifyMessage(m, key.PublicKey()); err == nil && len(m.Ops) > 0 {
			t.Errorf("commit %d is accepted without one of its operations", i)
		}
	}
	t.Logf("%d commits", len(theirs.Commits))
}

// TestPeersProofsHold_RE44_RE45 verifies proofs of one path each, present or
// absent.
func TestPeersProofsHold_RE44_RE45(t *testing.T) {
	t.Parallel()
	node(t)
	r := seeded(t)
	h, key := randomHistory(t, r, 300), randomKey(t, r, crypto.K256)
	paths := slices.Concat(sample(r, h, 80), absent(r, h, 60))
	theirs := makeHistory(t, key, h, paths...)
	id := repo.Identity{DID: did, Key: key.PublicKey()}
	for i, path := range paths {
		if err := checkProof(theirs.Proofs[i], id, path, h.records[path]); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		other := paths[(i+1)%len(paths)]
		if err := checkProof(theirs.Proofs[i], id, other, nil); err == nil && h.records[other] != nil {
			t.Errorf("the proof of %s proves that there is no %s", path, other)
		}
	}
	t.Logf("%d proofs", len(paths))
}

// checkProof fails unless b proves that a path has a record, or none if that
// is nil.
func checkProof(b []byte, id repo.Identity, path string, record []byte) error {
	collection, key, err := syntax.ParseRepoPath(path)
	if err != nil {
		return err
	}
	p, err := repo.VerifyProof(b, id, collection, key)
	if err != nil {
		return err
	}
	if (p.Record.CID == cid.CID{}) != (record == nil) || !bytes.Equal(p.Record.Data, record) {
		return fmt.Errorf("the proof is of %v %x, want %x", p.Record.CID, p.Record.Data, record)
	}
	return nil
}

// TestRepositoryMovesBothWays imports a repository of the other side, goes on
// with it, and has the other side verify what has become of it (RE-05).
func TestRepositoryMovesBothWays(t *testing.T) {
	t.Parallel()
	node(t)
	r := seeded(t)
	h, key := randomHistory(t, r, 150), randomKey(t, r, crypto.K256)
	theirs := makeHistory(t, key, h)
	store := blockstore.NewMemory()
	if _, err := repo.Import(t.Context(), store, bytes.NewReader(theirs.CAR), repo.Identity{DID: did, Key: key.PublicKey()}, repo.VerifyOptions{}); err != nil {
		t.Fatal(err)
	}
	ourKey := randomKey(t, r, crypto.P256) // the account has a new key here
	w := repo.NewWriter(store, ourKey, repo.WriterOptions{})
	batches, head := continued(t, r, h), cid.CID{}
	for _, batch := range batches {
		var writes []repo.Write
		for _, one := range batch {
			writes = append(writes, one.ours(t))
		}
		change, err := w.Apply(t.Context(), writes...)
		if err != nil {
			t.Fatal(err)
		}
		head = change.Commit
	}
	moved, err := repo.Open(t.Context(), store, head)
	if err != nil {
		t.Fatal(err)
	}
	in := verification{exported(t, moved), did, ourKey.PublicKey().DIDKey()}
	all := newHistory(t, slices.Concat(h.batches, batches))
	checkVerified(t, call[verified](t, "repo", "verify", in), moved, all.records)
	t.Logf("%d commits of theirs, %d of ours", len(h.batches), len(batches))
}

// continued returns batches that delete half of the records, one by one.
func continued(t *testing.T, r *rand.Rand, h *history) [][]write {
	t.Helper()
	var batches [][]write
	for i, path := range sample(r, h, len(h.records)/2) {
		again := write{repo.ActionUpdate, path, randomRecord(t, r, path, -i)}
		batches = append(batches, []write{again}, []write{{Action: repo.ActionDelete, Path: path}})
	}
	return batches
}

package e2e_test

import (
	"bytes"
	"encoding/json"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/syntax"
)

const did syntax.DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"

var curves = []crypto.Curve{crypto.K256, crypto.P256}

// randomKey returns a key that depends on the seed alone.
func randomKey(t *testing.T, r *rand.Rand, curve crypto.Curve) *crypto.PrivateKey {
	t.Helper()
	key, err := crypto.ParsePrivateKey(curve, randomBytes(r, crypto.PrivateKeySize))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// peerRecord is a record as the other side has read it.
type peerRecord struct {
	Path string
	CID  cidText
	Data []byte          // encoded again
	JSON json.RawMessage // the other side's
}

// cidText is a CID that JSON has as a text, or "" if it is undefined.
type cidText = string

func textOf(c cid.CID) cidText { return c.String() }

// peerOp is an operation as the other side says it.
type peerOp struct {
	Action    repo.Action
	Path      string
	CID, Prev cidText
}

// peerOps returns operations as the other side says them, in the order of
// their paths.
func peerOps(ops []repo.Op) []peerOp {
	var all []peerOp
	for _, op := range ops {
		all = append(all, peerOp{op.Action, op.Path, textOf(op.CID), textOf(op.Prev)})
	}
	return sorted(all)
}

func sorted(ops []peerOp) []peerOp {
	slices.SortFunc(ops, func(a, b peerOp) int { return strings.Compare(a.Path, b.Path) })
	return ops
}

// checkRecords holds what the other side has read against the truth.
func checkRecords(t *testing.T, got []peerRecord, want map[string][]byte) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d records, want %d", len(got), len(want))
	}
	for _, record := range got {
		if !checkRecord(t, record, want[record.Path]) {
			return // one shows enough
		}
	}
}

func checkRecord(t *testing.T, record peerRecord, data []byte) bool {
	t.Helper()
	want := textOf(cid.Sum(cid.DagCBOR, data))
	switch {
	case !bytes.Equal(record.Data, data):
		t.Errorf("%s: read as\n%x, written as\n%x", record.Path, record.Data, data)
	case !bytes.Equal(cborOf(t, record.JSON), data):
		t.Errorf("%s: the JSON is\n%s\nof what was written as\n%x", record.Path, record.JSON, data)
	case record.CID != "" && record.CID != want:
		t.Errorf("%s: CID %s, want %s", record.Path, record.CID, want)
	default:
		return true
	}
	return false
}

// written is a repository that our Writer has made.
type written struct {
	store   blockstore.Store
	repo    *repo.Repo
	first   []byte   // the CAR file of the first version
	changes [][]byte // the CAR files of the commits after it
	middle  *repo.Repo
	data    []cid.CID // the roots of all trees
}

// writeHistory has our Writer make a repository.
func writeHistory(t *testing.T, key *crypto.PrivateKey, h *history) *written {
	t.Helper()
	store := blockstore.NewMemory()
	w := repo.NewWriter(store, key, repo.WriterOptions{})
	result := &written{store: store}
	for i, batch := range h.batches {
		var writes []repo.Write
		for _, one := range batch {
			writes = append(writes, one.ours(t))
		}
		var change *repo.Change
		var err error
		if i == 0 {
			change, err = w.Init(t.Context(), did, writes...)
		} else {
			change, err = w.Apply(t.Context(), writes...)
		}
		if err != nil {
			t.Fatal(err)
		}
		result.data = append(result.data, change.Data)
		if result.repo, err = repo.Open(t.Context(), store, change.Commit); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			result.first = bytesOf(t, func(w io.Writer) error { return result.repo.Export(t.Context(), w) })
			continue
		}
		result.changes = append(result.changes, bytesOf(t, change.WriteCAR))
		if i == len(h.batches)/2 { // kept apart: the store forgets what is replaced
			result.middle = load(t, exported(t, result.repo), key)
		}
	}
	return result
}

func bytesOf(t *testing.T, write func(io.Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func exported(t *testing.T, r *repo.Repo) []byte {
	t.Helper()
	return bytesOf(t, func(w io.Writer) error { return r.Export(t.Context(), w) })
}

func load(t *testing.T, b []byte, key *crypto.PrivateKey) *repo.Repo {
	t.Helper()
	r, err := repo.Load(t.Context(), b, repo.Identity{DID: did, Key: key.PublicKey()}, repo.VerifyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// verification is the argument of repo.verify.
type verification struct {
	CAR []byte     `json:"car"`
	DID syntax.DID `json:"did"`
	Key string     `json:"key"`
}

// verified is the result of repo.verify.
type verified struct {
	Head, Data, Rebuilt cidText
	Rev                 syntax.TID
	Records             []peerRecord
}

// checkVerified holds what the other side has found in r against the truth.
func checkVerified(t *testing.T, got verified, r *repo.Repo, records map[string][]byte) {
	t.Helper()
	data := textOf(r.Commit().Data)
	want := verified{Head: textOf(r.Head()), Data: data, Rebuilt: data, Rev: r.Rev(), Records: got.Records}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the commit (-ours +theirs):\n%s", diff)
	}
	checkRecords(t, got.Records, records)
}

// TestPeerVerifiesOurRepository_RE02_RE32 makes a repository of some hundred
// writes on each curve.
func TestPeerVerifiesOurRepository_RE02_RE32(t *testing.T) {
	t.Parallel()
	node(t)
	for _, curve := range curves {
		t.Run(curve.String(), func(t *testing.T) {
			t.Parallel()
			r := seeded(t)
			h, key := randomHistory(t, r, 400), randomKey(t, r, curve)
			ours := writeHistory(t, key, h)
			in := verification{exported(t, ours.repo), did, key.PublicKey().DIDKey()}
			checkVerified(t, call[verified](t, "repo", "verify", in), ours.repo, h.records)

			in.Key = randomKey(t, r, curve).PublicKey().DIDKey()
			if _, err := try[verified](t, "repo", "verify", in); err == nil {
				t.Error("another key is accepted, so the signature was not checked")
			}
			t.Logf("%d commits, %d records", len(h.batches), len(h.records))
		})
	}
}

// peerDiff is what the other side has found in a change.
type peerDiff struct {
	Head cidText
	Ops  []peerOp
}

type diffs struct {
	verification

	Diffs [][]byte `json:"diffs"`
}

// TestPeerFollowsOurChanges_RE37_RE40 has the other side apply the blocks of
// each commit to the version before, and those of an export since a rev to a
// version far behind.
func TestPeerFollowsOurChanges_RE37_RE40(t *testing.T) {
	t.Parallel()
	node(t)
	r := seeded(t)
	h, key := randomHistory(t, r, 300), randomKey(t, r, crypto.K256)
	ours := writeHistory(t, key, h)
	in := diffs{verification{ours.first, did, key.PublicKey().DIDKey()}, ours.changes}
	got := call[[]peerDiff](t, "repo", "verifyDiffs", in)
	if len(got) != len(h.batches)-1 {
		t.Fatalf("%d changes, want %d", len(got), len(h.batches)-1)
	}
	for i, diff := range got {
		if diff := cmp.Diff(peerOps(h.ops[i+1]), sorted(diff.Ops)); diff != "" {
			t.Errorf("operations of commit %d (-ours +theirs):\n%s", i+1, diff)
		}
	}
	if last := got[len(got)-1].Head; last != textOf(ours.repo.Head()) {
		t.Errorf("the last commit is %s, want %v", last, ours.repo.Head())
	}

	since := bytesOf(t, func(w io.Writer) error { return repo.ExportSince(t.Context(), ours.store, w, ours.middle.Rev()) })
	ops, err := repo.Diff(t.Context(), ours.middle, ours.repo)
	if err != nil {
		t.Fatal(err)
	}
	in = diffs{verification{exported(t, ours.middle), did, key.PublicKey().DIDKey()}, [][]byte{since}}
	got = call[[]peerDiff](t, "repo", "verifyDiffs", in)
	if diff := cmp.Diff(peerOps(ops), sorted(got[0].Ops)); diff != "" {
		t.Errorf("operations since %s (-ours +theirs):\n%s", ours.middle.Rev(), diff)
	}
	t.Logf("%d commits one by one, %d operations since the middle", len(ours.changes), len(ops))
}

// claim is that a path has a CID, or none.
type claim struct {
	Path string  `json:"path"`
	CID  cidText `json:"cid"`
}

type proof struct {
	verification

	Claims []claim `json:"claims"`
}

// provenClaims says which claims hold and which do not.
type provenClaims struct {
	Verified, Unverified []claim
}

// proven is what a proof proves to the other side.
type proven struct {
	provenClaims

	Records []peerRecord
}

// TestPeerVerifiesOurProofs_RE44_RE45 has the other side verify proofs of one
// path each, present or absent, and refuse what they do not prove.
func TestPeerVerifiesOurProofs_RE44_RE45(t *testing.T) {
	t.Parallel()
	node(t)
	r := seeded(t)
	h, key := randomHistory(t, r, 300), randomKey(t, r, crypto.P256)
	ours := writeHistory(t, key, h)
	paths := slices.Concat(sample(r, h, 80), absent(r, h, 60))
	var in []proof
	var want []provenClaims
	for _, path := range paths {
		collection, rkey, err := syntax.ParseRepoPath(path)
		if err != nil {
			t.Fatal(err)
		}
		car := bytesOf(t, func(w io.Writer) error { return ours.repo.WriteProof(t.Context(), w, collection, rkey) })
		truth, lie := claim{path, ""}, claim{path, textOf(randomCID(r))}
		if data, ok := h.records[path]; ok {
			truth.CID = textOf(cid.Sum(cid.DagCBOR, data))
			if r.IntN(2) == 0 {
				lie.CID = ""
			}
		}
		in = append(in, proof{verification{car, did, key.PublicKey().DIDKey()}, []claim{truth, lie}})
		want = append(want, provenClaims{Verified: []claim{truth}, Unverified: []claim{lie}})
	}
	for i, got := range call[[]proven](t, "repo", "proofs", in) {
		if diff := cmp.Diff(want[i], got.provenClaims); diff != "" {
			t.Errorf("what is proven of %s (-want +theirs):\n%s", paths[i], diff)
		}
		records := map[string][]byte{}
		if data, ok := h.records[paths[i]]; ok {
			records[paths[i]] = data
		}
		checkRecords(t, got.Records, records)
	}
	t.Logf("%d proofs", len(paths))
}

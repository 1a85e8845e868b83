package repository_test

import (
	"bytes"
	"maps"
	"slices"
	"testing"

	"github.com/bluesky-social/indigo/atproto/atcrypto"
	indigo "github.com/bluesky-social/indigo/atproto/repo"
	gocid "github.com/ipfs/go-cid"
	theircar "github.com/ipld/go-car"
	carutil "github.com/ipld/go-car/util"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/repo"
)

// exchangeFiles exports the tree as a repository both ways, and reads what the
// other has written.
func (h *history) exchangeFiles(t *testing.T, done *counts) {
	t.Helper()
	secret := bytes.Repeat([]byte{3}, crypto.PrivateKeySize)
	own, err := crypto.ParsePrivateKey(crypto.K256, secret)
	if err != nil {
		t.Fatal(err)
	}
	their, err := atcrypto.ParsePrivateBytesK256(secret)
	if err != nil {
		t.Fatal(err)
	}
	public, err := their.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	h.indigoReads(t, h.exportOurs(t, own), public)
	done.files.Add(1)
	h.weRead(t, h.exportTheirs(t, their), repo.Identity{DID: did, Key: own.PublicKey()})
	done.files.Add(1)
}

const rev = "3jzfcijpj2z2a"

func (h *history) exportOurs(t *testing.T, key *crypto.PrivateKey) []byte {
	t.Helper()
	commit := &repo.Commit{DID: did, Rev: rev, Data: h.ours.Root()}
	if err := commit.Sign(key); err != nil {
		t.Fatal(err)
	}
	block := commit.Block()
	source := nodesOf(t, h.ours)
	source[block.CID] = block.Data
	maps.Copy(source, h.records)
	r, err := repo.Open(t.Context(), source, block.CID)
	if err != nil {
		t.Fatal(err)
	}
	return export(t, r)
}

// indigoReads says that indigo verifies a file, and finds what the map has.
func (h *history) indigoReads(t *testing.T, file []byte, key atcrypto.PublicKey) {
	t.Helper()
	indigoVerifies(t, file, key)
	_, r, err := indigo.LoadRepoFromCAR(t.Context(), bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if r.MST.IsEmpty() != (len(h.model) == 0) {
		t.Errorf("indigo finds the tree of %d entries empty: %v", len(h.model), r.MST.IsEmpty())
	}
	got := map[string]gocid.Cid{}
	if err := r.MST.WriteToMap(got); err != nil {
		t.Fatal(err)
	}
	if len(got) != len(h.model) {
		t.Errorf("indigo finds %d entries, want %d", len(got), len(h.model))
	}
	for key, value := range h.model {
		if their := got[key]; !sameCID(value, &their) {
			t.Errorf("%s is %s to indigo, want %s", key, their, value)
		}
		block, err := r.RecordStore.Get(t.Context(), toTheirs(t, value))
		if err != nil || !bytes.Equal(block.RawData(), h.records[value]) {
			t.Errorf("%s: indigo finds %v, want %x (%v)", key, block, h.records[value], err)
		}
	}
}

// exportTheirs writes commit, nodes and records with what indigo writes them
// with, in an order that is none.
func (h *history) exportTheirs(t *testing.T, key atcrypto.PrivateKey) []byte {
	t.Helper()
	root, err := h.theirs.RootCID()
	if err != nil {
		t.Fatal(err)
	}
	commit := indigo.Commit{DID: string(did), Version: indigo.ATPROTO_REPO_VERSION, Data: *root, Rev: rev}
	if err := commit.Sign(key); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := commit.MarshalCBOR(&b); err != nil {
		t.Fatal(err)
	}
	head := cid.Sum(cid.DagCBOR, b.Bytes())
	all := blockData{head: b.Bytes()}
	maps.Copy(all, h.written.data) // the nodes of earlier versions, too: no error (RE-36)
	maps.Copy(all, h.records)
	var file bytes.Buffer
	if err := theircar.WriteHeader(&theircar.CarHeader{Roots: []gocid.Cid{toTheirs(t, head)}, Version: 1}, &file); err != nil {
		t.Fatal(err)
	}
	for _, c := range slices.SortedFunc(maps.Keys(all), cid.CID.Compare) {
		if err := carutil.LdWrite(&file, toTheirs(t, c).Bytes(), all[c]); err != nil {
			t.Fatal(err)
		}
	}
	return file.Bytes()
}

// weRead says that we verify a file, in memory and as a stream, and find what
// the map has.
func (h *history) weRead(t *testing.T, file []byte, id repo.Identity) {
	t.Helper()
	r, err := repo.Load(t.Context(), file, id, repo.VerifyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]cid.CID{}
	for record, err := range r.Records(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		got[record.Path] = record.CID
		if !bytes.Equal(record.Data, h.records[record.CID]) {
			t.Errorf("%s is %x, want %x", record.Path, record.Data, h.records[record.CID])
		}
	}
	if !maps.Equal(got, h.model) {
		t.Errorf("%v, want %v", got, h.model)
	}
	contents, err := repo.Verify(t.Context(), bytes.NewReader(file), id, repo.VerifyOptions{})
	if err != nil || contents.Records != len(h.model) || contents.Nodes != len(nodesOf(t, h.ours)) {
		t.Errorf("the stream has %+v (%v), want %d records", contents, err, len(h.model))
	}
}

package blockstore_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/blockstore/blockstoretest"
)

func TestMemoryConforms(t *testing.T) {
	t.Parallel()
	blockstoretest.Run(t, func(*testing.T) blockstoretest.Subject {
		return blockstoretest.Subject{Store: blockstore.NewMemory()}
	})
}

func TestMemoryDoesWhatTheModelDoes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		program := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(rt, "program")
		blockstoretest.Play(t, blockstoretest.Subject{Store: blockstore.NewMemory()}, program)
	})
}

func FuzzMemory(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0xc1, 0xc2, 0x81, 0x20, 0xa1, 0x00, 0xa2, 0x20})
	f.Add([]byte{0xdf, 0x9f, 0x20, 0x7f, 0x61, 0x40, 0xbf, 0xdf, 0x20})
	f.Fuzz(func(t *testing.T, program []byte) {
		blockstoretest.Play(t, blockstoretest.Subject{Store: blockstore.NewMemory()}, program)
	})
}

func TestMemoryListsItsBlocksInOrder(t *testing.T) {
	t.Parallel()
	m := blockstore.NewMemory()
	if got := m.Blocks(); len(got) != 0 {
		t.Errorf("an empty store has %d blocks", len(got))
	}
	var want []blockstore.Block
	for i := range 20 {
		data := []byte{byte(i)}
		want = append(want, blockstore.Block{CID: cid.Sum(cid.Raw, data), Data: data})
	}
	tx, err := m.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := tx.Put(t.Context(), "3jzfcijpj2z2a", want...); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := m.Blocks()
	for i := 1; i < len(got); i++ {
		if got[i-1].CID.Compare(got[i].CID) >= 0 {
			t.Errorf("block %d does not come before block %d", i-1, i)
		}
	}
	has := map[cid.CID]string{}
	for _, b := range got {
		has[b.CID] = string(b.Data)
	}
	wanted := map[cid.CID]string{}
	for _, b := range want {
		wanted[b.CID] = string(b.Data)
	}
	if diff := cmp.Diff(wanted, has); diff != "" {
		t.Errorf("blocks (-want +got):\n%s", diff)
	}
}

func TestAMissingBlockIsNamed(t *testing.T) {
	t.Parallel()
	c := cid.Sum(cid.DagCBOR, nil)
	_, err := blockstore.NewMemory().Get(t.Context(), c)
	if want := "block " + c.String() + " is missing"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %q", err, want)
	}
}

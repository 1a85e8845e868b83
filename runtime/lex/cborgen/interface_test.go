package cborgen_test

import (
	"bytes"
	"io"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	cbg "github.com/whyrusleeping/cbor-gen"

	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/lex/cborgen/testdata/oracle"
	"github.com/lexgen/lexgen/runtime/lex/cborgen/testdata/types"
)

// Values and pointers are marshalers, so that neither bypasses the codec.
var (
	_ cbg.CBORMarshaler   = types.Everything{}
	_ cbg.CBORMarshaler   = (*types.Everything)(nil)
	_ cbg.CBORUnmarshaler = (*types.Everything)(nil)
)

// TestGeneratedTypesStandInCborGenStructs puts a value of lexgen between two
// fields of cbor-gen, where it has to read its own bytes and no others.
func TestGeneratedTypesStandInCborGenStructs_DM08(t *testing.T) {
	t.Parallel()
	for name, leaf := range map[string]*types.EverythingLeaf{
		"small": {Name: "leaf"},
		"large": {Name: string(bytes.Repeat([]byte("leaf"), 10_000)), Data: make(lex.Bytes, 100_000), Extra: lex.Extra{"future": []any{nil, int64(-1)}}},
	} {
		want := &oracle.Holder{After: "after", Leaf: leaf, Leaves: []*types.EverythingLeaf{leaf, leaf}, Last: "last"}
		b := marshal(t, want)
		var data any
		if err := lex.DecodeCBOR(b, &data); err != nil {
			t.Fatalf("%s: cbor-gen and lexgen together write no DAG-CBOR: %v", name, err)
		}
		for reader, r := range map[string]io.Reader{
			"whole":      bytes.NewReader(b),
			"unseekable": iotest.OneByteReader(bytes.NewReader(b)),
		} {
			var got oracle.Holder
			if err := got.UnmarshalCBOR(r); err != nil {
				t.Fatalf("%s, %s: %v", name, reader, err)
			}
			if diff := cmp.Diff(want, &got); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", name, reader, diff)
			}
		}
	}
}

func TestUnmarshalCBORLeavesWhatFollows(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	for range 3 {
		if err := least().MarshalCBOR(&b); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 3 {
		var got types.Everything
		if err := got.UnmarshalCBOR(&b); err != nil {
			t.Fatalf("item %d: %v", i, err)
		}
		if diff := cmp.Diff(least(), &got, same); diff != "" {
			t.Errorf("item %d (-want +got):\n%s", i, diff)
		}
	}
	if b.Len() != 0 {
		t.Errorf("%d bytes are left", b.Len())
	}
}

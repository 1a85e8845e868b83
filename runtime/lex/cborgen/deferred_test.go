package cborgen_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	cbg "github.com/whyrusleeping/cbor-gen"

	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/lex/cborgen"
	"github.com/lexgen/lexgen/runtime/lex/cborgen/testdata/oracle"
	"github.com/lexgen/lexgen/runtime/lex/cborgen/testdata/types"
)

// TestDeferredHoldsAValue passes a value through a struct of cbor-gen and back.
func TestDeferredHoldsAValue_DM26(t *testing.T) {
	t.Parallel()
	want := &types.EverythingLeaf{A: -5, Name: "leaf", Extra: lex.Extra{"future": []any{nil, true}}}
	d, err := cborgen.ToDeferred(want)
	if err != nil {
		t.Fatal(err)
	}
	theirs := mirror(t, least())
	theirs.Free = d
	var read oracle.Everything
	unmarshal(t, marshal(t, theirs), &read)
	var got types.EverythingLeaf
	if err := cborgen.FromDeferred(read.Free, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, &got); diff != "" {
		t.Errorf("value (-want +got):\n%s", diff)
	}
}

func TestDecodedValuesDoNotShareDeferredMemory(t *testing.T) {
	t.Parallel()
	d, err := cborgen.ToDeferred(&types.EverythingLeaf{Name: "leaf"})
	if err != nil {
		t.Fatal(err)
	}
	var got types.EverythingLeaf
	if err := cborgen.FromDeferred(d, &got); err != nil {
		t.Fatal(err)
	}
	clear(d.Raw)
	if got.Name != "leaf" {
		t.Errorf("the name changed to %q", got.Name)
	}
}

func TestDeferredRefuses(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]*cbg.Deferred{
		"nil":                 nil,
		"nothing":             {},
		"a float":             {Raw: []byte{0xf9, 0, 0}},
		"bytes behind":        {Raw: []byte{0xa0, 0xa0}},
		"something cut short": {Raw: []byte{0xa1}},
	} {
		var into any
		if err := cborgen.FromDeferred(d, &into); err == nil {
			t.Errorf("%s is read as %v", name, into)
		}
	}
	for name, v := range map[string]any{"a float": 1.5, "an undefined link": &types.Everything{}} {
		if d, err := cborgen.ToDeferred(v); err == nil {
			t.Errorf("%s is written as %x", name, d.Raw)
		}
	}
}

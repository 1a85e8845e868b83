package mst

import (
	"bytes"
	"errors"
	"testing"

	"github.com/lexgen/lexgen/runtime/cid"
)

// FuzzDecode proves that every node that is accepted has the one encoding of
// its content, whether it is a root or below one, and takes memory in
// proportion.
func FuzzDecode(f *testing.F) {
	c := cid.Sum(cid.DagCBOR, nil)
	leaf := node{entries: []Entry{{"A0/374913", c}, {"A4/055903", c}}}
	inner := node{layer: 1, entries: []Entry{{"B1/986427", c}, {"F1/085263", c}}, links: []link{{cid: c}, {cid: c}, {}}}
	for _, n := range []node{{}, leaf, inner, {layer: 1, links: []link{{cid: c}}}} {
		f.Add(n.block(), true)
		f.Add(n.block(), false)
	}
	f.Add([]byte("\xa2\x61e\x98"), true)
	f.Fuzz(func(t *testing.T, data []byte, root bool) {
		at := place{layer: rootLayer}
		if !root {
			at = place{layer: 1, lo: "A0", hi: "G"}
		}
		var n node
		if err := n.decode(data, at, newHasher()); err != nil {
			if _, ok := errors.AsType[*Error](err); !ok {
				t.Fatalf("an error of another kind: %v", err)
			}
			return
		}
		if got := n.block(); !bytes.Equal(got, data) {
			t.Fatalf("%x was accepted, and is written as %x", data, got)
		}
		for i := range n.entries {
			if key := n.entries[i].Key; Layer(key) != n.layer || key <= at.lo && !root {
				t.Fatalf("key %q was accepted in layer %d", key, n.layer)
			}
		}
		if len(n.entries) > MaxEntries {
			t.Fatalf("%d entries were accepted", len(n.entries))
		}
	})
}

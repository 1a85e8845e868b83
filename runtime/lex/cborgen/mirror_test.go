package cborgen_test

import (
	"bytes"
	"testing"
	"time"

	gocid "github.com/ipfs/go-cid"
	cbg "github.com/whyrusleeping/cbor-gen"

	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/lex/cborgen"
	"github.com/lexgen/lexgen/runtime/lex/cborgen/testdata/oracle"
	"github.com/lexgen/lexgen/runtime/lex/cborgen/testdata/types"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// mirror returns x as somebody who uses cbor-gen would hold it. Nil stays nil
// everywhere, and empty stays empty.
func mirror(t testing.TB, x *types.Everything) *oracle.Everything {
	t.Helper()
	return &oracle.Everything{
		Type:        x.LexType(),
		Text:        x.Text,
		Language:    oracle.Lang(x.Language),
		MaybeText:   pointer(x.MaybeText),
		NullText:    pointer(x.NullText),
		Constant:    x.Constant,
		Count:       x.Count,
		MaybeCount:  pointer(x.MaybeCount),
		NullCount:   pointer(x.NullCount),
		Natural:     uint64(x.Natural),
		NullNatural: convert(x.NullNatural, func(n int64) oracle.Number { return oracle.Number(n) }),
		Small:       uint8(x.Small),
		When:        cbg.CborTime(time.Unix(0, x.When)),
		Flag:        x.Flag,
		MaybeFlag:   pointer(x.MaybeFlag),
		NullFlag:    pointer(x.NullFlag),
		Data:        x.Data,
		MaybeData:   x.MaybeData,
		NullData:    x.NullData,
		Digest:      [20]byte(x.Digest),
		Link:        mirrorLink(x.Link),
		MaybeLink:   convert(x.MaybeLink, mirrorLink),
		NullLink:    convert(x.NullLink, mirrorLink),
		WrappedLink: cbg.CborCid(mirrorLink(x.WrappedLink)),
		Leaf:        *mirrorLeaf(x.Leaf),
		Pointer:     mirrorLeaf(x.Pointer),
		MaybeLeaf:   mirrorLeaf(x.MaybeLeaf),
		NullLeaf:    mirrorLeaf(x.NullLeaf),
		Tree:        mirrorTree(x.Tree),
		Texts:       x.Texts,
		MaybeTexts:  x.MaybeTexts,
		NullTexts:   x.NullTexts,
		Counts:      x.Counts,
		Naturals:    each(x.Naturals, func(n int64) uint64 { return uint64(n) }),
		Smalls:      [3]uint64(each(x.Smalls, func(n int64) uint64 { return uint64(n) })),
		Languages:   each(x.Languages, func(l syntax.Language) oracle.Lang { return oracle.Lang(l) }),
		Datas:       each(x.Datas, func(b lex.Bytes) []byte { return b }),
		Links:       each(x.Links, mirrorLink),
		Leaves:      each(x.Leaves, func(l *types.EverythingLeaf) oracle.Leaf { return *mirrorLeaf(l) }),
		Pointers:    each(x.Pointers, mirrorLeaf),
		MaybeLeaves: each(x.MaybeLeaves, mirrorLeaf),
		Triple:      [3]int64(x.Triple),
		Lists:       x.Lists,
		Numbers:     oracle.Numbers(x.Numbers),
		Point:       &oracle.Point{X: x.Point[0], Y: x.Point[1], Z: x.Point[2]},
		Free:        deferred(t, x.Free),
		MaybeFree:   deferred(t, x.MaybeFree),
		Names:       mirrorMap(x.Names, func(v any) string { s, _ := v.(string); return s }),
		Named:       mirrorMap(x.Named, mirrorNamed),
		Choice:      mirrorChoice(t, x.Choice),
		Choices:     each(x.Choices, func(o lex.Object) *cbg.Deferred { return mirrorChoice(t, o) }),
	}
}

func pointer[T comparable](o lex.Opt[T]) *T { return convert(o, func(v T) T { return v }) }

func convert[T comparable, U any](o lex.Opt[T], f func(T) U) *U {
	v, ok := o.Get()
	if !ok {
		return nil
	}
	u := f(v)
	return &u
}

func each[T, U any](s []T, f func(T) U) []U {
	if s == nil {
		return nil
	}
	out := make([]U, len(s))
	for i, v := range s {
		out[i] = f(v)
	}
	return out
}

func mirrorLink(l lex.Link) gocid.Cid { return cborgen.ToCID(l.CID) }

func mirrorLeaf(l *types.EverythingLeaf) *oracle.Leaf {
	if l == nil {
		return nil
	}
	return &oracle.Leaf{A: l.A, Name: l.Name, Data: l.Data}
}

func mirrorTree(x *types.EverythingTree) *oracle.Tree {
	if x == nil {
		return nil
	}
	link := func(l lex.Link) *gocid.Cid { c := mirrorLink(l); return &c }
	return &oracle.Tree{Left: mirrorTree(x.Left), Right: mirrorTree(x.Right), Value: pointer(x.Value), Links: each(x.Links, link)}
}

func mirrorMap[T any](o lex.Object, value func(any) T) map[string]T {
	m := map[string]T{}
	if o, ok := o.(*lex.UnknownObject); ok {
		for key, v := range o.Fields {
			m[key] = value(v)
		}
	}
	return m
}

func mirrorNamed(v any) *oracle.Leaf {
	m, _ := v.(map[string]any)
	a, _ := m["a"].(int64)
	name, _ := m["name"].(string)
	return &oracle.Leaf{A: a, Name: name}
}

// mirrorChoice lets cbor-gen write a union's member whose type it has.
func mirrorChoice(t testing.TB, o lex.Object) *cbg.Deferred {
	t.Helper()
	leaf, ok := o.(*types.EverythingLeaf)
	if !ok {
		return deferred(t, o)
	}
	typed := &oracle.TypedLeaf{Type: leaf.LexType(), A: leaf.A, Name: leaf.Name, Data: leaf.Data}
	return &cbg.Deferred{Raw: marshal(t, typed)}
}

func deferred(t testing.TB, o lex.Object) *cbg.Deferred {
	t.Helper()
	if o == nil {
		return nil
	}
	d, err := cborgen.ToDeferred(o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func marshal(t testing.TB, v cbg.CBORMarshaler) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := v.MarshalCBOR(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func unmarshal(t testing.TB, b []byte, into cbg.CBORUnmarshaler) {
	t.Helper()
	if err := into.UnmarshalCBOR(bytes.NewReader(b)); err != nil {
		t.Fatal(err)
	}
}

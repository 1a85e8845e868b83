package cborgen_test

import (
	"math"

	"pgregory.net/rapid"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/lex/cborgen/testdata/types"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// drawEverything draws a value in which everything that may be absent, null,
// nil or empty is that sometimes.
func drawEverything(t *rapid.T) *types.Everything {
	return &types.Everything{
		Text:        drawText(t),
		Language:    syntax.Language(drawText(t)),
		MaybeText:   drawOpt(t, drawText),
		NullText:    drawOpt(t, drawText),
		Constant:    "always",
		Count:       drawInt(t),
		MaybeCount:  drawOpt(t, drawInt),
		NullCount:   drawOpt(t, drawInt),
		Natural:     drawNatural(t),
		NullNatural: drawOpt(t, drawNatural),
		Small:       rapid.Int64Range(0, math.MaxUint8).Draw(t, "small"),
		When:        drawInt(t),
		Flag:        rapid.Bool().Draw(t, "flag"),
		MaybeFlag:   drawOpt(t, drawBool),
		NullFlag:    drawOpt(t, drawBool),
		Data:        drawBytes(t),
		MaybeData:   drawBytes(t),
		NullData:    drawBytes(t),
		Digest:      rapid.SliceOfN(rapid.Byte(), 20, 20).Draw(t, "digest"),
		Link:        drawLink(t),
		MaybeLink:   drawOpt(t, drawLink),
		NullLink:    drawOpt(t, drawLink),
		WrappedLink: drawLink(t),
		Leaf:        drawLeaf(t),
		Pointer:     drawLeaf(t),
		MaybeLeaf:   drawMaybe(t, drawLeaf),
		NullLeaf:    drawMaybe(t, drawLeaf),
		Tree:        drawMaybe(t, drawTree),
		Texts:       drawSlice(t, drawText),
		MaybeTexts:  drawSlice(t, drawText),
		NullTexts:   drawSlice(t, drawText),
		Counts:      drawSlice(t, drawInt),
		Naturals:    drawSlice(t, drawNatural),
		Smalls:      drawTriple(t, drawNatural),
		Languages:   drawSlice(t, func(t *rapid.T) syntax.Language { return syntax.Language(drawText(t)) }),
		Datas:       drawSlice(t, drawBytes),
		Links:       drawSlice(t, drawLink),
		Leaves:      drawSlice(t, drawLeaf),
		Pointers:    drawSlice(t, drawLeaf),
		MaybeLeaves: drawSlice(t, drawLeaf),
		Triple:      drawTriple(t, drawInt),
		Lists:       drawSlice(t, func(t *rapid.T) []string { return drawSlice(t, drawText) }),
		Numbers:     drawSlice(t, drawInt),
		Point:       drawTriple(t, drawInt),
		Free:        drawUnknown(t),
		MaybeFree:   drawMaybeUnknown(t),
		Names:       drawNames(t, func(t *rapid.T) any { return drawText(t) }),
		Named:       drawNames(t, func(t *rapid.T) any { return map[string]any{"a": drawInt(t), "name": drawText(t)} }),
		Choice:      drawChoice(t),
		Choices:     drawSlice(t, drawChoice),
	}
}

// drawText prefers lengths where the head of a string grows.
func drawText(t *rapid.T) string {
	length := rapid.SampledFrom([]int{0, 1, 5, 23, 24, 255, 256, 300}).Draw(t, "length")
	return rapid.StringN(0, length, length).Draw(t, "text")
}

// drawInt prefers values where the head of an integer grows.
func drawInt(t *rapid.T) int64 {
	edges := []int64{
		0, 23, 24, math.MaxUint8, math.MaxUint8 + 1, math.MaxUint16, math.MaxUint16 + 1, math.MaxUint32, math.MaxUint32 + 1, math.MaxInt64,
		-1, -24, -25, -256, -257, -65536, -65537, -1 << 32, -1<<32 - 1, math.MinInt64,
	}
	return rapid.OneOf(rapid.SampledFrom(edges), rapid.Int64()).Draw(t, "integer")
}

func drawNatural(t *rapid.T) int64 { return max(drawInt(t), 0) }

func drawBool(t *rapid.T) bool { return rapid.Bool().Draw(t, "boolean") }

func drawBytes(t *rapid.T) lex.Bytes {
	return drawSlice(t, func(t *rapid.T) byte { return rapid.Byte().Draw(t, "byte") })
}

// drawSlice draws nil, an empty slice, or one of a few items.
func drawSlice[T any](t *rapid.T, item func(*rapid.T) T) []T {
	length := rapid.SampledFrom([]int{-1, 0, 1, 2, 3}).Draw(t, "items")
	if length < 0 {
		return nil
	}
	s := make([]T, length)
	for i := range s {
		s[i] = item(t)
	}
	return s
}

func drawTriple(t *rapid.T, item func(*rapid.T) int64) []int64 {
	return []int64{item(t), item(t), item(t)}
}

func drawOpt[T comparable](t *rapid.T, value func(*rapid.T) T) lex.Opt[T] {
	if drawBool(t) {
		return lex.Some(value(t))
	}
	return lex.Opt[T]{}
}

func drawMaybe[T any](t *rapid.T, value func(*rapid.T) *T) *T {
	if drawBool(t) {
		return value(t)
	}
	return nil
}

func drawLink(t *rapid.T) lex.Link {
	codec := rapid.SampledFrom([]byte{cid.DagCBOR, cid.Raw}).Draw(t, "codec")
	return lex.Link{CID: cid.Sum(codec, []byte{rapid.Byte().Draw(t, "block")})}
}

func drawLeaf(t *rapid.T) *types.EverythingLeaf {
	return &types.EverythingLeaf{A: drawInt(t), Name: drawText(t), Data: drawBytes(t)}
}

func drawTree(t *rapid.T) *types.EverythingTree {
	return &types.EverythingTree{
		Left:  drawMaybe(t, drawBranch),
		Right: drawMaybe(t, drawBranch),
		Value: drawOpt(t, drawInt),
		Links: drawSlice(t, drawLink),
	}
}

// drawBranch ends a tree after a few levels on average.
func drawBranch(t *rapid.T) *types.EverythingTree {
	if rapid.IntRange(0, 2).Draw(t, "end") > 0 {
		return &types.EverythingTree{}
	}
	return drawTree(t)
}

func drawUnknown(t *rapid.T) lex.Object {
	return &lex.UnknownObject{
		Type:   rapid.SampledFrom([]string{"", "com.example.other"}).Draw(t, "type"),
		Fields: lex.Extra{"text": drawText(t), "list": []any{drawInt(t), nil, true}, "link": drawLink(t), "data": lex.Bytes{1}},
	}
}

func drawMaybeUnknown(t *rapid.T) lex.Object {
	if drawBool(t) {
		return drawUnknown(t)
	}
	return nil
}

// drawNames draws an object whose keys are equally long: cbor-gen sorts the
// keys of a map by their bytes alone.
func drawNames(t *rapid.T, value func(*rapid.T) any) lex.Object {
	o := &lex.UnknownObject{}
	for _, key := range rapid.SliceOfDistinct(rapid.StringMatching("[a-z]{4}"), rapid.ID).Draw(t, "keys") {
		if o.Fields == nil {
			o.Fields = lex.Extra{}
		}
		o.Fields[key] = value(t)
	}
	return o
}

func drawChoice(t *rapid.T) lex.Object {
	if drawBool(t) {
		return drawLeaf(t)
	}
	return &lex.UnknownObject{Type: "com.example.other", Fields: lex.Extra{"text": drawText(t)}}
}

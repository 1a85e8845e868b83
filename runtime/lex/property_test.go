package lex_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
)

// The generators draw every state of every kind of value. Slices that are
// present are never nil, because reading never yields that.

func text(t *rapid.T) string { return rapid.String().Draw(t, "text") }

func key(t *rapid.T) string {
	return rapid.StringMatching(`[a-zé"\\]{0,6}|\$[a-k]|[0-9]{1,2}|x-.{0,3}`).Draw(t, "key")
}

func integer(t *rapid.T) int64 { return rapid.Int64().Draw(t, "int") }

func flag(t *rapid.T) bool { return rapid.Bool().Draw(t, "flag") }

func data(t *rapid.T) lex.Bytes {
	return append(lex.Bytes{}, rapid.SliceOfN(rapid.Byte(), 0, 9).Draw(t, "bytes")...)
}

func randomLink(t *rapid.T) lex.Link { return lex.Link{CID: cid.Sum(cid.Raw, data(t))} }

func list[T any](t *rapid.T, item func(*rapid.T) T) []T {
	out := []T{}
	for range rapid.IntRange(0, 3).Draw(t, "len") {
		out = append(out, item(t))
	}
	return out
}

func value(t *rapid.T, depth int) any {
	top := 7
	if depth == 0 {
		top = 5
	}
	switch rapid.IntRange(0, top).Draw(t, "kind") {
	case 0:
		return nil
	case 1:
		return flag(t)
	case 2:
		return integer(t)
	case 3:
		return text(t)
	case 4:
		return data(t)
	case 5:
		return randomLink(t)
	case 6:
		return list(t, func(t *rapid.T) any { return value(t, depth-1) })
	}
	return members(t, depth-1)
}

func members(t *rapid.T, depth int) map[string]any {
	m := map[string]any{}
	for range rapid.IntRange(0, 4).Draw(t, "len") {
		m[key(t)] = value(t, depth)
	}
	if rapid.IntRange(0, 3).Draw(t, "typed") == 0 {
		m["$type"] = "x" + text(t)
	}
	return m
}

// extra draws members that are no fields of the types of generated_test.go.
func extra(t *rapid.T) lex.Extra {
	if flag(t) {
		return nil
	}
	return lex.Extra{"x-" + key(t): value(t, 2), "$a": value(t, 1)}
}

func blob(t *rapid.T) *lex.Blob {
	b := &lex.Blob{Ref: randomLink(t), MimeType: text(t), Size: integer(t) & (1<<62 - 1), Extra: extra(t)}
	if flag(t) {
		b.LegacyCID, b.Size = b.Ref.String(), -1
	}
	return b
}

func ref(t *rapid.T) *StrongRef { return &StrongRef{URI: text(t), CID: text(t), Extra: extra(t)} }

func video(t *rapid.T) *Video {
	v := &Video{Extra: extra(t)}
	if flag(t) {
		v.Alt = lex.String(text(t))
	}
	return v
}

func untyped(t *rapid.T) lex.Object {
	o := &lex.UnknownObject{}
	if m := members(t, 2); len(m) > 0 {
		delete(m, "$type")
		if len(m) > 0 {
			o.Fields = m
		}
	}
	if flag(t) {
		o.Type = "u" + text(t)
	}
	return o
}

func member(t *rapid.T) lex.Object {
	if flag(t) {
		return video(t)
	}
	return ref(t)
}

func handle(t *rapid.T) Handle { return Handle(text(t)) }

func req(t *rapid.T) *Req {
	return &Req{
		Bool: flag(t), Int: integer(t), Level: Level(integer(t)), Str: text(t), Handle: handle(t), Bytes: data(t), Link: randomLink(t),
		Blob: blob(t), Ref: ref(t), Union: member(t), Unknown: untyped(t), Prefs: list(t, member), Strs: list(t, text), Bools: list(t, flag),
		Ints: list(t, integer), Blobs: list(t, blob), Refs: list(t, video), Links: list(t, randomLink), Bins: list(t, data),
		Unions: list(t, func(t *rapid.T) lex.Object { return video(t) }),
		Nested: list(t, func(t *rapid.T) []Handle { return list(t, handle) }), More: extra(t),
	}
}

func some[T comparable](t *rapid.T, draw func(*rapid.T) T) (o lex.Opt[T]) {
	if flag(t) {
		o = lex.Some(draw(t))
	}
	return o
}

func sometimes[T any](t *rapid.T, draw func(*rapid.T) T) (v T) {
	if flag(t) {
		v = draw(t)
	}
	return v
}

func prefs(t *rapid.T) Prefs { return list(t, member) }

func texts(t *rapid.T) []string { return list(t, text) }

func opts(t *rapid.T) *Opts {
	return &Opts{
		Bool: some(t, flag), Int: some(t, integer), Str: some(t, text), Handle: some(t, handle), Bytes: sometimes(t, data),
		Link: some(t, randomLink), Blob: sometimes(t, blob), Ref: sometimes(t, ref), Union: sometimes(t, member),
		Unknown: sometimes(t, untyped), Prefs: sometimes(t, prefs), Strs: sometimes(t, texts), Extra: extra(t),
	}
}

func nulls(t *rapid.T) *Nulls {
	return &Nulls{
		Bool: some(t, flag), Int: some(t, integer), Str: some(t, text), Handle: some(t, handle), Bytes: sometimes(t, data),
		Link: some(t, randomLink), Blob: sometimes(t, blob), Ref: sometimes(t, ref), Union: sometimes(t, member),
		Unknown: sometimes(t, untyped), Prefs: sometimes(t, prefs), Strs: sometimes(t, texts), Extra: extra(t),
	}
}

func nullable[T any](t *rapid.T, draw func(*rapid.T) T) lex.Nullable[T] {
	switch rapid.IntRange(0, 2).Draw(t, "state") {
	case 0:
		return lex.Nullable[T]{}
	case 1:
		return lex.NullOf[T]()
	}
	return lex.PresentOf(draw(t))
}

func optNulls(t *rapid.T) *OptNulls {
	return &OptNulls{
		Bool: nullable(t, flag), Int: nullable(t, integer), Str: nullable(t, text), Handle: nullable(t, handle), Bytes: nullable(t, data),
		Link: nullable(t, randomLink), Blob: nullable(t, blob), Ref: nullable(t, ref), Union: nullable(t, member),
		Unknown: nullable(t, untyped), Prefs: nullable(t, prefs), Strs: nullable(t, texts), Extra: extra(t),
	}
}

// survives fails unless v comes back from its text, from its text in another
// form, and unless the text comes back from a value without a Go type.
func survives[T any, P coder[T]](t *rapid.T, v P) {
	canonical, err := v.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var anything any
	if err := json.Unmarshal(canonical, &anything); err != nil {
		t.Fatalf("%s is no JSON: %v", canonical, err)
	}
	for _, text := range [][]byte{canonical, disorder(t, canonical)} {
		var back T
		if err := lex.DecodeJSON(text, &back); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if diff := cmp.Diff(*v, back); diff != "" {
			t.Fatalf("%s: %s", text, diff)
		}
		var plain lex.Extra
		if err := lex.DecodeJSON(text, &plain); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if again, err := lex.MarshalJSON(plain); err != nil || !bytes.Equal(again, canonical) {
			t.Fatalf("as data %s, typed %s (%v)", again, canonical, err)
		}
	}
	survivesCBOR(t, v, canonical)
}

// survivesCBOR is survives for CBOR: v comes back from it, into a variable
// that is new and into one that held v, and its CBOR is that of the same value
// without a Go type.
func survivesCBOR[T any, P coder[T]](t *rapid.T, v P, canonical []byte) {
	block, err := lex.MarshalCBOR(v)
	if err != nil {
		t.Fatal(err)
	}
	var back T
	for range 2 {
		if err := lex.DecodeCBOR(block, P(&back)); err != nil {
			t.Fatalf("%x: %v", block, err)
		}
		if diff := cmp.Diff(*v, back); diff != "" {
			t.Fatalf("%x: %s", block, diff)
		}
	}
	var plain, fromJSON lex.Extra
	if err := lex.DecodeCBOR(block, &plain); err != nil {
		t.Fatalf("%x: %v", block, err)
	}
	if err := lex.DecodeJSON(canonical, &fromJSON); err != nil {
		t.Fatalf("%s: %v", canonical, err)
	}
	if diff := cmp.Diff(fromJSON, plain); diff != "" {
		t.Fatalf("%x: %s", block, diff)
	}
	if again, err := lex.MarshalCBOR(plain); err != nil || !bytes.Equal(again, block) {
		t.Fatalf("as data %x, typed %x (%v)", again, block, err)
	}
}

// disorder returns text with its keys in the order of encoding/json, with
// other escapes and with white space.
func disorder(t *rapid.T, text []byte) []byte {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	out, err := json.MarshalIndent(v, "\r", " \t")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestValuesSurvive_DM05_DM26_LX19_LX22(t *testing.T) {
	t.Parallel()
	t.Run("required", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) { survives(t, req(t)) })
	})
	t.Run("optional", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) { survives(t, opts(t)) })
	})
	t.Run("nullable", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) { survives(t, nulls(t)) })
	})
	t.Run("both", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) { survives(t, optNulls(t)) })
	})
	t.Run("data", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) {
			v := lex.Extra(members(t, 3))
			survives(t, &v)
		})
	})
}

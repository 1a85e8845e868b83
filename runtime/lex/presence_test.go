package lex_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/lex"
)

// coder is what every type here is to encoding/json.
type coder[T any] interface {
	*T
	json.Marshaler
	json.Unmarshaler
}

// same fails unless value and text are each other's image.
func same[T any, P coder[T]](t *testing.T, value T, text string) {
	t.Helper()
	got, err := P(&value).MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != text {
		t.Errorf("encode:\ngot  %s\nwant %s", got, text)
	}
	var back T
	if err := P(&back).UnmarshalJSON([]byte(text)); err != nil {
		t.Fatalf("decode %s: %v", text, err)
	}
	if diff := cmp.Diff(value, back); diff != "" {
		t.Errorf("decode %s: %s", text, diff)
	}
}

func TestOptionalKeepsThreeStates_DM05(t *testing.T) {
	t.Parallel()
	same(t, Opts{}, `{}`)
	zero := Opts{
		Bool: lex.Bool(false), Int: lex.Int(0), Level: lex.Some(Level(0)), Str: lex.String(""), Handle: lex.Some(Handle("")),
		Bytes: lex.Bytes{}, Prefs: Prefs{}, Strs: []string{}, Nested: [][]lex.Bytes{}, Unknown: &lex.UnknownObject{},
	}
	same(t, zero, `{"int":0,"str":"","bool":false,"strs":[],"bytes":{"$bytes":""},"level":0,"prefs":[],"handle":"","nested":[],"unknown":{}}`)
	full := Opts{
		Bool: lex.Bool(true), Int: lex.Int(-5), Level: lex.Some(Level(3)), Str: lex.String("s"), Handle: lex.Some(Handle("h")),
		Bytes: lex.Bytes{1}, Link: lex.Some(link(t, rawCID)), Blob: &lex.Blob{Ref: link(t, rawCID), MimeType: "a/b", Size: 1},
		Ref: &StrongRef{URI: "u", CID: "c"}, Union: &Video{}, Unknown: &lex.UnknownObject{Type: "x.y.z"},
		Prefs: Prefs{&Video{}}, Strs: []string{"a", ""}, Nested: [][]lex.Bytes{{}, {{0}, {}}},
	}
	same(t, full, `{"int":-5,"ref":{"cid":"c","uri":"u"},"str":"s",`+
		`"blob":{"ref":{"$link":"`+rawCID+`"},"size":1,"$type":"blob","mimeType":"a/b"},"bool":true,"link":{"$link":"`+rawCID+`"},`+
		`"strs":["a",""],"bytes":{"$bytes":"AQ"},"level":3,"prefs":[{"$type":"com.example.video"}],"union":{"$type":"com.example.video"},`+
		`"handle":"h","nested":[[],[{"$bytes":"AA"},{"$bytes":""}]],"unknown":{"$type":"x.y.z"}}`)
}

const allNull = `{"int":null,"ref":null,"str":null,"blob":null,"bool":null,"link":null,"strs":null,"bytes":null,"prefs":null,"union":null,"handle":null,"unknown":null}`

func TestNullableKeepsThreeStates_DM05(t *testing.T) {
	t.Parallel()
	same(t, Nulls{}, allNull)
	same(t, Nulls{
		Bool: lex.Bool(false), Int: lex.Int(0), Str: lex.String(""), Handle: lex.Some(Handle("")), Bytes: lex.Bytes{},
		Link: lex.Some(link(t, rawCID)), Blob: &lex.Blob{Ref: link(t, rawCID)}, Ref: &StrongRef{}, Union: &Video{},
		Unknown: &lex.UnknownObject{}, Prefs: Prefs{}, Strs: []string{},
	}, `{"int":0,"ref":{"cid":"","uri":""},"str":"","blob":{"ref":{"$link":"`+rawCID+`"},"size":0,"$type":"blob","mimeType":""},"bool":false,`+
		`"link":{"$link":"`+rawCID+`"},"strs":[],"bytes":{"$bytes":""},"prefs":[],"union":{"$type":"com.example.video"},"handle":"","unknown":{}}`)
	var n Nulls
	wantError(t, lex.DecodeJSON([]byte(`{}`), &n), `lex: $.int: required, but missing (offset 0)`)
}

func TestOptionalNullableKeepsFourStates_DM05(t *testing.T) {
	t.Parallel()
	same(t, OptNulls{}, `{}`)
	same(t, OptNulls{
		Bool: lex.NullOf[bool](), Int: lex.NullOf[int64](), Str: lex.NullOf[string](), Handle: lex.NullOf[Handle](), Bytes: lex.NullOf[lex.Bytes](),
		Link: lex.NullOf[lex.Link](), Blob: lex.NullOf[*lex.Blob](), Ref: lex.NullOf[*StrongRef](), Union: lex.NullOf[lex.Object](),
		Unknown: lex.NullOf[lex.Unknown](), Prefs: lex.NullOf[Prefs](), Strs: lex.NullOf[[]string](),
	}, allNull)
	same(t, OptNulls{
		Bool: lex.PresentOf(false), Int: lex.PresentOf(int64(0)), Str: lex.PresentOf(""), Handle: lex.PresentOf(Handle("")),
		Bytes: lex.PresentOf(lex.Bytes{}), Link: lex.PresentOf(link(t, rawCID)), Ref: lex.PresentOf(&StrongRef{}),
		Union: lex.PresentOf[lex.Object](&Video{}), Prefs: lex.PresentOf(Prefs{}), Strs: lex.PresentOf([]string{"x"}),
	}, `{"int":0,"ref":{"cid":"","uri":""},"str":"","bool":false,"link":{"$link":"`+rawCID+`"},"strs":["x"],"bytes":{"$bytes":""},"prefs":[],`+
		`"union":{"$type":"com.example.video"},"handle":""}`)
}

func TestRequiredNilSliceIsEmptyArray_DM05(t *testing.T) {
	t.Parallel()
	req := Req{
		Link: link(t, rawCID), Blob: &lex.Blob{Ref: link(t, rawCID)}, Ref: &StrongRef{}, Union: &Video{}, Unknown: &lex.UnknownObject{},
	}
	want := `{"int":0,"ref":{"cid":"","uri":""},"str":"","bins":[],"blob":{"ref":{"$link":"` + rawCID + `"},"size":0,"$type":"blob","mimeType":""},` +
		`"bool":false,"ints":[],"link":{"$link":"` + rawCID + `"},"refs":[],"strs":[],"blobs":[],"bools":[],"bytes":{"$bytes":""},"level":0,"links":[],` +
		`"prefs":[],"union":{"$type":"com.example.video"},"handle":"","nested":[],"unions":[],"unknown":{}}`
	if got := encode(t, &req); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	var back Req
	decode(t, want, &back)
	if back.Strs == nil || back.Bytes == nil || back.Prefs == nil {
		t.Error("an array or byte string that is present was read as nil")
	}
}

func TestRequiredPointersMustNotBeNil(t *testing.T) {
	t.Parallel()
	good := func() *Req {
		return &Req{
			Link: link(t, rawCID), Blob: &lex.Blob{Ref: link(t, rawCID)}, Ref: &StrongRef{}, Union: &Video{}, Unknown: &lex.UnknownObject{},
		}
	}
	cases := map[string]func(*Req){
		`lex: $.blob: required, but nil`:                     func(r *Req) { r.Blob = nil },
		`lex: $.ref: required, but nil`:                      func(r *Req) { r.Ref = nil },
		`lex: $.union: required, but nil`:                    func(r *Req) { r.Union = nil },
		`lex: $.union: a nil *lex_test.Video is no object`:   func(r *Req) { r.Union = (*Video)(nil) },
		`lex: $.unknown: required, but nil`:                  func(r *Req) { r.Unknown = nil },
		`lex: $.link: the link is undefined`:                 func(r *Req) { r.Link = lex.Link{} },
		`lex: $.blobs[1]: required, but nil`:                 func(r *Req) { r.Blobs = []*lex.Blob{r.Blob, nil} },
		`lex: $.refs[0]: required, but nil`:                  func(r *Req) { r.Refs = make([]*Video, 1) },
		`lex: $.unions[0]: required, but nil`:                func(r *Req) { r.Unions = make([]lex.Object, 1) },
		`lex: $.prefs[0]: required, but nil`:                 func(r *Req) { r.Prefs = make(Prefs, 1) },
		`lex: $.blob.size: the size is negative`:             func(r *Req) { r.Blob.Size = -1 },
		`lex: $.blob.ref: the link is undefined`:             func(r *Req) { r.Blob.Ref = lex.Link{} },
		`lex: $.ref.uri: the string is not UTF-8`:            func(r *Req) { r.Ref.URI = "\xff" },
		`lex: $.nested[0][1]: the string is not UTF-8`:       func(r *Req) { r.Nested = [][]Handle{{"", "a\xc0\x80"}} },
		`lex: $.str: the string is not UTF-8`:                func(r *Req) { r.Str = "longer than eight \xed\xa0\x80" },
		`lex: $.unions[0]: a member of a union needs a type`: func(r *Req) { r.Unions = []lex.Object{&lex.UnknownObject{}} },
	}
	for want, spoil := range cases {
		r := good()
		spoil(r)
		b, err := lex.AppendJSON([]byte("kept"), r)
		wantError(t, err, want)
		if string(b) != "kept" {
			t.Errorf("%s: left %q in the buffer", want, b)
		}
	}
}

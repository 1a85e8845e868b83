package lex_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
)

// encodeCBOR returns v as CBOR.
func encodeCBOR(t testing.TB, v any) []byte {
	t.Helper()
	b, err := lex.MarshalCBOR(v)
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	return b
}

// unhex reads bytes in hexadecimal with spaces.
func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCBOROfEveryKind_DM01_DM08_DM09_DM10(t *testing.T) {
	t.Parallel()
	cid36 := "01711220" + strings.Repeat("00", 32)
	cases := []struct{ cbor, json string }{
		{"f6", `null`},
		{"f4", `false`},
		{"f5", `true`},
		{"00", `0`},
		{"17", `23`},
		{"1818", `24`},
		{"18ff", `255`},
		{"190100", `256`},
		{"19ffff", `65535`},
		{"1a00010000", `65536`},
		{"1affffffff", `4294967295`},
		{"1b0000000100000000", `4294967296`},
		{"1b7fffffffffffffff", `9223372036854775807`},
		{"20", `-1`},
		{"37", `-24`},
		{"3818", `-25`},
		{"3b7fffffffffffffff", `-9223372036854775808`},
		{"60", `""`},
		{"63e2984161", ``}, // no UTF-8
		{"63e29882", `"☂"`},
		{"40", `{"$bytes":""}`},
		{"43 010203", `{"$bytes":"AQID"}`},
		{"80", `[]`},
		{"83 01 f6 80", `[1,null,[]]`},
		{"a0", `{}`},
		{"a3 6161 01 6162 02 626161 03", `{"a":1,"b":2,"aa":3}`},
		{"a1 60 00", `{"":0}`},
		{"d82a 5825 00" + cid36, `{"$link":"bafyreiaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}`},
	}
	for _, c := range cases {
		var v any
		err := lex.DecodeCBOR(unhex(t, c.cbor), &v)
		if c.json == "" {
			if err == nil {
				t.Errorf("%s: accepted", c.cbor)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.cbor, err)
			continue
		}
		if got := encode(t, v); got != c.json {
			t.Errorf("%s: got %s, want %s", c.cbor, got, c.json)
		}
		var back any
		decode(t, c.json, &back)
		if got := encodeCBOR(t, back); !bytes.Equal(got, unhex(t, c.cbor)) {
			t.Errorf("%s: got %x, want %s", c.json, got, c.cbor)
		}
	}
}

func TestCBORErrors_DM02_DM08_DM09_DM10_DM11_DM23(t *testing.T) {
	t.Parallel()
	link := func(head string) string { return "d82a" + head + strings.Repeat("00", 32) }
	cases := []struct{ cbor, want string }{
		{"", "lex: $: expected a value, found the end of the input (offset 0)"},
		{"0000", "lex: $: data after the end of the value (offset 1)"},
		{"f7", "lex: $: undefined is no value of the data model (offset 0)"},
		{"f93e00", "lex: $: a float is no value of the data model (offset 0)"},
		{"fb3ff8000000000000", "lex: $: a float is no value of the data model (offset 0)"},
		{"e0", "lex: $: a simple value is no value of the data model (offset 0)"},
		{"ff", "lex: $: an end mark is no value of the data model (offset 0)"},
		{"9fff", "lex: $: an indefinite length is not canonical (offset 0)"},
		{"bfff", "lex: $: an indefinite length is not canonical (offset 0)"},
		{"7fff", "lex: $: an indefinite length is not canonical (offset 0)"},
		{"1c", "lex: $: the byte 0x1c begins no item (offset 0)"},
		{"1801", "lex: $: the number 1 is not written in its shortest form (offset 0)"},
		{"190017", "lex: $: the number 23 is not written in its shortest form (offset 0)"},
		{"1900ff", "lex: $: the number 255 is not written in its shortest form (offset 0)"},
		{"1a0000ffff", "lex: $: the number 65535 is not written in its shortest form (offset 0)"},
		{"1b00000000ffffffff", "lex: $: the number 4294967295 is not written in its shortest form (offset 0)"},
		{"1b8000000000000000", "lex: $: the integer needs more than 64 bits (offset 0)"},
		{"3b8000000000000000", "lex: $: the integer needs more than 64 bits (offset 0)"},
		{"19ff", "lex: $: the input ends inside an item (offset 0)"},
		{"6261", "lex: $: the input ends inside an item (offset 0)"},
		{"5bffffffffffffffff", "lex: $: the input ends inside an item (offset 0)"},
		{"62c328", "lex: $: the string is not UTF-8 (offset 0)"},
		{"8401", "lex: $: the input is shorter than its 4 items (offset 0)"},
		{"828401", "lex: $[0]: the input is shorter than its 4 items (offset 1)"},
		{"9b00000000ffffffff", "lex: $: the number 4294967295 is not written in its shortest form (offset 0)"},
		{"9bffffffffffffffff", "lex: $: more than 131072 items in one object or array (offset 0)"},
		{"a10000", "lex: $: expected the name of a member, found an integer (offset 1)"},
		{"a2616100616101", "lex: $.a: the object has this member twice (offset 4)"},
		{"a2616201616100", "lex: $.a: the members are not in canonical order (offset 4)"},
		{"a2626161016162", "lex: $.b: the members are not in canonical order (offset 5)"},
		{"c24101", "lex: $: the tag 2 is no value of the data model (offset 0)"},
		{"d9d9f700", "lex: $: the tag 55799 is no value of the data model (offset 0)"},
		{"d9002a4100", "lex: $: the number 42 is not written in its shortest form (offset 0)"},
		{"d82a4101", "lex: $: the bytes of a link begin with a zero byte (offset 0)"},
		{"d82a40", "lex: $: the bytes of a link begin with a zero byte (offset 0)"},
		{"d82a4100", "lex: $: binary CID has 0 bytes, not 36 (offset 0)"},
		{"d82a6100", "lex: $: expected bytes, found a string (offset 2)"},
		{link("582500" + "01701220"), "lex: $: the link is to a block of the unknown codec 0x70 (offset 0)"},
		{link("582300" + "1220"), "lex: $: CID is of version 0, not 1 (offset 0)"},
		{"a1652474797065 60", "lex: $[\"$type\"]: $type must be a string that is not empty (offset 7)"},
		{"a1652474797065 01", "lex: $.$type: $type must be a string that is not empty (offset 7)"},
		{"a1652474797065 64626c6f62", "lex: $.ref: a blob needs a link (offset 0)"},
		{"a165246c696e6b 6161", "lex: $.$link: $link must be the only member of its object (offset 7)"},
	}
	for _, c := range cases {
		var v any
		err := lex.DecodeCBOR(unhex(t, c.cbor), &v)
		if err == nil {
			t.Errorf("%s: accepted as %v", c.cbor, v)
			continue
		}
		want := strings.Replace(c.want, `["$type"]`, ".$type", 1)
		if err.Error() != want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.cbor, err, want)
		}
	}
}

func TestCBORNestingIsLimited_DM23(t *testing.T) {
	t.Parallel()
	nested := func(n int) []byte {
		return append(bytes.Repeat([]byte{0x81}, n-1), 0x80)
	}
	var v any
	if err := lex.DecodeCBOR(nested(lex.MaxDepth), &v); err != nil {
		t.Fatal(err)
	}
	if got := encodeCBOR(t, v); !bytes.Equal(got, nested(lex.MaxDepth)) {
		t.Errorf("got %x", got)
	}
	if _, err := lex.MarshalCBOR([]any{v}); err == nil {
		t.Error("one level more is written")
	}
	err := lex.DecodeCBOR(nested(lex.MaxDepth+1), &v)
	if err == nil || !strings.Contains(err.Error(), "more than 128 objects and arrays inside each other") {
		t.Errorf("got %v", err)
	}
}

func TestCBORLimits_DM23(t *testing.T) {
	t.Parallel()
	encodeCBOR(t, make([]any, lex.MaxElements))
	if _, err := lex.MarshalCBOR(make([]any, lex.MaxElements+1)); err == nil {
		t.Error("an array with too many items is written")
	}
	encodeCBOR(t, lex.Extra{strings.Repeat("k", lex.MaxKey): nil})
	if _, err := lex.MarshalCBOR(lex.Extra{strings.Repeat("k", lex.MaxKey+1): nil}); err == nil {
		t.Error("a key that is too long is written")
	}
	key := append([]byte{0xa1, 0x79, 0x20, 0x01}, bytes.Repeat([]byte("k"), lex.MaxKey+1)...)
	var v any
	if err := lex.DecodeCBOR(append(key, 0), &v); err == nil {
		t.Error("a key that is too long is read")
	}
}

func TestCIDIsThatOfTheBlock_DM11_DM25(t *testing.T) {
	t.Parallel()
	got, err := lex.CID(lex.Extra{"e": []any{}, "l": nil})
	if err != nil {
		t.Fatal(err)
	}
	if want := "bafyreie5737gdxlw5i64vzichcalba3z2v5n6icifvx5xytvske7mr3hpm"; got.String() != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if _, err := lex.CID(lex.Link{}); err == nil {
		t.Error("an undefined link has a CID")
	}
	post := &Post{Text: "x"}
	got, err = lex.CID(post)
	if err != nil || got != cid.Sum(cid.DagCBOR, encodeCBOR(t, post)) {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestCBORUsesTheInputsMemoryAsItSays(t *testing.T) {
	t.Parallel()
	b := encodeCBOR(t, &Req{
		Str: "text", Bytes: lex.Bytes("data"), Link: link(t, dataCID), Blob: &lex.Blob{Ref: link(t, rawCID)}, Ref: &StrongRef{}, Union: &Video{}, Unknown: &lex.UnknownObject{},
	})
	read := func(decode func([]byte, any) error) (before, after string) {
		in := bytes.Clone(b)
		var x Req
		if err := decode(in, &x); err != nil {
			t.Fatal(err)
		}
		before = x.Str + string(x.Bytes)
		copy(in, bytes.ReplaceAll(bytes.ReplaceAll(in, []byte("text"), []byte("TEXT")), []byte("data"), []byte("DATA")))
		return before, x.Str + string(x.Bytes)
	}
	if before, after := read(lex.DecodeCBOR); before != "textdata" || after != before {
		t.Errorf("DecodeCBOR: got %s, then %s", before, after)
	}
	if before, after := read(lex.DecodeCBORAlias); before != "textdata" || after != "TEXTDATA" {
		t.Errorf("DecodeCBORAlias: got %s, then %s", before, after)
	}
}

// TestCBORIsCheckedLikeJSON holds the errors of typed values in both formats
// against each other.
func TestCBORIsCheckedLikeJSON_DM05_DM18_LX19(t *testing.T) {
	t.Parallel()
	cases := []struct {
		json string
		into any
	}{
		{`{"$type":"com.example.post","text":"x"}`, new(Post)},
		{`{"text":"x","createdAt":"x"}`, new(Post)},
		{`{"$type":"com.example.video","text":"x","createdAt":"x"}`, new(Post)},
		{`{"$type":"com.example.post","text":1,"createdAt":"x"}`, new(Post)},
		{`{"$type":"com.example.post","text":null,"createdAt":"x"}`, new(Post)},
		{`{"$type":"com.example.post","text":"x","createdAt":"x","langs":["a",1]}`, new(Post)},
		{`{"$type":"com.example.post","text":"x","createdAt":"x","embed":{}}`, new(Post)},
		{`{"$type":"com.example.post","text":"x","createdAt":"x","embed":[]}`, new(Post)},
		{`{"$type":"com.example.post","text":"x","createdAt":"x","embed":{"$type":""}}`, new(Post)},
		{`{"$type":"com.example.post","text":"x","createdAt":"x","labels":{"$type":"com.example.images"}}`, new(Post)},
		{`{"$type":"com.example.post","text":"x","createdAt":"x","embed":{"$type":"com.example.images","images":[{"alt":"","image":{}}]}}`, new(Post)},
		{`{"$type":"com.example.post","text":"x","createdAt":"x","embed":{"$type":"com.example.images","images":[{"alt":"","image":{"cid":"","mimeType":""}}]}}`, new(Post)},
		{`{"$type":"blob"}`, new(Opts)},
		{`{"unknown":{"$type":"blob"}}`, new(Opts)},
		{`{"blob":{"$type":"blob","ref":{"$link":"` + rawCID + `"},"size":-1,"mimeType":""}}`, new(Opts)},
		{`{"nested":[[{"$bytes":""}],[1]]}`, new(Opts)},
		{`{"int":null}`, new(Opts)},
		{`{}`, new(Nulls)},
		{`[]`, new(Opts)},
		{`[]`, new(lex.Extra)},
		{`{}`, new(Prefs)},
		{`{"$type":"com.example.opts"}`, new(Body)},
	}
	for _, c := range cases {
		var data any
		if err := lex.DecodeJSON([]byte(c.json), &data); err != nil {
			data = nil
		}
		wantErr := lex.DecodeJSON([]byte(c.json), c.into)
		if wantErr == nil {
			t.Errorf("%s: accepted as JSON", c.json)
			continue
		}
		b, err := lex.MarshalCBOR(data)
		if err != nil || data == nil {
			continue
		}
		got := lex.DecodeCBOR(b, c.into)
		if got == nil {
			t.Errorf("%s: accepted as CBOR", c.json)
			continue
		}
		var inCBOR, inJSON *lex.Error
		if !errors.As(got, &inCBOR) || !errors.As(wantErr, &inJSON) || inCBOR.Path != inJSON.Path {
			t.Errorf("%s:\nCBOR %v\nJSON %v", c.json, got, wantErr)
		}
	}
}

func TestLegacyBlobsKeepTheirFormInCBOR_DM20_DM21(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"cid":"` + rawCID + `","mimeType":"image/png"}`,
		`{"cid":"not a CID","x":1,"mimeType":"image/png"}`,
		`{"a":0,"ref":{"$link":"` + rawCID + `"},"size":1,"$type":"blob","mimeType":""}`,
	} {
		var m lex.Extra
		var fromJSON, fromCBOR lex.Blob
		decode(t, text, &m)
		decode(t, text, &fromJSON)
		b := encodeCBOR(t, m)
		if err := lex.DecodeCBOR(b, &fromCBOR); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(fromJSON, fromCBOR); diff != "" {
			t.Error(diff)
		}
		if got := encodeCBOR(t, fromCBOR); !bytes.Equal(got, b) {
			t.Errorf("%s: got %x, want %x", text, got, b)
		}
	}
}

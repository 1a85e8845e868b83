package lex_test

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/lex"
)

func TestCanonicalText_DM09(t *testing.T) {
	t.Parallel()
	cases := []struct {
		value any
		want  string
	}{
		{nil, `null`},
		{true, `true`},
		{int64(math.MinInt64), `-9223372036854775808`},
		{"", `""`},
		{"plain <b> & 'x' / \u2028 \x7f é 😀", "\"plain <b> & 'x' / \u2028 \x7f é 😀\""},
		{"\x00\x01\b\t\n\v\f\r\x1f\"\\", `"\u0000\u0001\b\t\n\u000b\f\r\u001f\"\\"`},
		{"12345678\"12345678\n1234567\\", `"12345678\"12345678\n1234567\\"`},
		{lex.Bytes(nil), `{"$bytes":""}`},
		{lex.Bytes{0xfb, 0xff}, `{"$bytes":"+/8"}`},
		{[]any(nil), `[]`},
		{map[string]any(nil), `{}`},
		{lex.Extra(nil), `{}`},
		{lex.Extra{"b": int64(1), "aa": int64(2), "a": int64(3), "": int64(4), "é": int64(5), "ab": []any{nil, "x"}}, `{"":4,"a":3,"b":1,"aa":2,"ab":[null,"x"],"é":5}`},
		{&lex.UnknownObject{Type: "a.b.c", Fields: lex.Extra{"x": nil, "longer": nil, "$abc": nil, "$zyx5": nil}}, `{"x":null,"$abc":null,"$type":"a.b.c","$zyx5":null,"longer":null}`},
		{&lex.UnknownObject{Type: "a.b.c"}, `{"$type":"a.b.c"}`},
		{&Video{Alt: lex.String("x"), Extra: lex.Extra{"a": int64(1), "alu": nil, "zzzz": nil}}, `{"a":1,"alt":"x","alu":null,"zzzz":null}`},
		{&Video{Extra: lex.Extra{"$type": "other"}}, `{"$type":"other"}`},
		{Prefs{&Video{Extra: lex.Extra{"$type": "other", "a": "b"}}}, `[{"a":"b","$type":"com.example.video"}]`},
		{&Prefs{}, `[]`},
		{Prefs(nil), `[]`},
		{Tree{{}, {{}, nil}}, `[[],[[],[]]]`},
		{&Post{Extra: lex.Extra{"$type": "ignored"}}, `{"text":"","$type":"com.example.post","createdAt":""}`},
	}
	for _, c := range cases {
		if got := encode(t, c.value); got != c.want {
			t.Errorf("%#v:\ngot  %s\nwant %s", c.value, got, c.want)
		}
	}
}

func TestEncodeAgreesWithEncodingJSON(t *testing.T) {
	t.Parallel()
	for c := range rune(0x250) {
		s := "1234567" + string(c) + "x"
		var back string
		if err := json.Unmarshal([]byte(encode(t, s)), &back); err != nil || back != s {
			t.Errorf("%q: %v, %q", s, err, back)
		}
	}
}

func TestEncodeRefuses_DM01_DM13_DM14_DM16_DM18(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("n", 100)
	cases := map[string]any{
		`lex: $: int is no type of the data model`:                          1,
		`lex: $.a[1]: float64 is no type of the data model`:                 lex.Extra{"a": []any{nil, 1.5}},
		`lex: $.a.b: *lex.Blob is no type of the data model`:                lex.Extra{"a": map[string]any{"b": &lex.Blob{}}},
		`lex: $.a: lex.Extra is no type of the data model`:                  lex.Extra{"a": lex.Extra{}},
		`lex: $: lex_test.Post is no type of the data model`:                Post{},
		`lex: $: *lex_test.Post must be a pointer to a struct, and not nil`: (*Post)(nil),
		`lex: $: a nil *lex.UnknownObject is no object`:                     (*lex.UnknownObject)(nil),
		`lex: $: required, but nil`:                                         (*lex.Blob)(nil),
		`lex: $["a b"]: the link is undefined`:                              lex.Extra{"a b": lex.Link{}},
		`lex: $.a.$link: $link must be the only member of its object`:       lex.Extra{"a": map[string]any{"$link": rawCID}},
		`lex: $.$bytes: $bytes must be the only member of its object`:       &Video{Extra: lex.Extra{"$bytes": ""}},
		`lex: $.a.$type: $type must be a string that is not empty`:          lex.Extra{"a": map[string]any{"$type": ""}},
		`lex: $.$type: $type must be a string that is not empty`:            &Video{Extra: lex.Extra{"$type": int64(1)}},
		`lex: $.$type: a blob is no object`:                                 &Video{Extra: lex.Extra{"$type": "blob"}},
		`lex: $.alt: Extra has a member that is a field, too`:               &Video{Extra: lex.Extra{"alt": "x"}},
		`lex: $: Fields has the key $type, which belongs into Type`:         &lex.UnknownObject{Fields: lex.Extra{"$type": "x"}},
		`lex: $: a blob is no object`:                                       &lex.UnknownObject{Type: "blob"},
		`lex: $.a.ref: a blob needs a link`:                                 lex.Extra{"a": map[string]any{"$type": "blob"}},
		`lex: $["\xff"]: the name of a member is not UTF-8`:                 lex.Extra{"\xff": nil},
		`lex: $["` + long[:64] + `"...]: the string is not UTF-8`:           lex.Extra{long: "\xff"},
		cyclicMap().want:    cyclicMap().value,
		cyclicThread().want: cyclicThread().value,
		`lex: $: *lex_test.embedder has the table of *lex_test.Post`: &embedder{},
	}
	encode(t, &Post{}) // its table is Post's from here on
	for want, v := range cases {
		_, err := lex.MarshalJSON(v)
		wantError(t, err, want)
	}
}

type refusal struct {
	value any
	want  string
}

func cyclicMap() refusal {
	m := map[string]any{}
	m["m"] = []any{m}
	return refusal{m, "lex: $" + strings.Repeat(".m[0]", 64) + ": more than 128 objects and arrays inside each other"}
}

func cyclicThread() refusal {
	a := &Thread{}
	a.Next = &Thread{Parent: a}
	return refusal{a, "lex: $" + strings.Repeat(".next.parent", 64) + ": more than 128 objects and arrays inside each other"}
}

func TestDepthIsTheSameBothWays(t *testing.T) {
	t.Parallel()
	wrap := func(inner any, n int) any {
		for range n {
			inner = []any{inner}
		}
		return inner
	}
	// Links and bytes count as values, though JSON writes them as objects.
	for _, inner := range []any{nil, link(t, rawCID), lex.Bytes{1}} {
		text := encode(t, wrap(inner, lex.MaxDepth))
		var v any
		decode(t, text, &v)
		// go-cmp takes time exponential in the depth.
		if !reflect.DeepEqual(wrap(inner, lex.MaxDepth), v) {
			t.Errorf("%T: the value changed", inner)
		}
	}
	for _, inner := range []any{[]any{}, map[string]any{}} {
		if _, err := lex.MarshalJSON(wrap(inner, lex.MaxDepth)); err == nil {
			t.Errorf("%T: written too deep", inner)
		}
	}
	var v any
	if err := lex.DecodeJSON([]byte(strings.Repeat("[", 128)+"{}"+strings.Repeat("]", 128)), &v); err == nil {
		t.Error("read too deep")
	}
}

func TestMarshalersForEncodingJSON(t *testing.T) {
	t.Parallel()
	type wrapper struct {
		Post  Post
		Ptr   *Post
		Body  Body
		Link  lex.Link
		Bytes lex.Bytes
		Blob  lex.Blob
		Extra lex.Extra
		Obj   lex.UnknownObject
		Prefs Prefs
		Opt   lex.Opt[lex.Link] `json:",omitzero"`
		None  lex.Opt[int64]    `json:",omitzero"`
		Null  lex.Nullable[Prefs]
	}
	in := wrapper{
		Post: Post{Text: "x"}, Ptr: &Post{Embed: &Video{}}, Body: Body{&Video{}}, Link: link(t, rawCID), Bytes: lex.Bytes{1},
		Blob: lex.Blob{Ref: link(t, rawCID)}, Extra: lex.Extra{"a": int64(1)}, Obj: lex.UnknownObject{Type: "a.b.c"}, Prefs: Prefs{&Video{}},
		Opt: lex.Some(link(t, dataCID)), Null: lex.PresentOf(Prefs{&StrongRef{}}),
	}
	b, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), `"None"`) {
		t.Errorf("omitzero does not see that an Opt is none: %s", b)
	}
	var back wrapper
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(in, back); diff != "" {
		t.Error(diff)
	}
}

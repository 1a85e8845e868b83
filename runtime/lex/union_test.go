package lex_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/lex"
)

func TestUnionChoosesByType_LX19_LX22(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"$type":"com.example.post","text":"","createdAt":"","embed":{"$type":"com.example.video","alt":"x"}}`,
		`{"$type":"com.example.post","text":"","createdAt":"","embed":{"alt":"x", "$type" : "com.example.video"}}`,
		`{"$type":"com.example.post","text":"","createdAt":"","embed":{"alt":"x","y":[{"$type":"no"},"}\\\"{",{}],"\u0024type":"com.example.video"}}`,
	} {
		var p Post
		decode(t, text, &p)
		video, ok := p.Embed.(*Video)
		if !ok || video.Alt.Or("") != "x" {
			t.Errorf("%s: got %#v", text, p.Embed)
		}
	}
}

func TestOpenUnionKeepsUnknownMember_LX19_DM26(t *testing.T) {
	t.Parallel()
	same(t, Post{Embed: &lex.UnknownObject{Type: "org.other.thing", Fields: lex.Extra{"a": []any{int64(1), link(t, rawCID)}, "b": lex.Bytes{1, 2}}}},
		`{"text":"","$type":"com.example.post","embed":{"a":[1,{"$link":"`+rawCID+`"}],"b":{"$bytes":"AQI"},"$type":"org.other.thing"},"createdAt":""}`)
	// A main definition is never called #main in data; if it is, nobody knows
	// that name, and the text is kept (LX-07).
	same(t, Post{Embed: &lex.UnknownObject{Type: "com.example.video#main"}},
		`{"text":"","$type":"com.example.post","embed":{"$type":"com.example.video#main"},"createdAt":""}`)
	// An open union holds any named type.
	if got, want := encode(t, Prefs{&Images{}}), `[{"$type":"com.example.images","images":[]}]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestUnionRefuses_LX19(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		`{"labels":{"$type":"com.example.images"}}`: `lex: $.labels: "com.example.images" is not a member of the closed union; its members are com.example.video (offset 10)`,
		`{"embed":{"alt":"x"}}`:                     `lex: $.embed: a member of a union needs $type (offset 9)`,
		`{"embed":{}}`:                              `lex: $.embed: a member of a union needs $type (offset 9)`,
		`{"embed":{"a":1`:                           `lex: $.embed: expected a comma or '}', found the end of the input (offset 15)`,
		`{"embed":{"a":[1,,],"b":2}}`:               `lex: $.embed.a[1]: expected a value, found ',' (offset 17)`,
		`{"embed":{"$type":""}}`:                    `lex: $.embed.$type: $type must be a string that is not empty (offset 18)`,
		`{"embed":{"$type":7}}`:                     `lex: $.embed.$type: expected a string, found a number (offset 18)`,
		`{"embed":"com.example.video"}`:             `lex: $.embed: expected an object, found a string (offset 9)`,
		`{"embed":{"$type":"x","$type":"x"}}`:       `lex: $.embed.$type: the object has this member twice (offset 30)`,
		`{"embed":{"$type":"com.example.video","$type":"com.example.video"}}`: `lex: $.embed.$type: the object has this member twice (offset 46)`,
		`{"embed":{"$type":"com.example.video","x":1,"alt":2}}`:               `lex: $.embed.alt: expected a string, found a number (offset 50)`,
	}
	for text, want := range cases {
		wantError(t, lex.DecodeJSON([]byte(text), &Post{}), want)
	}
	encodes := map[string]lex.Object{
		`lex: $.labels: *lex_test.Images "com.example.images" is not a member of the closed union; its members are com.example.video`:  &Images{},
		`lex: $.labels: *lex.UnknownObject "com.example.video" is not a member of the closed union; its members are com.example.video`: &lex.UnknownObject{Type: "com.example.video"},
		`lex: $.labels: a nil *lex.UnknownObject is no object`:                                                                         (*lex.UnknownObject)(nil),
		`lex: $.labels: lex_test.byValue is no pointer to a generated struct`:                                                          byValue{},
		`lex: $.labels: *lex_test.byValue "by.value" is not a member of the closed union; its members are com.example.video`:           &byValue{},
	}
	for want, o := range encodes {
		_, err := lex.MarshalJSON(&Post{Labels: o})
		wantError(t, err, want)
	}
	_, err := lex.MarshalJSON(&Post{Embed: &byValue{}})
	wantError(t, err, `lex: $.embed: *lex_test.byValue has no table`)
}

// byValue is no generated type.
type byValue struct{}

func (byValue) LexType() string      { return "by.value" }
func (byValue) LexTable() *lex.Table { return nil }

func TestUnionBody_LX10(t *testing.T) {
	t.Parallel()
	same(t, Body{&StrongRef{URI: "u", CID: "c"}}, `{"cid":"c","uri":"u","$type":"com.example.strongRef"}`)
	if _, err := lex.MarshalUnionJSON(nil, &lexUnionBody); err == nil {
		t.Error("a union body without a value was written")
	}
	if _, err := lex.DecodeUnionJSON([]byte(`{"$type":"x"}`), &lexUnionBody); err == nil {
		t.Error("a closed union body took an unknown member")
	}
	empty := &lex.Union{}
	o, err := lex.DecodeUnionJSON([]byte(`{"$type":"x"}`), empty)
	if diff := cmp.Diff(lex.Object(&lex.UnknownObject{Type: "x"}), o); err != nil || diff != "" {
		t.Errorf("empty open union: %v %s", err, diff)
	}
}

func TestUnionWithManyMembers(t *testing.T) {
	t.Parallel()
	u := &lex.Union{Closed: true, Members: []lex.Object{
		(*Post)(nil), (*StrongRef)(nil), (*Images)(nil), (*Image)(nil), (*Video)(nil), (*Thread)(nil), (*Req)(nil), (*Opts)(nil), (*Nulls)(nil), (*OptNulls)(nil),
	}}
	o, err := lex.DecodeUnionJSON([]byte(`{"$type":"com.example.optnulls"}`), u)
	if diff := cmp.Diff(lex.Object(&OptNulls{}), o); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if _, err := lex.DecodeUnionJSON([]byte(`{"$type":"com.example.none"}`), u); err == nil || !strings.Contains(err.Error(), "com.example.images#image") {
		t.Errorf("the error does not list the members: %v", err)
	}
}

func TestPlainReferenceKeepsType_LX22_DM26(t *testing.T) {
	t.Parallel()
	same(t, Opts{Ref: &StrongRef{Extra: lex.Extra{"$type": "whatever"}}}, `{"ref":{"cid":"","uri":"","$type":"whatever"}}`)
	// Inside of a union the same value is written with its own $type.
	want := `[{"cid":"","uri":"","$type":"com.example.strongRef"}]`
	if got := encode(t, Prefs{&StrongRef{Extra: lex.Extra{"$type": "whatever"}}}); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestExtraSurvives_DM26(t *testing.T) {
	t.Parallel()
	text := `{"z":null,"$xx":0,"text":"t","$type":"com.example.post","extra":{"a":[],"b":{}},"other":[[1,null],{"$bytes":"AA"}],` +
		`"createdAt":"c","zzzzzzzzzzzz":{"ref":{"$link":"` + rawCID + `"},"size":0,"$type":"blob","extra":1,"mimeType":"a/b"}}`
	var p Post
	decode(t, text, &p)
	if got := encode(t, &p); got != text {
		t.Errorf("got  %s\nwant %s", got, text)
	}
	blob, _ := p.Extra["zzzzzzzzzzzz"].(map[string]any)
	want := map[string]any{"$type": "blob", "ref": link(t, rawCID), "size": int64(0), "mimeType": "a/b", "extra": int64(1)}
	if diff := cmp.Diff(want, blob); diff != "" {
		t.Error(diff)
	}
}

func TestUnknownHoldsAnyObject_LX20(t *testing.T) {
	t.Parallel()
	same(t, Opts{Unknown: &lex.UnknownObject{Fields: lex.Extra{"a": nil}}}, `{"unknown":{"a":null}}`)
	// A typed object is written with its $type and read back without a Go type.
	text := encode(t, &Opts{Unknown: &Post{Text: "hi"}})
	if want := `{"unknown":{"text":"hi","$type":"com.example.post","createdAt":""}}`; text != want {
		t.Errorf("got %s, want %s", text, want)
	}
	var o Opts
	decode(t, text, &o)
	var p Post
	if err := lex.As(o.Unknown, &p); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Post{Text: "hi"}, p); diff != "" {
		t.Error(diff)
	}
}

func TestAsCopies(t *testing.T) {
	t.Parallel()
	from := &Post{Text: "x", Tags: []string{"a"}, Embed: &lex.UnknownObject{Type: "u.n.known"}}
	into := Post{Text: "dropped", Langs: []Handle{"en"}}
	if err := lex.As(from, &into); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(*from, into); diff != "" {
		t.Error(diff)
	}
	if &from.Tags[0] == &into.Tags[0] {
		t.Error("the two share memory")
	}
	var untyped lex.UnknownObject
	if err := lex.As(&Video{Alt: lex.String("x")}, &untyped); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(lex.UnknownObject{Type: "com.example.video", Fields: lex.Extra{"alt": "x"}}, untyped); diff != "" {
		t.Error(diff)
	}
	// An object definition is not a record, and found by its $type all the same.
	var video Video
	if err := lex.As(&untyped, &video); err != nil || video.Alt.Or("") != "x" || video.Extra != nil {
		t.Errorf("got %#v, %v", video, err)
	}
}

func TestAsRefuses(t *testing.T) {
	t.Parallel()
	cases := []struct {
		from, into lex.Object
		want       string
	}{
		{&lex.UnknownObject{}, &Post{}, `lex: $: expected "com.example.post", found ""`},
		{&Video{}, &Post{}, `lex: $: expected "com.example.post", found "com.example.video"`},
		{nil, &Post{}, `lex: $: required, but nil`},
		{&Video{}, nil, `lex: $: required, but nil`},
		{&Video{}, (*Post)(nil), `lex: $: a nil *lex_test.Post is no object`},
		{(*lex.UnknownObject)(nil), &Post{}, `lex: $: a nil *lex.UnknownObject is no object`},
		{&lex.UnknownObject{Type: "com.example.video", Fields: lex.Extra{"alt": int64(1)}}, &Video{}, `lex: $.alt: expected a string, found a number (offset 7)`},
		{&lex.UnknownObject{Type: "com.example.video", Fields: lex.Extra{"x": 1}}, &Video{}, `lex: $.x: int is no type of the data model`},
	}
	for _, c := range cases {
		wantError(t, lex.As(c.from, c.into), c.want)
	}
}

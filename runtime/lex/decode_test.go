package lex_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/lex"
)

func TestDecodeAcceptsAnyFormOfJSON_DM15(t *testing.T) {
	t.Parallel()
	// Members in another order, white space everywhere, escapes where none
	// are needed: the value is the same.
	for _, text := range []string{
		`{"alt":"aé😀/","$type":"com.example.video"}`,
		" {\t\"$type\" : \"com.example.video\" ,\r\n \"alt\" :\"a\u00e9\U0001f600/\" } \n",
		`{"\u0024type":"com.ex\u0061mple.video","\u0061lt":"a\u00e9\ud83d\ude00\/"}`,
	} {
		o, err := lex.DecodeUnionJSON([]byte(text), &lexUnionBody)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(lex.Object(&Video{Alt: lex.String("aé😀/")}), o); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
	var v any
	decode(t, `{"\u0024link":"`+rawCID+`"}`, &v)
	if diff := cmp.Diff(any(link(t, rawCID)), v); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeRefusesBadJSON_DM04_DM16_DM17(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		``:                                    `lex: $: expected an object, found the end of the input (offset 0)`,
		`[]`:                                  `lex: $: expected an object, found an array (offset 0)`,
		"\ufeff{}":                            `lex: $: expected an object, found 'ï' (offset 0)`,
		`{} x`:                                `lex: $: data after the end of the value (offset 3)`,
		`{"a":1`:                              `lex: $: expected a comma or '}', found the end of the input (offset 6)`,
		`{"a":1,}`:                            `lex: $: expected the name of a member, found '}' (offset 7)`,
		`{"a" 1}`:                             `lex: $: expected a colon, found a number (offset 5)`,
		`{a:1}`:                               `lex: $: expected the name of a member, found 'a' (offset 1)`,
		`{"a":[1,]}`:                          `lex: $.a[1]: expected a value, found ']' (offset 8)`,
		`{"a":[1 2]}`:                         `lex: $.a: expected a comma or ']', found a number (offset 8)`,
		`{"a":tru}`:                           `lex: $.a: expected a boolean, found 't' (offset 5)`,
		`{"a":nul}`:                           `lex: $.a: expected null, found 'n' (offset 5)`,
		`{"a":1,"a":1}`:                       `lex: $.a: the object has this member twice (offset 11)`,
		`{"a":{"b":1,"\u0062":1}}`:            `lex: $.a.b: the object has this member twice (offset 21)`,
		"{\"a\":\"\xff\"}":                    `lex: $.a: the string is not UTF-8 (offset 6)`,
		"{\"\xff\":1}":                        `lex: $: the string is not UTF-8 (offset 2)`,
		"{\"a\":\"\n\"}":                      `lex: $.a: a string may hold '\n' as an escape only (offset 6)`,
		`{"a":"\ud800"}`:                      `lex: $.a: half a surrogate pair is no character (offset 6)`,
		`{"a":"\ud800\u0041"}`:                `lex: $.a: half a surrogate pair is no character (offset 6)`,
		`{"a":"\udc00"}`:                      `lex: $.a: half a surrogate pair is no character (offset 6)`,
		`{"a":"\x"}`:                          `lex: $.a: a backslash before 'x' is no escape (offset 6)`,
		`{"a":"\u00g0"}`:                      `lex: $.a: \u needs four hexadecimal digits (offset 6)`,
		`{"a":"\u00`:                          `lex: $.a: the string has no end (offset 6)`,
		`{"a":"\`:                             `lex: $.a: the string has no end (offset 6)`,
		`{"a":"x`:                             `lex: $.a: the string has no end (offset 7)`,
		`{"$type":null}`:                      `lex: $.$type: $type must be a string that is not empty (offset 9)`,
		`{"$type":""}`:                        `lex: $.$type: $type must be a string that is not empty (offset 9)`,
		`{"$type":1}`:                         `lex: $.$type: $type must be a string that is not empty (offset 9)`,
		`{"a":{"b c":{"$bytes":"","x":1}}}`:   `lex: $.a["b c"]: $bytes must be the only member of its object (offset 24)`,
		`{"a":{"x":1,"$bytes":""}}`:           `lex: $.a.$bytes: $bytes must be the only member of its object (offset 21)`,
		`{"a":{"x":1,"$link":""}}`:            `lex: $.a.$link: $link must be the only member of its object (offset 20)`,
		`{"$link":"` + rawCID + `"}`:          `lex: $.$link: $link must be the only member of its object (offset 9)`,
		`{"a":{"$bytes":1}}`:                  `lex: $.a.$bytes: expected a string, found a number (offset 15)`,
		`{"a":{"$bytes":"A"}}`:                `lex: $.a: $bytes holds no base64 of RFC 4648 section 4 (offset 19)`,
		`{"a":{"$link":null}}`:                `lex: $.a.$link: expected a string, found null (offset 14)`,
		`{"a":{"$type":"blob","size":1}}`:     `lex: $.a.ref: a blob needs a link (offset 5)`,
		`{"a":` + strings.Repeat("[", 128):    `lex: $.a` + strings.Repeat("[0]", 127) + `: more than 128 objects and arrays inside each other (offset 132)`,
		`{"` + strings.Repeat("k", 70) + `":`: `lex: $["` + strings.Repeat("k", 64) + `"...]: expected a value, found the end of the input (offset 74)`,
	}
	for text, want := range cases {
		var m lex.Extra
		wantError(t, lex.DecodeJSON([]byte(text), &m), want)
	}
}

func TestDecodeTypedNamesThePlace_LX23(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, text, want string
		into             any
	}{
		{"missing", `{"$type":"com.example.post","text":"x"}`, `lex: $.createdAt: required, but missing (offset 0)`, &Post{}},
		{"nested missing", `{"$type":"com.example.post","reply":{"root":{"uri":"a"}}}`, `lex: $.reply.root.cid: required, but missing (offset 44)`, &Post{}},
		{"wrong type", `{"$type":"com.example.post","embed":{"$type":"com.example.images","images":[{"alt":""},{"alt":5}]}}`, `lex: $.embed.images[0].image: required, but missing (offset 76)`, &Post{}},
		{"wrong item", `{"tags":["a",1]}`, `lex: $.tags[1]: expected a string, found a number (offset 13)`, &Post{}},
		{"wrong $type", `{"$type":"com.example.other"}`, `lex: $.$type: expected "com.example.post", found "com.example.other" (offset 9)`, &Post{}},
		{"no $type", `{"text":"x","createdAt":"y"}`, `lex: $.$type: required, but missing (offset 0)`, &Post{}},
		{"null", `{"text":null}`, `lex: $.text: null is not allowed (offset 8)`, &Post{}},
		{"twice", `{"text":"a","text":"b"}`, `lex: $.text: the object has this member twice (offset 19)`, &Post{}},
		{"twice unknown", `{"x":1,"x":2}`, `lex: $.x: the object has this member twice (offset 11)`, &Post{}},
		{"link as object", `{"$link":"` + rawCID + `"}`, `lex: $.$link: $link must be the only member of its object (offset 9)`, &Video{}},
		{"array for slice", `{"strs":{}}`, `lex: $.strs: expected an array, found an object (offset 8)`, &Opts{}},
		{"null in array", `{"strs":[null]}`, `lex: $.strs[0]: expected a string, found null (offset 9)`, &Opts{}},
		{"null object in array", `[null]`, `lex: $[0]: expected an object, found null (offset 1)`, &Prefs{}},
		{"bytes", `{"bytes":{}}`, `lex: $.bytes: expected $bytes, found nothing (offset 10)`, &Opts{}},
		{"bytes for link", `{"link":{"$bytes":""}}`, `lex: $.link: expected $link, found "$bytes" (offset 9)`, &Opts{}},
		{"link text", `{"link":"x"}`, `lex: $.link: expected an object with $link, found a string (offset 8)`, &Opts{}},
		{"float", `{"int":1.5}`, `lex: $.int: a fraction is no value of the data model (offset 7)`, &Opts{}},
		{"unknown is a blob", `{"unknown":{"$type":"blob","ref":{"$link":"` + rawCID + `"},"mimeType":"a/b","size":1}}`, `lex: $.unknown: expected an object, found a blob (offset 11)`, &Opts{}},
		{"unknown is a bool", `{"unknown":true}`, `lex: $.unknown: expected an object, found a boolean (offset 11)`, &Opts{}},
		{"unknown is bytes", `{"unknown":{"$bytes":""}}`, `lex: $.unknown.$bytes: $bytes must be the only member of its object (offset 21)`, &Opts{}},
		{"not optional and nullable", `{"bool":null}`, `lex: $.bool: null is not allowed (offset 8)`, &Opts{}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			wantError(t, lex.DecodeJSON([]byte(c.text), c.into), c.want)
		})
	}
}

func TestDecodeIntegers_DM02_DM03(t *testing.T) {
	t.Parallel()
	good := map[string]int64{
		`0`: 0, `-0`: 0, `-0.0`: 0, `7`: 7, `-7`: -7, `123.0`: 123, `1e3`: 1000, `1E+3`: 1000, `1.5e1`: 15, `1500e-2`: 15, `0e999999999999999999999`: 0,
		`9223372036854775807`: 1<<63 - 1, `-9223372036854775808`: -1 << 63, `9223372036854775807.000`: 1<<63 - 1,
		`922337203685477580.7e1`: 1<<63 - 1, `-92233720368547758080e-1`: -1 << 63, `100000000000000000000e-20`: 1,
		`1` + strings.Repeat("0", 400) + `e-400`: 1, `0.` + strings.Repeat("0", 400) + `1e401`: 1,
	}
	for text, want := range good {
		var v any
		decode(t, text, &v)
		if v != want {
			t.Errorf("%s: got %v, want %d", text, v, want)
		}
	}
	bad := []string{
		`1.5`, `123.456`, `1e-1`, `0.1`, `9223372036854775808`, `-9223372036854775809`, `1e19`, `1e99999999999999999999`, `18446744073709551616`,
		`100000000000000000000`, `1e-99999999999999999999`, `01`, `-01`, `00`, `-`, `+1`, `.5`, `1.`, `1.e1`, `1e`, `1e+`, `1e-`, `0x1`, `NaN`, `Infinity`, `1_000`,
		`12345678901234567890123456789.5`, `1` + strings.Repeat("0", 400) + `1e-400`,
	}
	for _, text := range bad {
		var v any
		if err := lex.DecodeJSON([]byte(text), &v); err == nil {
			t.Errorf("%s: accepted as %v", text, v)
		}
	}
}

func TestDecodeDropsWhatWasThere(t *testing.T) {
	t.Parallel()
	tags := []string{"kept"}
	p := Post{Text: "old", Tags: tags, Reply: &PostReply{}, Extra: lex.Extra{"x": int64(1)}}
	reply := p.Reply
	decode(t, `{"$type":"com.example.post","text":"","createdAt":"now","tags":["new"]}`, &p)
	if diff := cmp.Diff(Post{Created: "now", Tags: []string{"new"}}, p); diff != "" {
		t.Error(diff)
	}
	if tags[0] != "kept" || reply.Root != nil {
		t.Error("decoding wrote into the memory of the value that was there before")
	}
}

func TestDecodeOwnsItsMemory(t *testing.T) {
	t.Parallel()
	in := []byte(`{"$type":"com.example.post","text":"text","createdAt":"now","key":{"in":["ner","\n"]},"embed":{"$type":"un.known","b":{"$bytes":"AAAA"}}}`)
	var p, want Post
	decode(t, string(in), &want)
	decode(t, string(in), &p)
	if err := lex.DecodeJSON(in, &p); err != nil {
		t.Fatal(err)
	}
	clear(in)
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("the value changed with its input: %s", diff)
	}
}

func TestDecodeRefusesTargets(t *testing.T) {
	t.Parallel()
	cases := map[string]any{
		`lex: $: cannot decode into <nil>: it must be a pointer, and not nil`:                               nil,
		`lex: $: cannot decode into *lex_test.Post: it must be a pointer, and not nil`:                      (*Post)(nil),
		`lex: $: cannot decode into lex_test.Post: it must be a pointer, and not nil`:                       Post{},
		`lex: $: cannot decode into *int: it is not generated and no type of this package`:                  new(int),
		`lex: $: cannot decode into lex_test.Prefs: it must be a pointer, and not nil`:                      Prefs{},
		`lex: $: *lex_test.embedder has the table of *lex_test.Post`:                                        &embedder{},
		`lex: $: cannot decode into **lex_test.Post: it is not generated and no type of this package`:       new(*Post),
		`lex: $: cannot decode into *lex_test.embeddedNil: it is not generated and no type of this package`: new(embeddedNil),
	}
	encode(t, &Post{}) // its table is Post's from here on
	for want, v := range cases {
		wantError(t, lex.DecodeJSON([]byte(`{}`), v), want)
	}
}

// embedder has the methods of Post and is not described by its table.
type embedder struct {
	Post
	More string
}

type embeddedNil struct{ lex.Opt[int64] }

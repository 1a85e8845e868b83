package lex_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/lex"
)

func TestBlobForms_DM18_DM19_DM20_DM21(t *testing.T) {
	t.Parallel()
	same(t, lex.Blob{Ref: link(t, rawCID), MimeType: "image/png", Size: 12},
		`{"ref":{"$link":"`+rawCID+`"},"size":12,"$type":"blob","mimeType":"image/png"}`)
	same(t, lex.Blob{Ref: link(t, rawCID)}, `{"ref":{"$link":"`+rawCID+`"},"size":0,"$type":"blob","mimeType":""}`)
	same(t, lex.Blob{Ref: link(t, rawCID), MimeType: "a/b", Size: 1, Extra: lex.Extra{"cid": "x", "width": int64(3)}},
		`{"cid":"x","ref":{"$link":"`+rawCID+`"},"size":1,"$type":"blob","width":3,"mimeType":"a/b"}`)
	same(t, lex.Blob{Ref: link(t, rawCID), MimeType: "a/b", Size: -1, LegacyCID: rawCID}, `{"cid":"`+rawCID+`","mimeType":"a/b"}`)
	same(t, lex.Blob{MimeType: "a/b", Size: -1, LegacyCID: "QmNotOne", Extra: lex.Extra{"size": int64(5)}}, `{"cid":"QmNotOne","size":5,"mimeType":"a/b"}`)
}

func TestBlobRefuses_DM18_DM19_DM20(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		`{"ref":{"$link":"` + rawCID + `"},"size":1,"mimeType":"a/b"}`:                  `lex: $.$type: required, but missing (offset 0)`,
		`{"$type":"blob","ref":{"$link":"` + rawCID + `"},"size":-1,"mimeType":"a/b"}`:  `lex: $.size: the size is negative (offset 0)`,
		`{"$type":"blob","ref":{"$link":"` + rawCID + `"},"size":"1","mimeType":"a/b"}`: `lex: $.size: expected an integer, found a string (offset 101)`,
		`{"$type":"blob","ref":{"$link":"` + rawCID + `"},"mimeType":"a/b"}`:            `lex: $.size: required, but missing (offset 0)`,
		`{"$type":"blob","ref":{"$link":"` + rawCID + `"},"size":1}`:                    `lex: $.mimeType: required, but missing (offset 0)`,
		`{"$type":"blob","ref":"` + rawCID + `","size":1,"mimeType":"a/b"}`:             `lex: $.ref: expected an object with $link, found a string (offset 22)`,
		`{"$type":"blob","ref":null,"size":1,"mimeType":"a/b"}`:                         `lex: $.ref: null is not allowed (offset 22)`,
		`{"$type":"image","ref":{"$link":"` + rawCID + `"},"size":1,"mimeType":"a/b"}`:  `lex: $.$type: expected "blob", found "image" (offset 9)`,
		`{"$type":"","cid":"` + rawCID + `","mimeType":"a/b"}`:                          `lex: $.$type: $type must be a string that is not empty (offset 9)`,
		`{"cid":"","mimeType":"a/b"}`:                                                   `lex: $.cid: the CID is empty (offset 0)`,
		`{"cid":"` + rawCID + `"}`:                                                      `lex: $.mimeType: required, but missing (offset 0)`,
		`{"cid":1,"mimeType":"a/b"}`:                                                    `lex: $.cid: expected a string, found a number (offset 7)`,
		`[]`:                                                                            `lex: $: expected an object, found an array (offset 0)`,
	}
	for text, want := range cases {
		var b lex.Blob
		wantError(t, lex.DecodeJSON([]byte(text), &b), want)
	}
	encodes := map[string]lex.Blob{
		`lex: $.ref: the link is undefined`:                        {},
		`lex: $.size: the size is negative`:                        {Ref: link(t, rawCID), Size: -2},
		`lex: $: a blob with LegacyCID has the size -1, not 0`:     {LegacyCID: "x"},
		`lex: $.mimeType: Extra has a member that is a field, too`: {Ref: link(t, rawCID), Extra: lex.Extra{"mimeType": ""}},
	}
	for want, b := range encodes {
		_, err := lex.MarshalJSON(b)
		wantError(t, err, want)
	}
}

func TestBytesText_DM14(t *testing.T) {
	t.Parallel()
	good := map[string]lex.Bytes{
		``: {}, `AA`: {0}, `AA==`: {0}, `AAA`: {0, 0}, `AAA=`: {0, 0}, `AAAA`: {0, 0, 0}, `+/+/`: {0xfb, 0xff, 0xbf}, `\u0041A`: {0},
		`AB`: {0}, `AAB`: {0, 0}, // bits beyond the last byte are no part of it
	}
	for text, want := range good {
		var got lex.Bytes
		decode(t, `{"$bytes":"`+text+`"}`, &got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
	for _, text := range []string{`A`, `AAAAA`, `AA=`, `A===`, `AAAA=`, `AAAA====`, `=`, `-_-_`, `A A`, `AA\n`, `\nAAAA`, `AAAA\r\n`, `AA A`} {
		var got lex.Bytes
		if err := lex.DecodeJSON([]byte(`{"$bytes":"`+text+`"}`), &got); err == nil {
			t.Errorf("%q: accepted as %x", text, got)
		}
	}
}

func TestLinkText_DM11_DM13(t *testing.T) {
	t.Parallel()
	same(t, link(t, rawCID), `{"$link":"`+rawCID+`"}`)
	for _, text := range []string{``, `.`, `QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR`, rawCID[:58], rawCID + `a`, `B` + rawCID[1:]} {
		var l lex.Link
		if err := lex.DecodeJSON([]byte(`{"$link":"`+text+`"}`), &l); err == nil {
			t.Errorf("%q: accepted", text)
		}
	}
}

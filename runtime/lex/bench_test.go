package lex_test

import (
	"encoding/json"
	"testing"

	"github.com/lexgen/lexgen/runtime/lex"
)

// benchPost is in canonical order.
const benchPost = `{"text":"A post about things, long enough to be a real one: 😀 with a link to somewhere and a tag.","$type":"com.example.post",` +
	`"embed":{"$type":"com.example.images","images":[` +
	`{"alt":"a cat","image":{"ref":{"$link":"bafkreiccldh766hwcnuxnf2wh6jgzepf2nlu2lvcllt63eww5p6chi4ity"},"size":10000,"$type":"blob","mimeType":"image/jpeg"}},` +
	`{"alt":"","image":{"ref":{"$link":"bafkreiccldh766hwcnuxnf2wh6jgzepf2nlu2lvcllt63eww5p6chi4ity"},"size":20000,"$type":"blob","mimeType":"image/png"}}]},` +
	`"langs":["en","pt-BR"],"reply":{"root":{"cid":"bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a","uri":"at://did:plc:asdfghjklqwertyuiopzxcvb/com.example.post/3k2yihcrp6f2c"},` +
	`"parent":{"cid":"bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a","uri":"at://did:plc:asdfghjklqwertyuiopzxcvb/com.example.post/3k2yihcrp6f2d"}},` +
	`"createdAt":"2024-08-07T05:49:40.501Z"}`

// The plain types are what encoding/json decodes at its best: no unknown
// fields kept, no unions.
type plainPost struct {
	Text  string `json:"text"`
	Reply struct {
		Root, Parent plainRef
	} `json:"reply"`
	Embed struct {
		Type   string `json:"$type"`
		Images []struct {
			Alt   string `json:"alt"`
			Image struct {
				Ref struct {
					Link string `json:"$link"`
				} `json:"ref"`
				Size     int64  `json:"size"`
				MimeType string `json:"mimeType"`
				Type     string `json:"$type"`
			} `json:"image"`
		} `json:"images"`
	} `json:"embed"`
	Langs     []string `json:"langs"`
	CreatedAt string   `json:"createdAt"`
	Type      string   `json:"$type"`
}

type plainRef struct {
	URI string `json:"uri"`
	CID string `json:"cid"`
}

func BenchmarkDecodeJSON(b *testing.B) {
	b.Run("lex", func(b *testing.B) {
		b.ReportAllocs()
		var p Post
		for b.Loop() {
			if err := lex.DecodeJSON([]byte(benchPost), &p); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("data", func(b *testing.B) {
		b.ReportAllocs()
		var p lex.Extra
		for b.Loop() {
			if err := lex.DecodeJSON([]byte(benchPost), &p); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.ReportAllocs()
		var p plainPost
		for b.Loop() {
			if err := json.Unmarshal([]byte(benchPost), &p); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkEncodeJSON(b *testing.B) {
	b.Run("lex", func(b *testing.B) {
		b.ReportAllocs()
		var p Post
		if err := lex.DecodeJSON([]byte(benchPost), &p); err != nil {
			b.Fatal(err)
		}
		buf := make([]byte, 0, 4096)
		for b.Loop() {
			if _, err := lex.AppendJSON(buf, &p); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.ReportAllocs()
		var p plainPost
		if err := json.Unmarshal([]byte(benchPost), &p); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if _, err := json.Marshal(&p); err != nil {
				b.Fatal(err)
			}
		}
	})
}

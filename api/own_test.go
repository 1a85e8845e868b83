package api_test

import (
	"bytes"
	"encoding/hex"
	"reflect"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/api/appbsky"
	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/lex"
)

const (
	embed = `{"$type":"app.bsky.embed.external","external":{"uri":"https://example.org/","title":"Herons","description":"",` +
		`"thumb":{"$type":"blob","ref":{"$link":"bafkreidwslb22nkaxoadyaqlhlxgntmiq4jdenhkbrxhcq6avxlt75br5u"},"mimeType":"image/png","size":7}}}`
	legacyEmbed  = `{"$type":"app.bsky.embed.external","external":{"uri":"https://example.org/","title":"Herons","description":"","thumb":{"cid":"bafkreidwslb22nkaxoadyaqlhlxgntmiq4jdenhkbrxhcq6avxlt75br5u","mimeType":"image/png"}}}`
	unknownEmbed = `{"$type":"org.example.embed","bytes":{"$bytes":"AAEC"},"list":["a",{"b":"c"}]}`
)

// post returns the JSON of a post with more members, each after a comma.
func post(text, more string) string {
	return `{"$type":"app.bsky.feed.post","text":"` + text + `","createdAt":"2026-03-14T15:09:26.535Z"` + more + `}`
}

// ownCases are values of all ways to own memory: few strings, as many as are
// copied together and more, long ones, and what brings the copy of all, before
// other strings and after them.
var ownCases = []struct {
	name, text string
	value      lex.Struct
}{
	{"little", post("a", ``), new(appbsky.FeedPost)},
	{"no text", post("", `,"langs":["","en"]`), new(appbsky.FeedPost)},
	{"long text", post(strings.Repeat("🪶", 700), `,"tags":["a","b"]`), new(appbsky.FeedPost)},
	{"many texts", post("a", `,"tags":["0"`+strings.Repeat(`,"birds"`, 150)+`]`), new(appbsky.FeedPost)},
	{"more text than fits together", post("a", `,"tags":["0"`+strings.Repeat(`,"`+strings.Repeat("birds", 80)+`"`, 9)+`]`), new(appbsky.FeedPost)},
	{"blob", post("a", `,"embed":`+embed), new(appbsky.FeedPost)},
	{"legacy blob", post("a", `,"embed":`+legacyEmbed), new(appbsky.FeedPost)},
	{"unknown embed", post("a", `,"langs":["de"],"tags":["x"],"embed":`+unknownEmbed), new(appbsky.FeedPost)},
	{"unknown members", post("a", `,"tags":["x"],"b":["c"],"extra":{"d":"e"}`), new(appbsky.FeedPost)},
	{"optional text", `{"$type":"app.bsky.actor.profile","displayName":"Heron","pronouns":"she"}`, new(appbsky.ActorProfile)},
	{"bytes", `{"seq":1,"rebase":false,"tooBig":false,"repo":"did:plc:ewvi7nxzyoun6zhxrhs64oiz",` +
		`"commit":{"$link":"bafyreiheoeszncz3oecj7pciali6ictr5ijvtxwpvowpoczulcadpvh7bq"},"rev":"3lqcoskkx7c2y","since":"3lqcnvhqk622d",` +
		`"blocks":{"$bytes":"AAECAwQF"},"ops":[],"blobs":[],"time":"2026-03-14T15:09:26.535Z"}`, new(comatproto.SyncSubscribeReposCommit)},
	{"post", commonPostText, new(appbsky.FeedPost)},
}

const commonPostText = `{"$type":"app.bsky.feed.post","text":"See @bob.example.org","createdAt":"2026-03-14T15:09:26.535Z","facets":[` +
	`{"index":{"byteStart":4,"byteEnd":20},"features":[{"$type":"app.bsky.richtext.facet#mention","did":"did:plc:ewvi7nxzyoun6zhxrhs64oiz"}]},` +
	`{"index":{"byteStart":0,"byteEnd":3},"features":[{"$type":"app.bsky.richtext.facet#link","uri":"https://example.org/"},` +
	`{"$type":"app.bsky.richtext.facet#tag","tag":"see"},{"$type":"org.example.feature","a":"b"}]}]}`

// TestOwnedValuesShareNothingWithTheInput overwrites what was read. It also
// reads all that differs in one byte, or ends early: then whoever owns and
// whoever shares memory agree on whether that is a value, and on which.
func TestOwnedValuesShareNothingWithTheInput_DM23(t *testing.T) {
	t.Parallel()
	for _, c := range ownCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			block := blockOf(t, c.text, c.value)
			if !sameOwned(t, block, c.value) {
				t.Fatal("the value itself is refused")
			}
			for i := range block {
				for _, flip := range []byte{0x01, 0x10, 0x20, 0x80} {
					other := bytes.Clone(block)
					other[i] ^= flip
					sameOwned(t, other, c.value)
				}
				sameOwned(t, block[:i], c.value)
			}
		})
	}
}

// FuzzOwnedValues does so with other bytes, as each of the types.
func FuzzOwnedValues(f *testing.F) {
	types := map[reflect.Type]lex.Struct{}
	for _, c := range ownCases {
		v, _ := reflect.TypeAssert[lex.Struct](reflect.New(reflect.TypeOf(c.value).Elem()))
		f.Add(blockOf(f, c.text, v))
		types[reflect.TypeOf(v)] = v
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, v := range types {
			sameOwned(t, b, v)
		}
	})
}

// blockOf returns the DAG-CBOR of a text, which is read into v.
func blockOf(t testing.TB, text string, v any) []byte {
	t.Helper()
	if err := lex.DecodeJSON([]byte(text), v); err != nil {
		t.Fatal(err)
	}
	block, err := lex.MarshalCBOR(v)
	if err != nil {
		t.Fatal(err)
	}
	return block
}

// sameOwned reads b into new values of v's type, and reports whether it is one.
// Then it is written back as it was.
func sameOwned(t *testing.T, b []byte, v lex.Struct) bool {
	t.Helper()
	owned, shared := reflect.New(reflect.TypeOf(v).Elem()).Interface(), reflect.New(reflect.TypeOf(v).Elem()).Interface()
	in := bytes.Clone(b)
	sameAny(t, in, v)
	err, other := lex.DecodeCBOR(in, owned), lex.DecodeCBORAlias(b, shared)
	clear(in)
	if (err == nil) != (other == nil) {
		t.Fatalf("%s: owning says %v, sharing %v", hex.EncodeToString(b), err, other)
	}
	if err != nil {
		return false
	}
	if !reflect.DeepEqual(owned, shared) {
		t.Fatalf("%s: owning reads %#v, sharing %#v", hex.EncodeToString(b), owned, shared)
	}
	if again, err := lex.MarshalCBOR(owned); err != nil || !bytes.Equal(again, b) {
		t.Fatalf("%s is written as %s (%v)", hex.EncodeToString(b), hex.EncodeToString(again), err)
	}
	return true
}

// sameAny reads b as an object of v's type, which $type names, and as v itself,
// if b has that name.
func sameAny(t *testing.T, b []byte, v lex.Struct) {
	t.Helper()
	named, ok := v.(lex.Object)
	var unknown lex.UnknownObject
	if !ok || lex.DecodeCBOR(b, &unknown) != nil || unknown.Type != named.LexType() {
		return
	}
	types := lex.NewTypes(named)
	text, err := lex.MarshalJSON(&unknown)
	if err != nil {
		t.Fatal(err)
	}
	own := reflect.New(reflect.TypeOf(v).Elem()).Interface()
	wantErr := lex.As(&unknown, own.(lex.Object))
	o, err := types.DecodeCBOR(b)
	fromJSON, jsonErr := types.DecodeJSON(text)
	if (err == nil) != (wantErr == nil) || (jsonErr == nil) != (wantErr == nil) {
		t.Fatalf("%s: by its type %v, from JSON %v, want %v", hex.EncodeToString(b), err, jsonErr, wantErr)
	}
	if err == nil && (!reflect.DeepEqual(o, own) || !reflect.DeepEqual(fromJSON, own)) {
		t.Fatalf("%s: by its type %#v, from JSON %#v, want %#v", hex.EncodeToString(b), o, fromJSON, own)
	}
}

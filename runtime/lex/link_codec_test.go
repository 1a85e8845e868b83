package lex_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
)

// TestLinksToOtherBlocksAreRefusedAlike_DM11 has a link to a block of dag-pb, which
// no part of the data model is: nothing reads it, and nothing writes it.
func TestLinksToOtherBlocksAreRefusedAlike_DM11(t *testing.T) {
	t.Parallel()
	const reason = "the link is to a block of the unknown codec 0x70"
	const text = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"
	link := lex.Link{CID: cid.FromHash(0x70, cid.Sum(cid.Raw, nil).Digest())}
	var v any
	for name, err := range map[string]error{
		"read a link":       lex.DecodeJSON([]byte(`{"a":{"$link":"`+text+`"}}`), &v),
		"read a blob":       lex.DecodeJSON([]byte(`{"ref":{"$link":"`+text+`"},"size":1,"$type":"blob","mimeType":"a/b"}`), new(lex.Blob)),
		"read CBOR":         lex.DecodeCBOR(link.AppendBytes([]byte("\xd8\x2a\x58\x25\x00")), &v),
		"validate":          lex.ValidateData(lex.NewRecordSchema("com.example.a", "tid", func() []lex.SchemaField { return nil }), map[string]any{"$type": "com.example.a", "b": link}),
		"write JSON":        written(lex.MarshalJSON(map[string]any{"a": link})),
		"write CBOR":        written(lex.MarshalCBOR(map[string]any{"a": link})),
		"write a link":      written(link.MarshalJSON()),
		"write a blob":      written(lex.MarshalCBOR(&lex.Blob{Ref: link, MimeType: "a/b", Size: 1})),
		"write a JSON blob": written(lex.MarshalJSON(&lex.Blob{Ref: link, MimeType: "a/b", Size: 1})),
	} {
		if err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func written(_ []byte, err error) error { return err }

// TestReadCBORBoundsWhatIsAnnounced announces lengths up to the greatest there is.
func TestReadCBORBoundsWhatIsAnnounced_DM23(t *testing.T) {
	t.Parallel()
	for _, major := range []byte{0x5b, 0x7b, 0x9b, 0xbb} {
		for _, length := range []string{"\x00\x00\x00\x00\x00\x50\x00\x01", "\x7f\xff\xff\xff\xff\xff\xff\xff", "\xff\xff\xff\xff\xff\xff\xff\xf7", "\xff\xff\xff\xff\xff\xff\xff\xff"} {
			var v any
			err := lex.ReadCBOR(bytes.NewReader(append([]byte{major}, length...)), &v)
			if err == nil || !strings.Contains(err.Error(), "more than 5242880 bytes") {
				t.Errorf("%x %x: %v", major, length, err)
			}
		}
	}
}

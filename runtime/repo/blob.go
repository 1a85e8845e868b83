package repo

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
)

// Blobs returns the blobs that a record refers to, at any depth, without its
// schema (DM-22): in the order of the data, each as often as it occurs. Data is
// one item of canonical DAG-CBOR. Blobs of the legacy form are among them
// (DM-20): objects of nothing but a cid and a mimeType.
func Blobs(data []byte) ([]lex.Blob, error) {
	var v any
	if err := lex.DecodeCBOR(data, &v); err != nil {
		return nil, failf(ErrRecord, cid.Sum(cid.DagCBOR, data), "%v (DM-08)", err)
	}
	return appendBlobs(nil, v), nil
}

// appendBlobs appends the blobs in v, whose depth its decoder has limited.
func appendBlobs(blobs []lex.Blob, v any) []lex.Blob {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			blobs = appendBlobs(blobs, item)
		}
	case map[string]any:
		if blob, ok := blobOf(v); ok {
			return append(blobs, blob)
		}
		for _, name := range slices.SortedFunc(maps.Keys(v), compareKeys) {
			blobs = appendBlobs(blobs, v[name])
		}
	}
	return blobs
}

// compareKeys orders as DAG-CBOR does (DM-09).
func compareKeys(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

// blobOf returns v as a blob, if it is one of either form.
func blobOf(v map[string]any) (lex.Blob, bool) {
	mimeType, _ := v["mimeType"].(string)
	if v["$type"] == "blob" {
		// What has this $type has these members: the decoder checks them.
		ref, _ := v["ref"].(lex.Link)
		size, _ := v["size"].(int64)
		return lex.Blob{Ref: ref, MimeType: mimeType, Size: size}, true
	}
	text, _ := v["cid"].(string)
	c, err := cid.Parse(text)
	if err != nil || mimeType == "" || len(v) != 2 {
		return lex.Blob{}, false
	}
	return lex.Blob{Ref: lex.Link{CID: c}, MimeType: mimeType, Size: -1, LegacyCID: text}, true
}

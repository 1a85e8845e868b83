package repo_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
)

func TestBlobsAreFoundWithoutASchema_DM20_DM22(t *testing.T) {
	t.Parallel()
	image, video := cid.Sum(cid.Raw, []byte("image")), cid.Sum(cid.Raw, []byte("video"))
	blob := func(c cid.CID, mimeType string) map[string]any {
		return map[string]any{"$type": "blob", "ref": lex.Link{CID: c}, "mimeType": mimeType, "size": int64(5)}
	}
	legacy := map[string]any{"cid": image.String(), "mimeType": "image/png"}
	found := func(c cid.CID, mimeType string) lex.Blob {
		return lex.Blob{Ref: lex.Link{CID: c}, MimeType: mimeType, Size: 5}
	}
	foundLegacy := lex.Blob{Ref: lex.Link{CID: image}, MimeType: "image/png", Size: -1, LegacyCID: image.String()}
	cases := []struct {
		name   string
		record any
		want   []lex.Blob
	}{
		{"none", map[string]any{"text": "blob", "$type": "com.example.post"}, nil},
		{"a member", map[string]any{"avatar": blob(image, "image/png")}, []lex.Blob{found(image, "image/png")}},
		{"in the order of the data", map[string]any{"zz": blob(image, "a/b"), "aaa": blob(video, "c/d")}, []lex.Blob{found(image, "a/b"), found(video, "c/d")}},
		{"deep", map[string]any{"a": []any{int64(1), map[string]any{"b": []any{blob(video, "video/mp4")}}}}, []lex.Blob{found(video, "video/mp4")}},
		{"twice", []any{blob(image, "image/png"), blob(image, "image/png")}, []lex.Blob{found(image, "image/png"), found(image, "image/png")}},
		{"legacy", map[string]any{"avatar": legacy}, []lex.Blob{foundLegacy}},
		{"a strong reference is none", map[string]any{"cid": image.String(), "uri": "at://did:web:a.test/com.example.post/1"}, nil},
		{"a CID that is none", map[string]any{"cid": "image", "mimeType": "image/png"}, nil},
		{"the legacy form with more members", map[string]any{"cid": image.String(), "mimeType": "image/png", "alt": ""}, nil},
		{"the record itself", blob(image, "image/png"), []lex.Blob{found(image, "image/png")}},
	}
	for _, c := range cases {
		b, err := lex.MarshalCBOR(c.record)
		if err != nil {
			t.Fatal(err)
		}
		got, err := repo.Blobs(b)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	if _, err := repo.Blobs([]byte("\xa1")); !errors.Is(err, repo.ErrRecord) {
		t.Errorf("no CBOR: %v", err)
	}
}

//go:build !race

// Under the race detector sync.Pool forgets at random, so that allocations
// cannot be counted.

package api_test

import (
	"bytes"
	"testing"

	"github.com/lexgen/lexgen/api/appbsky"
	"github.com/lexgen/lexgen/runtime/lex"
)

// A post as they are common in the network, and a like.
const (
	commonPost = `{"text":"@bob.example.org Two herons at the weir this morning, and the kingfisher back on its branch: ` +
		`see example.org/birds/march 🪶\nThe water is lower than it has been for years, says the keeper of the lock. #birds",` +
		`"$type":"app.bsky.feed.post","embed":{"$type":"app.bsky.embed.images","images":[{` +
		`"alt":"Two grey herons stand in shallow water below a weir, with mist between the willows behind",` +
		`"image":{"ref":{"$link":"bafkreidwslb22nkaxoadyaqlhlxgntmiq4jdenhkbrxhcq6avxlt75br5u"},"size":207311,"$type":"blob","mimeType":"image/jpeg"},` +
		`"aspectRatio":{"width":1600,"height":1200}}]},"langs":["en"],` +
		`"reply":{"root":{"cid":"bafyreicicneu2e36cyy3xiyb2wwkw3t3w6vhjtqrqxkfmvs66uoxg5txwi","uri":"at://did:plc:z72i7hdynmk6r22z27h6tvur/app.bsky.feed.post/3lqcnvhqk622d"},` +
		`"parent":{"cid":"bafyreiheoeszncz3oecj7pciali6ictr5ijvtxwpvowpoczulcadpvh7bq","uri":"at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/app.bsky.feed.post/3lqcoskkx7c2y"}},` +
		`"facets":[{"index":{"byteEnd":16,"byteStart":0},"features":[{"did":"did:plc:ewvi7nxzyoun6zhxrhs64oiz","$type":"app.bsky.richtext.facet#mention"}]},` +
		`{"index":{"byteEnd":122,"byteStart":99},"features":[{"uri":"https://example.org/birds/march","$type":"app.bsky.richtext.facet#link"}]},` +
		`{"index":{"byteEnd":212,"byteStart":206},"features":[{"tag":"birds","$type":"app.bsky.richtext.facet#tag"}]}],` +
		`"createdAt":"2026-03-14T15:09:26.535Z"}`
	commonLike = `{"$type":"app.bsky.feed.like","subject":{"cid":"bafyreiheoeszncz3oecj7pciali6ictr5ijvtxwpvowpoczulcadpvh7bq",` +
		`"uri":"at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/app.bsky.feed.post/3lqcoskkx7c2y"},"createdAt":"2026-03-14T15:09:26.535Z"}`
)

// TestCommonRecordsAllocateNoMoreThanTheyMust counts what CBOR costs when the
// value and the buffer are used again.
//
//nolint:paralleltest // AllocsPerRun must not run in parallel with others
func TestCommonRecordsAllocateNoMoreThanTheyMust(t *testing.T) {
	cases := []struct {
		name, text string
		value      any
		size       int
	}{
		{"post", commonPost, new(appbsky.FeedPost), 1178},
		{"like", commonLike, new(appbsky.FeedLike), 212},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if err := lex.DecodeJSON([]byte(c.text), c.value); err != nil {
				t.Fatal(err)
			}
			block, err := lex.MarshalCBOR(c.value)
			if err != nil {
				t.Fatal(err)
			}
			if len(block) != c.size {
				t.Errorf("the record has %d bytes, want %d", len(block), c.size)
			}
			buffer := make([]byte, 0, len(block))
			atMost(t, 0, "decoding with the input's memory", func() error { return lex.DecodeCBORAlias(block, c.value) })
			atMost(t, 2, "decoding with memory of its own", func() error { return lex.DecodeCBOR(block, c.value) })
			atMost(t, 0, "appending", func() (err error) {
				buffer, err = lex.AppendCBOR(buffer[:0], c.value)
				return err
			})
			if !bytes.Equal(buffer, block) {
				t.Errorf("got %x, want %x", buffer, block)
			}
		})
	}
}

// TestReadingAPostAllocatesItsObjectsAndLittleElse counts what a new value
// costs: the struct and one object for each slice, member of a union, optional
// struct and element of an array, the text, and nothing for what a struct
// always points to.
//
//nolint:paralleltest // AllocsPerRun must not run in parallel with others
func TestReadingAPostAllocatesItsObjectsAndLittleElse(t *testing.T) {
	var post appbsky.FeedPost
	if err := lex.DecodeJSON([]byte(commonPost), &post); err != nil {
		t.Fatal(err)
	}
	block, err := lex.MarshalCBOR(&post)
	if err != nil {
		t.Fatal(err)
	}
	input := []byte(commonPost)
	atMost(t, 18, "reading JSON", func() error { return lex.DecodeJSON(input, new(appbsky.FeedPost)) })
	atMost(t, 18, "reading CBOR", func() error { return lex.DecodeCBOR(block, new(appbsky.FeedPost)) })
}

// atMost fails if f allocates more than limit times, or fails itself.
func atMost(t *testing.T, limit float64, what string, f func() error) {
	t.Helper()
	got := testing.AllocsPerRun(1000, func() {
		if err := f(); err != nil {
			t.Error(err)
		}
	})
	t.Logf("%s: %v allocations", what, got)
	if got > limit {
		t.Errorf("%s allocates %v times, want at most %v", what, got, limit)
	}
}

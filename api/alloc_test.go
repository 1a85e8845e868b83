//go:build !race

// Under the race detector sync.Pool forgets at random, so that allocations
// cannot be counted.

package api_test

import (
	"bytes"
	"runtime"
	"strings"
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
			block := blockOf(t, c.text, c.value)
			if len(block) != c.size {
				t.Errorf("the record has %d bytes, want %d", len(block), c.size)
			}
			buffer := make([]byte, 0, len(block))
			atMost(t, 0, "decoding with the input's memory", func() error { return lex.DecodeCBORAlias(block, c.value) })
			atMost(t, 1, "decoding with memory of its own", func() error { return lex.DecodeCBOR(block, c.value) })
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

// TestReadingANewValueAllocatesItsObjectsAndLittleElse counts what a new value
// costs: the struct and one object for each slice, member of a union and
// optional struct, the text, and nothing for what a struct always points to. The
// elements of an array are one object in CBOR, which says how many there are.
// The bytes are those of the structs and slices and of the strings, with what
// the runtime rounds up, and nothing for keys, links and numbers of the input.
//
//nolint:paralleltest // AllocsPerRun must not run in parallel with others
func TestReadingANewValueAllocatesItsObjectsAndLittleElse(t *testing.T) {
	post, like := blockOf(t, commonPost, new(appbsky.FeedPost)), blockOf(t, commonLike, new(appbsky.FeedLike))
	input := []byte(commonPost)
	readPost := func() error { return lex.DecodeCBOR(post, new(appbsky.FeedPost)) }
	readLike := func() error { return lex.DecodeCBOR(like, new(appbsky.FeedLike)) }
	atMost(t, 18, "reading a post from JSON", func() error { return lex.DecodeJSON(input, new(appbsky.FeedPost)) })
	atMost(t, 16, "reading a post from CBOR", readPost)
	atMost(t, 3, "reading a like from CBOR", readLike)
	types := lex.NewTypes((*appbsky.FeedPost)(nil), (*appbsky.FeedLike)(nil))
	readAny := func() error {
		_, err := types.DecodeCBOR(like)
		return err
	}
	atMost(t, 3, "reading a like from CBOR as one of several types", readAny)
	atMostBytes(t, 256, "reading a like from CBOR as one of several types", readAny)
	atMostBytes(t, 1536, "reading a post from CBOR", readPost)
	atMostBytes(t, 256, "reading a like from CBOR", readLike)
}

// TestHostilePostsAllocateInProportion_DM23 reads what announces more than it
// has, and what takes the most memory, into generated types. The limits are
// those of DecodeCBOR: a multiple of the input and a struct for each object.
//
//nolint:paralleltest // counts all allocations of the process
func TestHostilePostsAllocateInProportion_DM23(t *testing.T) {
	const (
		multiple = 340
		slack    = 32 << 10 // the decoder, the error, and structs that were made too many
	)
	many := "\x9a\x00\x01\x00\x00" // 65,536 items
	cases := []struct {
		name, head, item string
		times            int
		tail             string
	}{
		{"texts that are announced", "\xa1\x64tags" + many, "\xff", 1 << 16, ""},
		{"empty texts", "\xa2\x64tags" + many, "\x60", 1 << 16, "\x64text\x60"},
		{"short texts", "\xa2\x64tags" + many, "\x61a", 1 << 16, "\x64text\x60"},
		{"texts just too long to share", "\xa2\x64tags\x99\x04\x00", "\x79\x02\x00" + strings.Repeat("a", 512), 1 << 10, "\x64text\x60"},
		{"structs that are announced", "\xa1\x66facets" + many, "\xff", 1 << 16, ""},
		{"structs that end early", "\xa1\x66facets" + many, "\xa0", 1 << 16, ""},
		{"members of a union that are announced", "\xa1\x66facets\x81\xa2\x65index\xa2\x67byteEnd\x00\x69byteStart\x00\x68features" + many, "\xff", 1 << 16, ""},
		{"members that nobody knows", "\xb9\x04\x00", "", 0, unknownMembers(1 << 10)},
		{
			"objects that nobody knows, before an error", "\xa4\x61a\x99\x03\xe8", strings.Repeat("\xa1\x60", 120) + "\xa0", 1000,
			"\x64text\x60\x65$type\x72app.bsky.feed.post\x69createdAt\x00",
		},
	}
	for _, c := range cases {
		block := []byte(c.head + strings.Repeat(c.item, c.times) + c.tail)
		used := bytesOf(1, func() { _ = lex.DecodeCBOR(block, new(appbsky.FeedPost)) })
		t.Logf("%-40s %5.1f times", c.name, used/float64(len(block)))
		if used > float64(multiple*len(block)+slack) {
			t.Errorf("%s: %d bytes of input took %.0f bytes of memory", c.name, len(block), used)
		}
	}
}

// TestHostileTextAllocatesInProportion_DM23 is the same for DecodeJSON.
//
//nolint:paralleltest // counts all allocations of the process
func TestHostileTextAllocatesInProportion_DM23(t *testing.T) {
	const (
		multiple = 160
		slack    = 32 << 10
	)
	deep := strings.Repeat(`{"":`, 120) + "0" + strings.Repeat("}", 120) + ","
	for name, many := range map[string]string{
		"deep objects":  strings.Repeat(deep, 1000),
		"small objects": strings.Repeat(`{"":0},`, 100_000),
		"short texts":   strings.Repeat(`"a",`, 100_000),
		"small arrays":  strings.Repeat(`[0],`, 100_000),
	} {
		text := []byte(`{"a":[` + many + `0],"text":"","$type":"app.bsky.feed.post","createdAt":0}`)
		used := bytesOf(1, func() { _ = lex.DecodeJSON(text, new(appbsky.FeedPost)) })
		t.Logf("%-40s %5.1f times", name, used/float64(len(text)))
		if used > float64(multiple*len(text)+slack) {
			t.Errorf("%s: %d bytes of input took %.0f bytes of memory", name, len(text), used)
		}
	}
}

// unknownMembers are n members of an object that come before all of a post's.
func unknownMembers(n int) string {
	var b strings.Builder
	for i := range n {
		b.Write([]byte{0x62, byte(i >> 6 & 0x3f), byte(i & 0x3f), 0x80})
	}
	return b.String()
}

// bytesOf returns how many bytes of memory f takes on average.
func bytesOf(runs int, f func()) float64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		f()
	}
	runtime.ReadMemStats(&after)
	return float64(after.TotalAlloc-before.TotalAlloc) / float64(runs)
}

// atMostBytes fails if f takes more than limit bytes of memory and what the
// test itself may take, or fails itself.
func atMostBytes(t *testing.T, limit float64, what string, f func() error) {
	t.Helper()
	got := bytesOf(10_000, func() {
		if err := f(); err != nil {
			t.Error(err)
		}
	})
	t.Logf("%s: %.0f bytes", what, got)
	if got > limit+8 {
		t.Errorf("%s takes %.0f bytes, want at most %.0f", what, got, limit)
	}
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

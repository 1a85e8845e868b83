package codec_test

import (
	"bytes"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
	gocid "github.com/ipfs/go-cid"

	"github.com/lexgen/lexgen/bench/fixture"
	"github.com/lexgen/lexgen/bench/plain"
	"github.com/lexgen/lexgen/runtime/lex"
)

// FuzzCBORAgreement proves that lexgen accepts exactly those bytes that
// fxamacker's codec reads as values of the data model and writes back
// unchanged, and that it writes them back unchanged, too. Only what the
// members $type, $link and $bytes mean is left to lexgen alone.
func FuzzCBORAgreement(f *testing.F) {
	for _, seed := range []string{
		"\xf6", "\xf5", "\xf7", "\xe0", "\xf9\x00\x00", "\xfb\x00\x00\x00\x00\x00\x00\x00\x00", "\x00", "\x18\x17", "\x18\x18", "\x39\xff\xff",
		"\x1b\x7f\xff\xff\xff\xff\xff\xff\xff", "\x1b\x80\x00\x00\x00\x00\x00\x00\x00", "\x3b\x7f\xff\xff\xff\xff\xff\xff\xff", "\x3b\x80\x00\x00\x00\x00\x00\x00\x00",
		"\x40", "\x42ab", "\x5f\x41a\xff", "\x60", "\x61\xff", "\x63\xe2\x82\xac", "\x80", "\x82\x01\xf6", "\x9f\xff", "\x98\x01\x00", "\xa0", "\xa1\x61a\x01",
		"\xa2\x61a\x01\x61b\x02", "\xa2\x61b\x01\x61a\x02", "\xa2\x61a\x01\x61a\x02", "\xa2\x62aa\x01\x61b\x02", "\xa1\x01\x02", "\xbf\xff", "\xa0\xa0",
		"\xc2\x41\x01", "\xd8\x2a\x41\x00", "\xd8\x2a\x58\x25\x00\x01\x71\x12\x20" + strings.Repeat("h", 32), "\xd8\x2a\x58\x24\x01\x71\x12\x20" + strings.Repeat("h", 32),
		strings.Repeat("\x81", 127) + "\x80", strings.Repeat("\x81", 128) + "\x80",
	} {
		f.Add([]byte(seed))
	}
	for _, text := range [][]byte{fixture.Post(), fixture.Like()} {
		var v any
		if err := lex.DecodeJSON(text, &v); err != nil {
			f.Fatal(err)
		}
		b, err := lex.AppendCBOR(nil, v)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	peer, err := newPeer()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var v any
		err := lex.DecodeCBOR(b, &v)
		accepted, special := peer.accepts(b)
		switch {
		case err == nil && !accepted:
			t.Fatalf("lexgen reads %x as %#v, fxamacker does not", b, v)
		case err != nil && accepted && !special:
			t.Fatalf("lexgen refuses %x (%v), fxamacker does not", b, err)
		case err != nil:
			return
		}
		if again, err := lex.AppendCBOR(nil, v); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%x is written back as %x (%v)", b, again, err)
		}
	})
}

// peer is the second implementation.
type peer struct {
	enc cbor.EncMode
	dec cbor.DecMode
}

func newPeer() (peer, error) {
	tags, err := plain.Links()
	if err != nil {
		return peer{}, err
	}
	enc, err := cbor.CanonicalEncOptions().EncModeWithTags(tags)
	if err != nil {
		return peer{}, err
	}
	dec, err := cbor.DecOptions{
		DupMapKey:       cbor.DupMapKeyEnforcedAPF,
		IndefLength:     cbor.IndefLengthForbidden,
		MaxNestedLevels: 4 * lex.MaxDepth,
		DefaultMapType:  reflect.TypeFor[map[string]any](),
	}.DecModeWithTags(tags)
	return peer{enc, dec}, err
}

// accepts reports whether b is one value of the data model in canonical form,
// and whether a member has a name with a special meaning.
func (p peer) accepts(b []byte) (ok, special bool) {
	var v any
	if err := p.dec.Unmarshal(b, &v); err != nil || !inDataModel(v, 0, &special) {
		return false, special
	}
	again, err := p.enc.Marshal(v)
	return err == nil && bytes.Equal(again, b), special
}

func inDataModel(v any, depth int, special *bool) bool {
	switch v := v.(type) {
	case nil, bool, string, []byte, int64:
		return true
	case uint64:
		return v <= math.MaxInt64
	case plain.CBORLink:
		return isLink(v)
	case []any:
		for _, item := range v {
			if !inDataModel(item, depth+1, special) {
				return false
			}
		}
		return depth < lex.MaxDepth
	case map[string]any:
		for name, member := range v {
			*special = *special || strings.HasPrefix(name, "$")
			if !inDataModel(member, depth+1, special) {
				return false
			}
		}
		return depth < lex.MaxDepth
	}
	return false // floats, simple values, other tags
}

// codecs are those of blocks that AT Protocol may link to.
var codecs = []uint64{gocid.Raw, gocid.DagCBOR}

// isLink asks go-cid about a link of the length that lexgen holds.
func isLink(b []byte) bool {
	if len(b) != 37 || b[0] != 0 {
		return false
	}
	c, err := gocid.Cast(b[1:])
	return err == nil && c.Version() == 1 && slices.Contains(codecs, c.Type())
}

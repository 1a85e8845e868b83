package codec_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	lexutil "github.com/bluesky-social/indigo/lex/util"
	"github.com/fxamacker/cbor/v2"

	"github.com/lexgen/lexgen/api/appbsky"
	"github.com/lexgen/lexgen/bench/recording"
	"github.com/lexgen/lexgen/internal/shared"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo/car"
)

// records are the types that both sides have and that occur in the data.
var records = lex.NewTypes(
	(*appbsky.FeedPost)(nil), (*appbsky.FeedLike)(nil), (*appbsky.FeedRepost)(nil), (*appbsky.FeedThreadgate)(nil), (*appbsky.FeedPostgate)(nil),
	(*appbsky.GraphFollow)(nil), (*appbsky.GraphBlock)(nil), (*appbsky.GraphList)(nil), (*appbsky.GraphListitem)(nil), (*appbsky.ActorProfile)(nil), (*appbsky.ActorStatus)(nil),
)

// TestRealRecordsMeanTheSame_DM08_DM26 reads every record of known type in a
// repository and in commits of the firehose with both. lexgen writes all of
// them back byte for byte; whenever indigo does, too, both write the same
// JSON.
func TestRealRecordsMeanTheSame_DM08_DM26(t *testing.T) {
	t.Parallel()
	compared, lossy := 0, 0
	for _, block := range append(repository(t), firehose(t)...) {
		theirs, err := lexutil.CborDecodeValue(block)
		if err != nil {
			continue // no record, or of a type that indigo does not know
		}
		name, err := lexutil.CborTypeExtract(block)
		if err != nil {
			t.Fatal(err)
		}
		own, ok := records.New(name)
		if !ok {
			t.Logf("%s is not in the list of types", name)
			continue
		}
		compared++
		if !sameRecord(t, name, block, own, theirs) {
			lossy++
		}
	}
	t.Logf("%d records compared; %d of them lose something in indigo", compared, lossy)
	if compared < 100 || lossy > compared/10 {
		t.Errorf("%d records compared, %d of them lossy: too few to prove anything", compared, lossy)
	}
}

// sameRecord reports whether indigo writes the block back unchanged.
func sameRecord(t *testing.T, name string, block []byte, own lex.Object, theirs lexutil.CBOR) bool {
	t.Helper()
	if err := lex.DecodeCBOR(block, own); err != nil {
		t.Errorf("%s: %v", name, err)
		return true
	}
	if again, err := lex.AppendCBOR(nil, own); err != nil || !bytes.Equal(again, block) {
		t.Errorf("%s is written back as %x (%v), not %x", name, again, err, block)
	}
	var b bytes.Buffer
	if err := theirs.MarshalCBOR(&b); err != nil || !bytes.Equal(b.Bytes(), block) {
		return false
	}
	mine, err := lex.AppendJSON(nil, own)
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := json.Marshal(theirs)
	if err != nil {
		t.Fatal(err)
	}
	var left, right any
	if json.Unmarshal(mine, &left) != nil || json.Unmarshal(foreign, &right) != nil || !reflect.DeepEqual(left, right) {
		t.Errorf("%s differs in JSON:\nlexgen %s\nindigo %s", name, mine, foreign)
	}
	return true
}

func repository(t *testing.T) [][]byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(shared.Dir(t, "data", "repo"), "repo.car"))
	if err != nil {
		t.Fatal(err)
	}
	return blocks(t, b)
}

// firehose returns the blocks of all commits.
func firehose(t *testing.T) [][]byte {
	t.Helper()
	var all [][]byte
	for _, frame := range recording.Frames(t) {
		all = append(all, commitBlocks(t, frame)...)
	}
	return all
}

// commitBlocks returns the blocks that a frame has.
func commitBlocks(t *testing.T, frame []byte) [][]byte {
	t.Helper()
	var header struct {
		Type string `cbor:"t"`
	}
	var commit struct {
		Blocks []byte `cbor:"blocks"`
	}
	body, err := cbor.UnmarshalFirst(frame, &header)
	if err != nil {
		t.Fatal(err)
	}
	if header.Type != "#commit" {
		return nil
	}
	if err := cbor.Unmarshal(body, &commit); err != nil {
		t.Fatal(err)
	}
	return blocks(t, commit.Blocks)
}

func blocks(t *testing.T, file []byte) [][]byte {
	t.Helper()
	r, err := car.Parse(file, car.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var all [][]byte
	for block, err := range r.Blocks() {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, block.Data)
	}
	return all
}

package car_test

import (
	"bytes"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/car"
)

// FuzzRead proves that a stream and memory are read alike, that what is
// accepted is the only encoding of its content, and that no block is handed
// out that its CID does not name.
func FuzzRead(f *testing.F) {
	for _, c := range []content{{}, manyRoots(1), manyRoots(30), sample(1), sample(4)} {
		b := c.write()
		f.Add(b)
		f.Add(b[:len(b)-1])
		f.Add(append(bytes.Clone(b), 0))
		f.Add(bytes.Replace(b, []byte("roots"), []byte("seeds"), 1))
		f.Add(bytes.Replace(b, []byte{0x12, 0x20}, []byte{0x1e, 0x20}, 1))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, opts := range []car.Options{
			{MaxBlock: 1 << 10, MaxTotal: 1 << 16},
			{MaxBlock: 1 << 10, MaxTotal: 1 << 16, Hashes: car.Trust},
		} {
			checkRead(t, b, opts)
		}
	})
}

func checkRead(t *testing.T, b []byte, opts car.Options) {
	t.Helper()
	parsed, err := read(car.Parse(b, opts))
	streamed, streamErr := read(car.NewReader(iotest.OneByteReader(bytes.NewReader(b)), opts))
	if diff := cmp.Diff(parsed, streamed, cmpopts.EquateEmpty(), wholeBlocks); diff != "" {
		t.Fatalf("memory and stream differ:\n%s", diff)
	}
	if text(err) != text(streamErr) {
		t.Fatalf("memory says %v, stream %v", err, streamErr)
	}
	if again := parsed.write(); err == nil && !bytes.Equal(b, again) {
		t.Fatalf("accepted, and written back it differs:\n%x\n%x", b, again)
	}
	for _, block := range parsed.Blocks {
		if opts.Hashes == car.Verify && cid.Sum(block.CID.Codec(), block.Data) != block.CID {
			t.Fatalf("block %s has other data", block.CID)
		}
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

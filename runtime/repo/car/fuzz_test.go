package car_test

import (
	"bytes"
	"errors"
	"slices"
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
	checkFile(t, b, opts, parsed, err)
	for _, block := range parsed.Blocks {
		if opts.Hashes == car.Verify && cid.Sum(block.CID.Codec(), block.Data) != block.CID {
			t.Fatalf("block %s has other data", block.CID)
		}
	}
}

// checkFile says that a file with an index gives what reading gave.
func checkFile(t *testing.T, b []byte, opts car.Options, want content, readErr error) {
	t.Helper()
	f, err := car.OpenFile(bytes.NewReader(b), int64(len(b)), opts)
	switch {
	case errors.Is(readErr, car.ErrHash) || err == nil && readErr == nil: // what an index does not see
	case text(err) != text(readErr):
		t.Fatalf("the file with an index says %v, reading %v", err, readErr)
	}
	if err != nil {
		return
	}
	for i, block := range want.Blocks {
		got, err := f.Get(t.Context(), block.CID)
		if first := want.Blocks[slices.IndexFunc(want.Blocks, func(b car.Block) bool { return b.CID == block.CID })]; err != nil || !bytes.Equal(got, first.Data) {
			t.Fatalf("block %d: got %x and error %v", i, got, err)
		}
	}
	opts.Hashes = car.Verify
	_, verified := read(car.Parse(b, opts))
	if err := f.Verify(t.Context()); text(err) != text(verified) {
		t.Fatalf("Verify says %v, reading %v", err, verified)
	}
}

// FuzzRoundTrip proves that what is written is what is read, and that the
// writer's bytes are those that any other writer would make.
func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte{}, uint8(0), uint8(3))
	f.Add([]byte("some data"), uint8(1), uint8(1))
	f.Add(bytes.Repeat([]byte{7}, 500), uint8(25), uint8(90))
	f.Fuzz(func(t *testing.T, data []byte, roots, length uint8) {
		want := manyRoots(min(int(roots), car.MaxRoots))
		for chunk := range slices.Chunk(data, int(length)+1) {
			want.Blocks = append(want.Blocks, car.Block{CID: cid.Sum(cid.Raw, chunk), Data: chunk})
		}
		checkRoundTrip(t, want)
	})
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

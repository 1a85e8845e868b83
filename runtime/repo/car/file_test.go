package car_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/car"
)

var _ blockstore.Source = (*car.File)(nil)

// open opens the file b.
func open(t *testing.T, b []byte, opts car.Options) *car.File {
	t.Helper()
	f, err := car.OpenFile(bytes.NewReader(b), int64(len(b)), opts)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestAFileGivesEveryBlock_RE32(t *testing.T) {
	t.Parallel()
	c := sample(60)
	c.Roots = manyRoots(3).Roots
	c.Blocks = append(c.Blocks, c.Blocks[:50]...)
	f := open(t, c.write(), car.Options{})
	if diff := cmp.Diff(c.Roots, f.Roots()); diff != "" {
		t.Errorf("roots (-want +got):\n%s", diff)
	}
	if f.Len() != 60 {
		t.Errorf("%d blocks, want each of 60 once", f.Len())
	}
	for i, block := range c.Blocks {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel() // reads are safe side by side
			got, err := f.Get(t.Context(), block.CID)
			if err != nil || !bytes.Equal(got, block.Data) {
				t.Errorf("got %d bytes and error %v, want %d bytes", len(got), err, len(block.Data))
			}
		})
	}
	if err := f.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestBlocksMayBeMissing_RE35(t *testing.T) {
	t.Parallel()
	f := open(t, manyRoots(1).write(), car.Options{})
	_, err := f.Get(t.Context(), f.Roots()[0])
	missing, ok := errors.AsType[*blockstore.MissingError](err)
	if !ok || missing.CID != f.Roots()[0] {
		t.Errorf("error %v, want a MissingError that names the root", err)
	}
}

func TestEveryPrefixOfAFileIsRefusedOrEndsBehindABlock(t *testing.T) {
	t.Parallel()
	large := bytes.Repeat([]byte("large"), 20_000) // beyond what is read ahead
	c := sample(4)
	c.Blocks = append(c.Blocks, car.Block{CID: cid.Sum(cid.Raw, large), Data: large})
	c.Blocks = append(c.Blocks, sample(3).Blocks...)
	b := c.write()
	for n := 0; n < len(b); n += 1 + n/500*37 {
		_, want := read(car.Parse(b[:n], car.Options{}))
		_, err := car.OpenFile(bytes.NewReader(b[:n]), int64(n), car.Options{})
		if (err == nil) != (want == nil) || err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%d of %d bytes: %v, and reading says %v", n, len(b), err, want)
		}
	}
	if f := open(t, b, car.Options{}); f.Len() != 5 {
		t.Errorf("%d blocks, want 5", f.Len())
	}
}

func TestAFileIsIndexedWithinLimits(t *testing.T) {
	t.Parallel()
	c := sample(10)
	b := c.write()
	cases := []struct {
		name, want string
		in         []byte
		opts       car.Options
	}{
		{"a header that is none", "car: offset 0: the header has 0 bytes, fewer than the 7 that every one has", []byte{0}, car.Options{}},
		{"a block beyond the limit", "car: offset 274: the block has 61 bytes, more than 56", b, car.Options{MaxBlock: 20}},
		{"a file beyond the limit", "car: offset 336: the file has more than 400 bytes", b, car.Options{MaxTotal: 400}},
		{"a CID of version 0", "car: offset 18: the block's CID: CID is of version 0, not 1", section(content{}.write(), []byte{0x12, 0x20}, make([]byte, 40)), car.Options{}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := car.OpenFile(bytes.NewReader(c.in), int64(len(c.in)), c.opts)
			_, readErr := read(car.Parse(c.in, c.opts))
			if text(err) != text(readErr) {
				t.Errorf("error %v, and reading says %v", err, readErr)
			}
			if diff := cmp.Diff(c.want, text(err)); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBlocksOfAFileAreCheckedWhenRead_RE33(t *testing.T) {
	t.Parallel()
	c := sample(3)
	bad := car.Block{CID: cid.Sum(cid.Raw, nil), Data: []byte("x")}
	c.Blocks = append(c.Blocks[1:], bad)
	f := open(t, c.write(), car.Options{})
	want := fmt.Sprintf("car: offset 138: block %s has data that gives another hash", bad.CID)
	for what, err := range map[string]error{"Get": get(t, f, bad.CID), "Verify": f.Verify(t.Context())} {
		if !errors.Is(err, car.ErrHash) || err.Error() != want {
			t.Errorf("%s: error %v, want %s", what, err, want)
		}
	}
	trusting := open(t, c.write(), car.Options{Hashes: car.Trust})
	if err := get(t, trusting, bad.CID); err != nil {
		t.Errorf("what is trusted: %v", err)
	}
	if err := trusting.Verify(t.Context()); !errors.Is(err, car.ErrHash) {
		t.Errorf("Verify of what is trusted: error %v, want ErrHash", err)
	}
}

// TestTheFirstOfTwoBlocksCounts has a false one in front of and behind the true one.
func TestTheFirstOfTwoBlocksCounts_RE32(t *testing.T) {
	t.Parallel()
	good := car.Block{CID: cid.Sum(cid.Raw, []byte("good")), Data: []byte("good")}
	bad := car.Block{CID: good.CID, Data: []byte("bad")}
	between := sample(40).Blocks
	for name, c := range map[string]struct {
		first, second car.Block
		want          error
	}{"the true one": {good, bad, nil}, "the false one": {bad, good, car.ErrHash}} {
		blocks := slices.Concat([]car.Block{c.first}, between, []car.Block{c.second})
		if err := get(t, open(t, content{Blocks: blocks}.write(), car.Options{}), good.CID); !errors.Is(err, c.want) {
			t.Errorf("%s first: %v", name, err)
		}
		data, err := open(t, content{Blocks: blocks}.write(), car.Options{Hashes: car.Trust}).Get(t.Context(), good.CID)
		if err != nil || !bytes.Equal(data, c.first.Data) {
			t.Errorf("%s first, trusted: %q, %v", name, data, err)
		}
	}
}

// TestAChangedNameIsNoticed changes each byte of the CID of a block in a file that is
// trusted: nothing else says that it is no longer that block.
func TestAChangedNameIsNoticed(t *testing.T) {
	t.Parallel()
	c := sample(3)
	b := c.write()
	f := open(t, b, car.Options{Hashes: car.Trust})
	last := c.Blocks[2]
	start := len(b) - len(last.Data) - cid.Size
	for i := range cid.Size {
		b[start+i] ^= 1
		if err := get(t, f, last.CID); !errors.Is(err, car.ErrChanged) {
			t.Errorf("byte %d: %v", i, err)
		}
		b[start+i] ^= 1
	}
	if err := get(t, f, last.CID); err != nil {
		t.Error(err)
	}
}

// get returns the error of Get.
func get(t *testing.T, f *car.File, c cid.CID) error {
	t.Helper()
	_, err := f.Get(t.Context(), c)
	return err
}

func TestAChangedFileIsNoticed(t *testing.T) {
	t.Parallel()
	c := sample(30)
	b := c.write()
	original := bytes.Clone(b)
	f := open(t, b, car.Options{})
	for i := range b {
		copy(b, original)
		b[i] ^= 1
		changed := 0
		for _, block := range c.Blocks {
			data, err := f.Get(t.Context(), block.CID)
			if err == nil && bytes.Equal(data, block.Data) {
				continue
			}
			changed++
			if !errors.Is(err, car.ErrHash) && !errors.Is(err, car.ErrChanged) {
				t.Errorf("byte %d: block %s gives error %v", i, block.CID, err)
			}
		}
		if changed > 1 {
			t.Errorf("byte %d belongs to %d blocks", i, changed)
		}
	}
}

// cut is a file that loses its end.
type cut struct {
	io.ReaderAt

	size int64
	err  error // where set, all reads fail
}

func (c *cut) ReadAt(b []byte, offset int64) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	return io.NewSectionReader(c.ReaderAt, 0, c.size).ReadAt(b, offset)
}

func TestACutFileIsNoticed(t *testing.T) {
	t.Parallel()
	c := sample(3)
	b := c.write()
	file := &cut{ReaderAt: bytes.NewReader(b), size: int64(len(b))}
	f, err := car.OpenFile(file, file.size, car.Options{})
	if err != nil {
		t.Fatal(err)
	}
	last := c.Blocks[2].CID
	file.size--
	want := fmt.Sprintf("car: offset %d: read block %s: unexpected EOF", len(b)-41, last)
	if err := get(t, f, last); !errors.Is(err, io.ErrUnexpectedEOF) || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	if err := f.Verify(t.Context()); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("Verify: error %v, want io.ErrUnexpectedEOF", err)
	}
	file.err = errors.New("the disk is gone")
	if err := get(t, f, last); !errors.Is(err, file.err) {
		t.Errorf("error %v, want %v", err, file.err)
	}
	if err := f.Verify(t.Context()); !errors.Is(err, file.err) {
		t.Errorf("Verify: error %v, want %v", err, file.err)
	}
}

func TestAFileWhoseIndexCannotBeReadIsRefused(t *testing.T) {
	t.Parallel()
	b := sample(3).write()
	file := &cut{ReaderAt: bytes.NewReader(b), size: 70} // inside the first CID
	_, err := car.OpenFile(file, int64(len(b)), car.Options{})
	if want := "car: offset 59: read a block: unexpected EOF"; !errors.Is(err, io.ErrUnexpectedEOF) || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestAContextEndsReadsOfAFile(t *testing.T) {
	t.Parallel()
	c := sample(3)
	f := open(t, c.write(), car.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Get(ctx, c.Blocks[0].CID); !errors.Is(err, context.Canceled) {
		t.Errorf("Get: error %v, want %v", err, context.Canceled)
	}
	if err := f.Verify(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Verify: error %v, want %v", err, context.Canceled)
	}
}

// counter counts the bytes that are read.
type counter struct {
	io.ReaderAt

	bytes, calls atomic.Int64
}

func (c *counter) ReadAt(b []byte, offset int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(b, offset)
	c.bytes.Add(int64(n))
	c.calls.Add(1)
	return n, err
}

func TestIndexingPassesOverLargeBlocks(t *testing.T) {
	t.Parallel()
	const count = 20
	var c content
	for i := range count {
		data := bytes.Repeat([]byte{byte(i)}, 1<<20)
		c.Blocks = append(c.Blocks, car.Block{CID: cid.Sum(cid.Raw, data), Data: data})
	}
	b := c.write()
	r := &counter{ReaderAt: bytes.NewReader(b)}
	f, err := car.OpenFile(r, int64(len(b)), car.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, limit := r.bytes.Load(), int64((count+1)*(32<<10)); f.Len() != count || got > limit {
		t.Errorf("%d blocks of %d bytes are indexed with %d bytes read, more than %d", f.Len(), len(b), got, limit)
	}
	before := r.calls.Load()
	if err := get(t, f, c.Blocks[7].CID); err != nil || r.calls.Load() != before+1 {
		t.Errorf("a block takes %d reads, want 1 (error %v)", r.calls.Load()-before, err)
	}
}

// TestAnIndexIsSmall proves what the comment of File says, and that indexing
// takes little more.
//
//nolint:paralleltest // counts what the whole process allocates
func TestAnIndexIsSmall(t *testing.T) {
	const count, each, growth = 20_000, 48, 6
	var c content
	for i := range count {
		data := fmt.Append(nil, i)
		c.Blocks = append(c.Blocks, car.Block{CID: cid.Sum(cid.Raw, data), Data: data})
	}
	b := c.write()
	index := func() { _ = open(t, b, car.Options{}) }
	index()
	if got, limit := allocated(index), uint64(64<<10+count*each*growth); got > limit {
		t.Errorf("an index of %d blocks allocates %d bytes, more than %d", count, got, limit)
	}
}

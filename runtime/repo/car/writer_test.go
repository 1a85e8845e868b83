package car_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/car"
)

// writeAll writes c with a Writer.
func writeAll(c content, to io.Writer) error {
	w, err := car.NewWriter(to, c.Roots...)
	if err != nil {
		return err
	}
	for _, block := range c.Blocks {
		if err := w.Write(block); err != nil {
			return err
		}
	}
	return nil
}

type failer interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// checkRoundTrip says that a Writer writes c as the plain writer of the tests
// does, and that reading gives c again.
func checkRoundTrip(t failer, c content) {
	t.Helper()
	var b bytes.Buffer
	if err := writeAll(c, &b); err != nil {
		t.Fatal(err)
	}
	if want := c.write(); !bytes.Equal(b.Bytes(), want) {
		t.Fatalf("got bytes %x, want %x", b.Bytes(), want)
	}
	got, err := read(car.NewReader(&b, car.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c, got, cmpopts.EquateEmpty(), wholeBlocks); diff != "" {
		t.Fatalf("content (-want +got):\n%s", diff)
	}
}

func TestWritingThenReadingIsIdentity_RE30_RE31(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := manyRoots(rapid.IntRange(0, car.MaxRoots).Draw(t, "roots"))
		for _, data := range rapid.SliceOf(rapid.SliceOf(rapid.Byte())).Draw(t, "blocks") {
			codec := rapid.SampledFrom([]byte{cid.Raw, cid.DagCBOR}).Draw(t, "codec")
			c.Blocks = append(c.Blocks, car.Block{CID: cid.Sum(codec, data), Data: data})
		}
		checkRoundTrip(t, c)
	})
}

func TestWritesTheLargestBlockAndMostRoots_RE30_RE31(t *testing.T) {
	t.Parallel()
	c := manyRoots(car.MaxRoots)
	data := make([]byte, car.DefaultMaxBlock)
	c.Blocks = []car.Block{{CID: cid.Sum(cid.Raw, data), Data: data}}
	checkRoundTrip(t, c)
}

func TestRefusesToWriteWhatCannotBeRead_RE30(t *testing.T) {
	t.Parallel()
	large := make([]byte, car.DefaultMaxBlock+1)
	c := cid.Sum(cid.Raw, large)
	cases := []struct {
		name, want string
		kind       error
		roots      []cid.CID
		block      car.Block
	}{
		{name: "too many roots", roots: manyRoots(200).Roots, kind: car.ErrLimit, want: "car: offset 0: 200 roots, more than 199"},
		{name: "a root that is none", roots: make([]cid.CID, 1), kind: car.ErrMalformed, want: "car: offset 0: root 0 is not defined"},
		{name: "a block without CID", kind: car.ErrMalformed, want: "car: offset 18: the block's CID is not defined"},
		{
			name: "a block beyond the limit", block: car.Block{CID: c, Data: large}, kind: car.ErrLimit,
			want: "car: offset 18: block " + c.String() + " has 2097153 bytes, more than 2097152",
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			err := writeAll(content{c.roots, []car.Block{c.block}}, &b)
			if !errors.Is(err, c.kind) {
				t.Fatalf("error %v, want kind %v", err, c.kind)
			}
			if diff := cmp.Diff(c.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if len(c.roots) > 0 && b.Len() > 0 {
				t.Errorf("%d bytes are written nevertheless", b.Len())
			}
		})
	}
}

func TestARefusedBlockLeavesTheFileWhole(t *testing.T) {
	t.Parallel()
	want := sample(4)
	var b bytes.Buffer
	w, err := car.NewWriter(&b, want.Roots...)
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range want.Blocks {
		if err := w.Write(car.Block{}); !errors.Is(err, car.ErrMalformed) {
			t.Errorf("error %v, want ErrMalformed", err)
		}
		if err := w.Write(block); err != nil {
			t.Fatal(err)
		}
		if w.Size() != int64(b.Len()) {
			t.Errorf("Size says %d of %d bytes", w.Size(), b.Len())
		}
	}
	if diff := cmp.Diff(want.write(), b.Bytes()); diff != "" {
		t.Errorf("file (-want +got):\n%s", diff)
	}
}

// meter fails after some calls, and cuts the last write short where it has no
// error.
type meter struct {
	calls, fails int
	err          error
}

func (m *meter) Write(b []byte) (int, error) {
	m.calls++
	if m.calls == m.fails {
		return len(b) / 2, m.err
	}
	return len(b), nil
}

func TestABlockIsOneWrite(t *testing.T) {
	t.Parallel()
	var m meter
	if err := writeAll(sample(50), &m); err != nil {
		t.Fatal(err)
	}
	if m.calls != 51 {
		t.Errorf("a header and 50 blocks are %d writes", m.calls)
	}
}

func TestAnErrorOfTheUnderlyingWriterIsFinal(t *testing.T) {
	t.Parallel()
	full := errors.New("no space left")
	c := sample(3)
	for fails := 1; fails <= 4; fails++ {
		for given, want := range map[error]error{full: full, nil: io.ErrShortWrite} {
			m := &meter{fails: fails, err: given}
			w, err := car.NewWriter(m, c.Roots...)
			for _, block := range c.Blocks {
				if err == nil {
					err = w.Write(block)
				}
			}
			var e *car.Error
			if !errors.Is(err, want) || !errors.As(err, &e) {
				t.Errorf("write %d: error %v, want an *Error with %q", fails, err, want)
			}
			if fails == 1 {
				continue // there is no writer
			}
			if again := w.Write(c.Blocks[0]); !errors.Is(again, err) || m.calls != fails {
				t.Errorf("write %d: then error %v after %d writes, want the same and no further write", fails, again, m.calls)
			}
		}
	}
}

//nolint:paralleltest // AllocsPerRun must run alone
func TestWritingAllocatesNothingPerBlock(t *testing.T) {
	c := sample(500)
	allocations := testing.AllocsPerRun(20, func() {
		if err := writeAll(c, io.Discard); err != nil {
			t.Fatal(err)
		}
	})
	if allocations > 10 {
		t.Errorf("%v allocations for 500 blocks", allocations)
	}
}

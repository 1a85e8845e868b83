package car_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/car"
)

func TestReadsWhatWasWritten_RE30_RE31_RE32(t *testing.T) {
	t.Parallel()
	large := bytes.Repeat([]byte("large"), car.DefaultMaxBlock/5)
	twice := sample(3)
	twice.Blocks = append(twice.Blocks, twice.Blocks...)
	cases := []struct {
		name string
		want content
	}{
		{"no roots and no blocks", content{}},
		{"roots that are not there", manyRoots(2)},
		{"23 roots", manyRoots(23)},
		{"24 roots", manyRoots(24)},
		{"as many roots as there is room for", manyRoots(199)},
		{"blocks", sample(60)},
		{"a block twice", twice},
		{"a large block", content{Blocks: []car.Block{{CID: cid.Sum(cid.Raw, large), Data: large}}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			both(t, c.want.write(), car.Options{}, func(t *testing.T, open func() (*car.Reader, error)) {
				got, err := read(open())
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(c.want, got, cmpopts.EquateEmpty(), wholeBlocks); diff != "" {
					t.Errorf("content (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestRefusesMalformedFiles_RE30(t *testing.T) {
	t.Parallel()
	header := content{}.write()
	root := cid.Sum(cid.DagCBOR, nil)
	withRoots := func(roots string) []byte {
		return section(nil, []byte("\xa2\x65roots"+roots+"\x67version\x01"))
	}
	link := func(binary []byte) string { return "\x81\xd8\x2a\x58\x25\x00" + string(binary) }
	block := func(parts ...[]byte) []byte { return section(bytes.Clone(header), parts...) }
	cases := []struct {
		name string
		in   []byte
		want string
	}{
		{"nothing", nil, "car: offset 0: read the header: unexpected EOF"},
		{"no header", []byte{0}, "car: offset 0: the header has 0 bytes, fewer than the 7 that every one has"},
		{"half a header", header[:9], "car: offset 0: read the header: unexpected EOF"},
		{"half a length", []byte{0x80}, "car: offset 0: read the header: unexpected EOF"},
		{"a length that is not minimal", append([]byte{0x90, 0x00}, header[1:]...), "car: offset 0: the length is written with more bytes than it needs"},
		{"an endless length", bytes.Repeat([]byte{0xff}, 20), "car: offset 0: the length is written with more than 9 bytes"},
		{"another map", section(nil, []byte("\xa1\x67version\x01")), "car: offset 0: the header is no map of roots and version in canonical DAG-CBOR"},
		{"keys in the wrong order", section(nil, []byte("\xa2\x67version\x01\x65roots\x80")), "car: offset 0: the header is no map of roots and version in canonical DAG-CBOR"},
		{"an indefinite map", section(nil, []byte("\xbf\x65roots\x80\x67version\x01\xff")), "car: offset 0: the header is no map of roots and version in canonical DAG-CBOR"},
		{"null roots", withRoots("\xf6"), "car: offset 0: the header's roots are no array of links"},
		{"roots cut off", section(nil, []byte("\xa2\x65roots")), "car: offset 0: the header's roots are no array of links"},
		{"an indefinite array", withRoots("\x9f\xff"), "car: offset 0: the header's roots are no array of links"},
		{"an array whose head is not minimal", withRoots("\x98\x00"), "car: offset 0: the header's roots are no array of links"},
		{"an array of 2^64 links", withRoots("\x9b\xff\xff\xff\xff\xff\xff\xff\xff"), "car: offset 0: the header's roots are no array of links"},
		{"more links than bytes", withRoots("\x82" + link(root.Bytes())[1:]), "car: offset 0: the header's roots are no array of links"},
		{"a root that is a string", withRoots("\x81\x78\x27" + strings.Repeat("x", 39)), "car: offset 0: root 0 is no link to a block: it is not tag 42 with 37 bytes"},
		{"a root of version 0", withRoots(link(append([]byte{0x12, 0x20}, make([]byte, 34)...))), "car: offset 0: root 0 is no link to a block: CID is of version 0, not 1"},
		{"version 2", section(nil, []byte("\xa2\x65roots\x80\x67version\x02")), "car: offset 0: the file is not of version 1"},
		{"version as text", section(nil, []byte("\xa2\x65roots\x80\x67version\x611")), "car: offset 0: the file is not of version 1"},
		{"no version", section(nil, []byte("\xa2\x65roots\x80")), "car: offset 0: the header has no version behind its roots"},
		{"version cut off", section(nil, []byte("\xa2\x65roots\x80\x67version")), "car: offset 0: the header has no version behind its roots"},
		{"bytes behind the version", section(nil, []byte("\xa2\x65roots\x80\x67version\x01\x00\x00")), "car: offset 0: the header has 2 bytes behind its version"},
		{"an empty block", block(), "car: offset 18: the block has 0 bytes, fewer than the 36 that every one has"},
		{"half a CID", block(root.Bytes()[:35]), "car: offset 18: the block has 35 bytes, fewer than the 36 that every one has"},
		{"half a block", block(root.Bytes(), []byte("x"))[:20], "car: offset 18: read a block: unexpected EOF"},
		{"a length without a block", append(bytes.Clone(header), 0x24), "car: offset 18: read a block: unexpected EOF"},
		{"half a length of a block", append(bytes.Clone(header), 0xa4), "car: offset 18: read a block: unexpected EOF"},
		{"a block's CID of version 0", block([]byte{0x12, 0x20}, make([]byte, 40)), "car: offset 18: the block's CID: CID is of version 0, not 1"},
		{"a block's CID with a long hash", block([]byte{1, 0x55, 0x13, 64}, make([]byte, 64)), "car: offset 18: the block's CID: CID has a hash of length 64, not 32"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			both(t, c.in, car.Options{}, func(t *testing.T, open func() (*car.Reader, error)) {
				_, err := read(open())
				if err == nil {
					t.Fatal("accepted")
				}
				if diff := cmp.Diff(c.want, err.Error()); diff != "" {
					t.Errorf("error (-want +got):\n%s", diff)
				}
				if !errors.Is(err, car.ErrMalformed) && !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("the error is neither ErrMalformed nor io.ErrUnexpectedEOF: %v", err)
				}
			})
		})
	}
}

func TestEveryPrefixIsRefusedOrEndsBehindABlock(t *testing.T) {
	t.Parallel()
	want := sample(5)
	b := want.write()
	ends := map[int]bool{}
	for i := range len(want.Blocks) + 1 {
		ends[len(content{want.Roots, want.Blocks[:i]}.write())] = true
	}
	for n := range b {
		both(t, b[:n], car.Options{}, func(t *testing.T, open func() (*car.Reader, error)) {
			if _, err := read(open()); (err == nil) != ends[n] {
				t.Errorf("%d of %d bytes: %v", n, len(b), err)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	ten := content{Blocks: []car.Block{{CID: cid.Sum(cid.Raw, make([]byte, 10)), Data: make([]byte, 10)}}}
	size := int64(len(ten.write()))
	tooLarge := make([]byte, car.DefaultMaxBlock+1)
	cases := []struct {
		name string
		in   []byte
		opts car.Options
		want string
	}{
		{"a block of the limit", ten.write(), car.Options{MaxBlock: 10}, ""},
		{"a block beyond it", ten.write(), car.Options{MaxBlock: 9}, "car: offset 18: the block has 46 bytes, more than 45"},
		{"a file of the limit", ten.write(), car.Options{MaxTotal: size}, ""},
		{"a file beyond it", ten.write(), car.Options{MaxTotal: size - 1}, "car: offset 18: the file has more than 64 bytes"},
		{"a header beyond it", ten.write(), car.Options{MaxTotal: 17}, "car: offset 0: the file has more than 17 bytes"},
		{
			"a block beyond the default", content{Blocks: []car.Block{{CID: cid.Sum(cid.Raw, tooLarge), Data: tooLarge}}}.write(),
			car.Options{}, "car: offset 18: the block has 2097189 bytes, more than 2097188",
		},
		{
			"a block of 2^62 bytes", append(content{}.write(), 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40),
			car.Options{MaxBlock: 1 << 40}, "car: offset 18: the block has 4611686018427387904 bytes, more than 1073741860",
		},
		{"200 roots", manyRoots(200).write(), car.Options{}, "car: offset 0: the header has 8218 bytes, more than 8192"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			both(t, c.in, c.opts, func(t *testing.T, open func() (*car.Reader, error)) {
				_, err := read(open())
				if c.want == "" && err == nil {
					return
				}
				if err == nil || !errors.Is(err, car.ErrLimit) {
					t.Fatalf("error %v, want ErrLimit", err)
				}
				if diff := cmp.Diff(c.want, err.Error()); diff != "" {
					t.Errorf("error (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestBlocksAreChecked_RE33(t *testing.T) {
	t.Parallel()
	foreign, err := cid.FromBytes(append([]byte{1, 0x71, 0x1e, 0x20}, make([]byte, 32)...))
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name, want string
		block      car.Block
	}{
		{
			"other data", "car: offset 18: block bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku has data that gives another hash",
			car.Block{CID: cid.Sum(cid.Raw, nil), Data: []byte("x")},
		},
		{"another hash function", fmt.Sprintf("car: offset 18: block %s has the hash function 0x1e, not SHA-256", foreign), car.Block{CID: foreign, Data: []byte("x")}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in := content{Blocks: []car.Block{c.block}}
			got, err := read(car.Parse(in.write(), car.Options{}))
			if err == nil || !errors.Is(err, car.ErrHash) || len(got.Blocks) != 0 {
				t.Fatalf("%d blocks and error %v, want ErrHash", len(got.Blocks), err)
			}
			if diff := cmp.Diff(c.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			got, err = read(car.Parse(in.write(), car.Options{Hashes: car.Trust}))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(in, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("what is trusted (-want +got):\n%s", diff)
			}
		})
	}
}

func TestALoopThatWasLeftGoesOn(t *testing.T) {
	t.Parallel()
	want := sample(7)
	both(t, want.write(), car.Options{}, func(t *testing.T, open func() (*car.Reader, error)) {
		r, err := open()
		if err != nil {
			t.Fatal(err)
		}
		var got []car.Block
		for range 9 {
			for block, err := range r.Blocks() {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, block)
				break
			}
		}
		if diff := cmp.Diff(want.Blocks, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("blocks (-want +got):\n%s", diff)
		}
	})
}

func TestAnErrorComesAgain(t *testing.T) {
	t.Parallel()
	b := sample(3).write()
	r, err := car.Parse(b[:len(b)-1], car.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, first := read(r, nil)
	again, second := read(r, nil)
	if first == nil || text(first) != text(second) || len(again.Blocks) != 0 {
		t.Errorf("first %v, then %v with %d blocks", first, second, len(again.Blocks))
	}
}

// TestReadingGoesOnBehindAFalseBlock asks again after each of three errors: the
// file is whole, and only the blocks that are not those of their CIDs are lost.
func TestReadingGoesOnBehindAFalseBlock_RE33(t *testing.T) {
	t.Parallel()
	c := sample(9)
	want := slices.Concat(c.Blocks[1:4], c.Blocks[6:])
	var places []car.Error
	for _, i := range []int{0, 4, 5} {
		at := len(content{c.Roots, c.Blocks[:i]}.write())
		places = append(places, car.Error{Offset: int64(at), Block: c.Blocks[i].CID})
		c.Blocks[i].Data = []byte("false")
	}
	both(t, c.write(), car.Options{}, func(t *testing.T, open func() (*car.Reader, error)) {
		r, err := open()
		if err != nil {
			t.Fatal(err)
		}
		var got content
		var found []car.Error
		for {
			more, err := read(r, nil)
			got.Blocks = append(got.Blocks, more.Blocks...)
			if err == nil {
				break
			}
			e, ok := errors.AsType[*car.Error](err)
			if !ok || !errors.Is(err, car.ErrHash) {
				t.Fatal(err)
			}
			found = append(found, car.Error{Offset: e.Offset, Block: e.Block})
		}
		if diff := cmp.Diff(want, got.Blocks, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("blocks (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(places, found, cmpopts.EquateErrors()); diff != "" {
			t.Errorf("errors (-want +got):\n%s", diff)
		}
	})
}

func TestErrorsOfTheStreamAreKept(t *testing.T) {
	t.Parallel()
	broken := errors.New("the line is cut")
	b := sample(3).write()
	for _, n := range []int{0, 5, 40, len(b)} {
		for _, want := range []error{broken, fmt.Errorf("wrapped: %w", io.EOF)} {
			_, err := read(car.NewReader(io.MultiReader(bytes.NewReader(b[:n]), iotest.ErrReader(want)), car.Options{}))
			var e *car.Error
			if !errors.Is(err, want) || !errors.As(err, &e) {
				t.Errorf("after %d bytes: %v, want an *Error with %q", n, err, want)
			}
		}
	}
}

func TestBlocksOfAStreamHaveTheirOwnMemory(t *testing.T) {
	t.Parallel()
	want := sample(40)
	got, err := read(car.NewReader(iotest.OneByteReader(bytes.NewReader(want.write())), car.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	for i := range got.Blocks {
		_ = append(got.Blocks[i].Data, "more"...) // into memory of its own
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("content (-want +got):\n%s", diff)
	}
}

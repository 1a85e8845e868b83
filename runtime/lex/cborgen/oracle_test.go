package cborgen_test

import (
	"bytes"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	gocid "github.com/ipfs/go-cid"
	cbg "github.com/whyrusleeping/cbor-gen"
	"pgregory.net/rapid"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/lex/cborgen/testdata/oracle"
	"github.com/lexgen/lexgen/runtime/lex/cborgen/testdata/types"
)

//go:generate go run ../../../internal/bootstrap gen --config testdata/lexgen.yaml
//go:generate rm -f testdata/oracle/maps_cbor_gen.go testdata/oracle/arrays_cbor_gen.go
//go:generate go run ./testdata/oracle/gen testdata/oracle

// asValues lets cmp look into the values of go-cid and time.
var asValues = cmp.Options{
	cmp.Comparer(func(a, b gocid.Cid) bool { return a == b }),
	cmp.Comparer(func(a, b cbg.CborCid) bool { return a == b }),
	cmp.Comparer(func(a, b cbg.CborTime) bool { return time.Time(a).Equal(time.Time(b)) }),
}

// same treats nil and empty alike, which the encoding does too wherever
// nothing says otherwise.
var same = cmp.Options{asValues, cmpopts.EquateEmpty()}

// TestBytesAreThoseOfCborGen_DM08_DM09 compares both directions: what one
// writes is what the other writes, and what the other reads as the same value.
// That cbor-gen then writes the same again cannot be asked for: it reads an
// empty array as nil, and leaves that out where the field is optional.
func TestBytesAreThoseOfCborGen_DM08_DM09(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) { compare(t, drawEverything(rt)) })
}

// TestZeroValuesAreThoseOfCborGen compares the values in which everything is
// as little as the type allows: required slices are nil and written as empty.
func TestZeroValuesAreThoseOfCborGen_DM05(t *testing.T) {
	t.Parallel()
	b := compare(t, least())
	for _, key := range []string{"texts", "counts", "leaves", "links", "lists", "datas"} {
		if !bytes.Contains(b, append(text(key), 0x80)) {
			t.Errorf("the required nil slice %s is not written as an empty array", key)
		}
	}
	for _, key := range []string{"nullText", "nullCount", "nullFlag", "nullLink", "nullLeaf", "nullTexts", "nullData", "nullNatural"} {
		if !bytes.Contains(b, append(text(key), 0xf6)) {
			t.Errorf("%s is none and not written as null", key)
		}
	}
	if !bytes.Contains(b, append(text("data"), 0x40)) {
		t.Error("required nil bytes are not written as empty")
	}
	if bytes.Contains(b, []byte("maybe")) {
		t.Error("something optional that is absent is written")
	}
}

// TestEmptyValuesAreThoseOfCborGen compares what is there and empty.
func TestEmptyValuesAreThoseOfCborGen_DM05(t *testing.T) {
	t.Parallel()
	x := least()
	x.MaybeText, x.NullText = lex.String(""), lex.String("")
	x.MaybeCount, x.NullCount, x.NullNatural = lex.Int(0), lex.Int(0), lex.Int(0)
	x.MaybeFlag, x.NullFlag = lex.Bool(false), lex.Bool(false)
	x.MaybeData, x.NullData = lex.Bytes{}, lex.Bytes{}
	x.MaybeTexts, x.NullTexts = []string{}, []string{}
	x.MaybeLeaves = []*types.EverythingLeaf{}
	x.Choices = []lex.Object{}
	x.Tree = &types.EverythingTree{Links: []lex.Link{}}
	compare(t, x)
}

// least is the smallest value that can be written.
func least() *types.Everything {
	link := lex.Link{CID: cid.Sum(cid.Raw, nil)}
	return &types.Everything{
		Constant: "always", Digest: make([]byte, 20), Smalls: make([]int64, 3), Triple: make([]int64, 3), Point: make([]int64, 3),
		Link: link, WrappedLink: link, Leaf: &types.EverythingLeaf{}, Pointer: &types.EverythingLeaf{},
		Free: &lex.UnknownObject{}, Names: &lex.UnknownObject{}, Named: &lex.UnknownObject{}, Choice: &types.EverythingLeaf{},
	}
}

// text is a text string of fewer than 24 bytes in CBOR.
func text(s string) []byte { return append([]byte{0x60 + byte(len(s))}, s...) }

// compare returns the bytes of x after all comparisons.
func compare(t *testing.T, x *types.Everything) []byte {
	t.Helper()
	theirs := mirror(t, x)
	want := marshal(t, theirs)
	got, err := lex.AppendCBOR(nil, x)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got) {
		t.Fatalf("bytes differ:\ncbor-gen %x\nlexgen   %x", want, got)
	}
	compareDecoded(t, want, x, theirs)
	return want
}

func compareDecoded(t *testing.T, b []byte, x *types.Everything, theirs *oracle.Everything) {
	t.Helper()
	for name, decode := range map[string]func([]byte, any) error{"owned": lex.DecodeCBOR, "aliasing": lex.DecodeCBORAlias} {
		var ours types.Everything
		if err := decode(b, &ours); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(x, &ours, same); diff != "" {
			t.Fatalf("%s: read from cbor-gen's bytes (-want +got):\n%s", name, diff)
		}
		if again, err := lex.AppendCBOR(nil, &ours); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%s: written back %x, %v\nwant %x", name, again, err, b)
		}
	}
	var read oracle.Everything
	unmarshal(t, b, &read)
	if diff := cmp.Diff(theirs, &read, same); diff != "" {
		t.Fatalf("cbor-gen reads (-want +got):\n%s", diff)
	}
}

// TestWhatCborGenLetsThroughIsRefused proves it of bytes that cbor-gen writes
// without complaint, though the data model has no such value.
func TestWhatCborGenLetsThroughIsRefused_DM01_DM08(t *testing.T) {
	t.Parallel()
	huge, word := uint64(1<<63), "x"
	unordered := mirror(t, least())
	unordered.Names = map[string]string{"long": "", "z": ""}
	nilObject := mirror(t, least())
	nilObject.Pointer = nil
	for name, c := range map[string]struct {
		in   cbg.CBORMarshaler
		into any
	}{
		"a big integer":                {&oracle.Beyond{Big: big.NewInt(1)}, new(any)},
		"an integer beyond 64 bits":    {&oracle.Beyond{Huge: &huge}, new(any)},
		"text that is no UTF-8":        {&oracle.Leaf{Name: "\xff"}, new(any)},
		"keys that are out of order":   {unordered, new(any)},
		"null where a text belongs":    {&oracle.Beyond{Gaps: []*string{&word, nil}}, new(types.EverythingGaps)},
		"null where an object belongs": {nilObject, new(types.Everything)},
	} {
		var b bytes.Buffer
		if err := c.in.MarshalCBOR(&b); err != nil {
			t.Fatalf("%s: cbor-gen does not write it: %v", name, err)
		}
		if err := lex.DecodeCBOR(b.Bytes(), c.into); err == nil {
			t.Errorf("%s: %x is read", name, b.Bytes())
		}
	}
}

func TestOracleIsFresh(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := oracle.Write(folder); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{oracle.MapsFile, oracle.ArraysFile} {
		if diff := cmp.Diff(read(t, filepath.Join(folder, name)), read(t, filepath.Join("testdata/oracle", name))); diff != "" {
			t.Errorf("run go generate here (-want +got):\n%s", diff)
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

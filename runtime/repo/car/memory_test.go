package car_test

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"testing"

	"github.com/lexgen/lexgen/runtime/repo/car"
)

// TestShortFilesAllocateLittle proves the bound of the package comment: what
// is announced is not allocated before it arrives.
//
//nolint:paralleltest // counts what the whole process allocates
func TestShortFilesAllocateLittle(t *testing.T) {
	const (
		fixed    = 64 << 10 // the read-ahead buffer, the reader and the error
		multiple = 4
	)
	announce := func(length uint64, sent int) []byte {
		b := binary.AppendUvarint(content{}.write(), length)
		return append(b, bytes.Repeat([]byte{1}, sent)...)
	}
	cases := map[string][]byte{
		"a header":           binary.AppendUvarint(nil, car.MaxHeader),
		"roots":              section(nil, []byte("\xa2\x65roots\x98\xff")),
		"a block":            announce(car.DefaultMaxBlock, 10),
		"a third of a block": announce(car.DefaultMaxBlock, car.DefaultMaxBlock/3),
		"a huge block":       announce(1<<30, 100_000),
	}
	for name, in := range cases {
		read := func() { _, _ = read(car.NewReader(bytes.NewReader(in), car.Options{MaxBlock: 1 << 30})) }
		read()
		if got, limit := allocated(read), uint64(fixed+multiple*len(in)); got > limit {
			t.Errorf("%s: %d bytes of input allocate %d bytes, more than %d", name, len(in), got, limit)
		}
	}
}

//nolint:paralleltest // AllocsPerRun must run alone
func TestParsingAllocatesNothingPerBlock(t *testing.T) {
	b := sample(500).write()
	allocations := testing.AllocsPerRun(20, func() {
		r, err := car.Parse(b, car.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range r.Blocks() {
			if err != nil {
				t.Fatal(err)
			}
		}
	})
	if allocations > 8 {
		t.Errorf("%v allocations for 500 blocks", allocations)
	}
}

// allocated returns how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

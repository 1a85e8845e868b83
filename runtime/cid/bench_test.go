package cid_test

import (
	"testing"

	"github.com/lexgen/lexgen/runtime/cid"
)

// Compare two versions with
//
//	go test -bench . -count 10 ./runtime/cid > new.txt && benchstat old.txt new.txt

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := cid.Parse(emptyBlob); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendString(b *testing.B) {
	b.ReportAllocs()
	c := cid.Sum(cid.Raw, nil)
	buf := make([]byte, 0, cid.TextSize)
	for b.Loop() {
		buf = c.AppendString(buf[:0])
	}
}

func BenchmarkSum(b *testing.B) {
	b.ReportAllocs()
	data := make([]byte, 400)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		_ = cid.Sum(cid.DagCBOR, data)
	}
}

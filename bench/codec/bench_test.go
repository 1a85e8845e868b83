package codec_test

import (
	"testing"

	"github.com/lexgen/lexgen/bench/codec"
)

// BenchmarkCodec runs the same variants one after another, for profiles:
//
//	go test ./codec -run '^$' -bench 'Codec/CBOR_decode_post.*owned/lexgen$' -cpuprofile cpu.out && go tool pprof -top cpu.out
//
// The figures to quote are those of cmd/bench.
func BenchmarkCodec(b *testing.B) {
	comparisons, err := codec.Comparisons()
	if err != nil {
		b.Fatal(err)
	}
	for _, comparison := range comparisons {
		for _, variant := range comparison.Variants {
			b.Run(comparison.Rows[0].Work+"/"+variant.Name, func(b *testing.B) {
				b.ReportAllocs()
				if err := variant.Run(b.N); err != nil {
					b.Fatal(err)
				}
			})
		}
	}
}

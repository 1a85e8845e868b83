package syntax_test

import (
	"testing"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// Compare two versions with
//
//	go test -bench . -count 10 ./runtime/syntax > new.txt && benchstat old.txt new.txt

func BenchmarkCheck(b *testing.B) {
	for _, format := range syntax.Formats() {
		texts := samples()[format]
		if len(texts) == 0 {
			continue
		}
		b.Run(format, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := syntax.Check(format, texts[0]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDatetimeTime(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := syntax.Datetime("2024-11-24T06:04:08.123Z").Time(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTIDClockNext(b *testing.B) {
	b.ReportAllocs()
	clock := syntax.NewTIDClock(syntax.TIDClockOptions{})
	for b.Loop() {
		if _, err := clock.Next(); err != nil {
			b.Fatal(err)
		}
	}
}

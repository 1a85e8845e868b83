package car_test

import (
	"bytes"
	"testing"

	"github.com/lexgen/lexgen/runtime/repo/car"
)

// Compare two versions with
//
//	go test -bench . -count 10 ./runtime/repo/car > new.txt && benchstat old.txt new.txt

func BenchmarkRead(b *testing.B) {
	file := sample(10_000).write()
	for _, variant := range []struct {
		name string
		open func() (*car.Reader, error)
	}{
		{"stream", func() (*car.Reader, error) { return car.NewReader(bytes.NewReader(file), car.Options{}) }},
		{"memory", func() (*car.Reader, error) { return car.Parse(file, car.Options{}) }},
		{"memory-trusted", func() (*car.Reader, error) { return car.Parse(file, car.Options{Hashes: car.Trust}) }},
	} {
		b.Run(variant.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(file)))
			for b.Loop() {
				if _, err := read(variant.open()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

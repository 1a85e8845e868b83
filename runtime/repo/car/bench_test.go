package car_test

import (
	"bytes"
	"io"
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

func BenchmarkWrite(b *testing.B) {
	c := sample(10_000)
	b.ReportAllocs()
	b.SetBytes(int64(len(c.write())))
	for b.Loop() {
		if err := writeAll(c, io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFile(b *testing.B) {
	c := sample(10_000)
	file := c.write()
	open := func() *car.File {
		f, err := car.OpenFile(bytes.NewReader(file), int64(len(file)), car.Options{})
		if err != nil {
			b.Fatal(err)
		}
		return f
	}
	b.Run("open", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(file)))
		for b.Loop() {
			open()
		}
	})
	b.Run("get", func(b *testing.B) {
		f := open()
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			if _, err := f.Get(b.Context(), c.Blocks[i%len(c.Blocks)].CID); err != nil {
				b.Fatal(err)
			}
			i++
		}
	})
}

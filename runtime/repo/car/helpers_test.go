package car_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/car"
)

// wholeBlocks compares blocks as a whole: one by one their bytes take long.
var wholeBlocks = cmp.Comparer(func(a, b car.Block) bool { return a.CID == b.CID && bytes.Equal(a.Data, b.Data) })

// content is what a file holds.
type content struct {
	Roots  []cid.CID
	Blocks []car.Block
}

// write is the inverse of reading, written without regard to speed.
func (c content) write() []byte {
	var b []byte
	header := []byte("\xa2\x65roots")
	if n := len(c.Roots); n < 24 {
		header = append(header, 0x80+byte(n))
	} else {
		header = append(header, 0x98, byte(n))
	}
	for _, root := range c.Roots {
		header = append(header, "\xd8\x2a\x58\x25\x00"...)
		header = append(header, root.Bytes()...)
	}
	b = section(b, append(header, "\x67version\x01"...))
	for _, block := range c.Blocks {
		b = section(b, block.CID.Bytes(), block.Data)
	}
	return b
}

// section appends parts with their length in front.
func section(b []byte, parts ...[]byte) []byte {
	whole := bytes.Join(parts, nil)
	b = binary.AppendUvarint(b, uint64(len(whole)))
	return append(b, whole...)
}

// read reads all of r. The content is what came before an error.
func read(r *car.Reader, err error) (content, error) {
	if err != nil {
		return content{}, err
	}
	c := content{Roots: r.Roots()}
	for block, err := range r.Blocks() {
		if err != nil {
			return c, err
		}
		c.Blocks = append(c.Blocks, block)
	}
	return c, nil
}

// sample is a file with count blocks of different lengths.
func sample(count int) content {
	var c content
	for i := range count {
		data := bytes.Repeat([]byte{byte(i)}, i*i%700)
		codec := cid.DagCBOR
		if i%3 == 0 {
			codec = cid.Raw
		}
		c.Blocks = append(c.Blocks, car.Block{CID: cid.Sum(codec, data), Data: data})
	}
	if count > 0 {
		c.Roots = []cid.CID{c.Blocks[0].CID}
	}
	return c
}

// manyRoots is a file of count roots and no blocks.
func manyRoots(count int) content {
	var c content
	for i := range count {
		c.Roots = append(c.Roots, cid.Sum(cid.DagCBOR, fmt.Append(nil, i)))
	}
	return c
}

// both runs f over the two ways to read b.
func both(t *testing.T, b []byte, opts car.Options, f func(t *testing.T, open func() (*car.Reader, error))) {
	t.Helper()
	t.Run("stream", func(t *testing.T) {
		t.Parallel()
		f(t, func() (*car.Reader, error) { return car.NewReader(bytes.NewReader(b), opts) })
	})
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		f(t, func() (*car.Reader, error) { return car.Parse(b, opts) })
	})
}

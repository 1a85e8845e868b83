package car

import (
	"crypto/sha256"
	"io"
	"iter"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
)

// A Block is a piece of data and its name.
type Block = blockstore.Block

// A Reader reads one file, once, from its beginning to its end. It is not safe
// for concurrent use.
type Reader struct {
	in     input
	opts   Options
	roots  []cid.CID
	offset int64 // of what is read next
	done   bool  // the file is read to its end, or to err
	err    error
}

// NewReader reads the header of the file that r yields. It reads ahead. Blocks
// have memory of their own.
//
// Errors, here and from Blocks, are of type [*Error].
func NewReader(r io.Reader, opts Options) (*Reader, error) {
	return newReader(newStream(r), opts)
}

// Parse reads the header of the file b. Blocks alias b, which must not change
// as long as they are in use.
func Parse(b []byte, opts Options) (*Reader, error) {
	return newReader(&memory{b}, opts)
}

func newReader(in input, opts Options) (*Reader, error) {
	r := &Reader{in: in, opts: opts.withDefaults()}
	if err := r.header(); err != nil {
		return nil, at(0, "read the header", truncated(err))
	}
	return r, nil
}

// Roots returns the CIDs that the header names, in its order. The slice is the
// reader's own.
func (r *Reader) Roots() []cid.CID { return r.roots }

// Offset returns where the block that was read last ends, in bytes from the
// start of the file; before the first one, where the header does.
func (r *Reader) Offset() int64 { return r.offset }

// Blocks yields the blocks that have not been read yet. A pair with an error
// is the last one, and its block is zero. A loop that was left early can be
// taken up by another call, and so can one that ended with [ErrHash], behind the
// block that is refused; any other error comes again.
func (r *Reader) Blocks() iter.Seq2[Block, error] {
	return func(yield func(Block, error) bool) {
		for !r.done {
			block, err := r.next()
			if r.done {
				break
			}
			if !yield(block, err) || err != nil {
				return
			}
		}
		if r.err != nil {
			yield(Block{}, r.err)
		}
	}
}

// next returns the next block, or the error about it. Where nothing more can be
// read, r is done.
func (r *Reader) next() (Block, error) {
	start := r.offset
	block, err := r.block()
	switch {
	case err == nil:
		return block, nil
	case block.CID.Defined():
		return Block{}, at(start, "", err)
	case !ended(err):
		r.err = at(start, "read a block", err)
	}
	r.done = true
	return Block{}, nil
}

func (r *Reader) header() error {
	b, err := r.section("the header", len(rootsToken), MaxHeader)
	if err != nil {
		return err
	}
	r.roots, err = parseHeader(b)
	return err
}

// block reads a block. It returns io.EOF where there is none, and with an error
// about its hash its CID.
func (r *Reader) block() (Block, error) {
	b, err := r.section("the block", cid.Size, cid.Size+r.opts.MaxBlock)
	if err != nil {
		return Block{}, err
	}
	c, err := cid.FromBytes(b[:cid.Size])
	if err != nil {
		return Block{}, malformedf("the block's CID: %v", err)
	}
	block := Block{CID: c, Data: b[cid.Size:]}
	if err := r.verify(block); err != nil {
		return Block{CID: c}, err
	}
	return block, nil
}

func (r *Reader) verify(b Block) error {
	if r.opts.Hashes == Trust {
		return nil
	}
	return checkHash(b)
}

// checkHash checks a block against its CID.
func checkHash(b Block) error {
	switch {
	case b.CID.HashCode() != cid.SHA256:
		return hashf(b.CID, "has the hash function %#x, not SHA-256", b.CID.HashCode())
	case sha256.Sum256(b.Data) != b.CID.Digest():
		return hashf(b.CID, "has data that gives another hash")
	}
	return nil
}

// section reads a length between least and most, and as many bytes.
func (r *Reader) section(what string, least, most int) ([]byte, error) {
	length, err := r.length(what, least, most)
	if err != nil {
		return nil, err
	}
	return r.in.take(length)
}

// length reads a length between least and most. It moves the offset behind the
// bytes that it announces.
func (r *Reader) length(what string, least, most int) (int, error) {
	length, size, err := readVarint(r.in)
	r.offset += int64(size)
	switch {
	case err != nil:
		return 0, err
	case length < uint64(least):
		return 0, malformedf("%s has %d bytes, fewer than the %d that every one has", what, length, least)
	case length > uint64(most):
		return 0, limitf("%s has %d bytes, more than %d", what, length, most)
	case r.opts.MaxTotal > 0 && r.offset+int64(length) > r.opts.MaxTotal:
		return 0, limitf("the file has more than %d bytes", r.opts.MaxTotal)
	}
	r.offset += int64(length)
	return int(length), nil
}

package car

import (
	"cmp"
	"context"
	"encoding/binary"
	"io"
	"slices"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
)

// A File gives the blocks of a file by CID. It is safe for concurrent use if
// its io.ReaderAt is.
//
// It keeps an index in memory, of 48 bytes for each block, and no data.
type File struct {
	r     io.ReaderAt
	size  int64
	opts  Options
	roots []cid.CID
	index []place // in the order of CIDs, each once
}

// place says where a block is.
type place struct {
	cid    cid.CID
	length uint32 // of the data
	offset int64  // of the CID, behind which the data stands
}

// start returns where the block begins: with the length, in front of the CID.
func (p place) start() int64 {
	length := binary.AppendUvarint(nil, uint64(cid.Size)+uint64(p.length))
	return p.offset - int64(len(length))
}

// OpenFile reads the header and the index of the file of size bytes that r
// holds. It passes over the data: whether a block fits its CID is checked when
// it is read, or for all of them by [File.Verify]. Of a block that the file
// has twice the first one counts (RE-32). The caller closes r, when the File is
// no longer used.
//
// Errors, here and from the methods, are of type [*Error], unless they say
// otherwise.
func OpenFile(r io.ReaderAt, size int64, opts Options) (*File, error) {
	in := newSkipper(r, size)
	reader, err := newReader(in, opts)
	if err != nil {
		return nil, err
	}
	f := &File{r: r, size: size, opts: opts, roots: reader.roots}
	for {
		start := reader.offset
		p, err := nextPlace(reader, in)
		if ended(err) {
			break
		}
		if err != nil {
			return nil, at(start, "read a block", err)
		}
		f.index = append(f.index, p)
	}
	slices.SortFunc(f.index, func(a, b place) int { return cmp.Or(a.cid.Compare(b.cid), cmp.Compare(a.offset, b.offset)) })
	f.index = slices.Clip(slices.CompactFunc(f.index, func(a, b place) bool { return a.cid == b.cid }))
	return f, nil
}

// nextPlace reads where the next block is and goes behind it. It returns
// io.EOF where there is none.
func nextPlace(r *Reader, in *skipper) (place, error) {
	length, err := r.length("the block", cid.Size, cid.Size+r.opts.MaxBlock)
	if err != nil {
		return place{}, err
	}
	if r.offset > in.file.Size() {
		return place{}, io.ErrUnexpectedEOF
	}
	b, err := in.Peek(cid.Size)
	if err != nil {
		return place{}, truncated(err)
	}
	c, err := cid.FromBytes(b)
	if err != nil {
		return place{}, malformedf("the block's CID: %v", err)
	}
	return place{c, uint32(length - cid.Size), r.offset - int64(length)}, in.skip(length)
}

// Roots returns the CIDs that the header names, in its order. The slice is the
// file's own.
func (f *File) Roots() []cid.CID { return f.roots }

// Len returns how many different blocks the file has.
func (f *File) Len() int { return len(f.index) }

// Get implements [blockstore.Source]: a block that the file does not have is a
// [*blockstore.MissingError] (RE-35). The data has memory of its own. A file
// that has been changed or cut since it was opened gives ErrChanged,
// io.ErrUnexpectedEOF or ErrHash.
func (f *File) Get(ctx context.Context, c cid.CID) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	i, ok := slices.BinarySearchFunc(f.index, c, func(p place, c cid.CID) int { return p.cid.Compare(c) })
	if !ok {
		return nil, &blockstore.MissingError{CID: c}
	}
	p := f.index[i]
	b := make([]byte, cid.Size+int(p.length))
	if err := f.read(p, b); err != nil {
		return nil, at(p.start(), "read block "+c.String(), err)
	}
	return b[cid.Size:], nil
}

// Verify reads the whole file once, in its order, and checks every block
// against its CID, even if [Options] say Trust (RE-33). It returns the first
// error, or that of ctx.
func (f *File) Verify(ctx context.Context) error {
	opts := f.opts
	opts.Hashes = Verify
	r, err := NewReader(io.NewSectionReader(f.r, 0, f.size), opts)
	if err != nil {
		return err
	}
	for _, err := range r.Blocks() {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// read fills b with the CID and the data of the block at p.
func (f *File) read(p place, b []byte) error {
	if n, err := f.r.ReadAt(b, p.offset); n < len(b) {
		return truncated(err)
	}
	if c, err := cid.FromBytes(b[:cid.Size]); err != nil || c != p.cid {
		return changedf("block %s is no longer there: the file has been changed", p.cid)
	}
	if f.opts.Hashes == Trust {
		return nil
	}
	return checkHash(Block{CID: p.cid, Data: b[cid.Size:]})
}

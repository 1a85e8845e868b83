package car

import (
	"encoding/binary"
	"io"

	"github.com/lexgen/lexgen/runtime/cid"
)

// A Writer writes one file, block after block, in the order in which it gets
// them (RE-30). It keeps no list of them and does not hash: what it is given
// must fit its CID, or readers refuse the file. A Writer is not safe for
// concurrent use.
//
// The file is complete after each call; there is nothing to close.
type Writer struct {
	w      io.Writer
	offset int64
	buf    []byte // of the last block
	err    error
}

// NewWriter writes the header. It names up to [MaxRoots] roots, the first of
// which is the one that matters most (RE-31).
//
// Errors, here and from Write, are of type [*Error].
func NewWriter(w io.Writer, roots ...cid.CID) (*Writer, error) {
	if len(roots) > MaxRoots {
		return nil, limitf("%d roots, more than %d", len(roots), MaxRoots)
	}
	for i, root := range roots {
		if !root.Defined() {
			return nil, malformedf("root %d is not defined", i)
		}
	}
	header := appendHeader(nil, roots)
	out := &Writer{w: w, buf: binary.AppendUvarint(nil, uint64(len(header)))}
	out.buf = append(out.buf, header...)
	if err := out.flush("write the header"); err != nil {
		return nil, err
	}
	return out, nil
}

// Write writes a block, with one call of the underlying writer. It refuses
// data of more than [DefaultMaxBlock] bytes, and CIDs that are not defined,
// before it writes anything; the next block can follow. An error of the
// underlying writer is final and comes again.
func (w *Writer) Write(b Block) error {
	switch {
	case w.err != nil:
		return w.err
	case !b.CID.Defined():
		return at(w.offset, "", malformedf("the block's CID is not defined"))
	case len(b.Data) > DefaultMaxBlock:
		return at(w.offset, "", limitf("block %s has %d bytes, more than %d", b.CID, len(b.Data), DefaultMaxBlock))
	}
	w.buf = binary.AppendUvarint(w.buf[:0], uint64(cid.Size+len(b.Data)))
	w.buf = b.CID.AppendBytes(w.buf)
	w.buf = append(w.buf, b.Data...)
	return w.flush("write a block")
}

// Size returns how many bytes have been written.
func (w *Writer) Size() int64 { return w.offset }

func (w *Writer) flush(what string) error {
	n, err := w.w.Write(w.buf)
	if err == nil && n < len(w.buf) {
		err = io.ErrShortWrite
	}
	if err != nil {
		w.err = at(w.offset, what, err)
		return w.err
	}
	w.offset += int64(n)
	return nil
}

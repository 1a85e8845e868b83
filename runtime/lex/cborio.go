package lex

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// MaxCBOR is how many bytes [ReadCBOR] reads of one item: what a message of an
// event stream may have (DM-23).
const MaxCBOR = 5 << 20

// WriteCBOR writes v to w as DAG-CBOR; see [AppendCBOR]. It is what the
// MarshalCBOR methods of generated types do.
func WriteCBOR(w io.Writer, v any) error {
	b, err := MarshalCBOR(v)
	if err != nil {
		return err
	}
	_, err = w.Write(b)
	return err
}

// ReadCBOR reads the next item of r into *v; see [DecodeCBOR]. It reads no byte
// beyond the item, and at most [MaxCBOR] of it. It is what the UnmarshalCBOR
// methods of generated types do. At the end of r it returns io.EOF, and
// io.ErrUnexpectedEOF inside of an item.
func ReadCBOR(r io.Reader, v any) error {
	b, err := readItem(r)
	if err != nil {
		return err
	}
	return DecodeCBORAlias(b, v)
}

// readItem reads one item and all that it contains.
func readItem(r io.Reader) ([]byte, error) {
	var b bytes.Buffer
	for left := 1; left > 0; left-- {
		n, err := readHead(r, &b)
		if err != nil {
			return nil, err
		}
		major, arg, ok := splitHead(b.Bytes()[b.Len()-n:])
		if !ok {
			break // decoding will say what is wrong
		}
		if major == cborUint || major == cborNegint || major == cborSimple {
			arg = 0
		}
		if arg > MaxCBOR || uint64(b.Len())+arg > MaxCBOR {
			return nil, fmt.Errorf("lex: the item has more than %d bytes", MaxCBOR)
		}
		switch major {
		case cborText, cborBytes:
			if _, err := io.CopyN(&b, r, int64(arg)); err != nil {
				return nil, inside(err)
			}
		case cborArray:
			left += int(arg)
		case cborMap:
			left += 2 * int(arg)
		case cborTag:
			left++
		}
	}
	return b.Bytes(), nil
}

// inside is err where an item has begun.
func inside(err error) error {
	if err == io.EOF { //nolint:errorlint // io.Reader promises the value itself
		return io.ErrUnexpectedEOF
	}
	return err
}

// readHead reads the first bytes of an item into b and returns their number.
func readHead(r io.Reader, b *bytes.Buffer) (int, error) {
	var head [9]byte
	if _, err := io.ReadFull(r, head[:1]); err != nil {
		if b.Len() > 0 {
			err = inside(err)
		}
		return 0, err
	}
	n := 1
	if low := head[0] &^ cborMajor; low >= cborOne && low <= cborEight {
		n += 1 << (low - cborOne)
		if _, err := io.ReadFull(r, head[1:n]); err != nil {
			return 0, inside(err)
		}
	}
	b.Write(head[:n])
	return n, nil
}

// splitHead returns major type and argument, or false for what begins no item
// or has no definite length.
func splitHead(head []byte) (major byte, arg uint64, ok bool) {
	if len(head) == 1 {
		low := head[0] &^ cborMajor
		return head[0] & cborMajor, uint64(low), low < cborDirect
	}
	var n [8]byte
	copy(n[9-len(head):], head[1:])
	return head[0] & cborMajor, binary.BigEndian.Uint64(n[:]), true
}

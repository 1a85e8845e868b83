package car

import (
	"errors"
	"fmt"

	"github.com/lexgen/lexgen/runtime/cid"
)

// Kinds of [Error], to be told apart with errors.Is. An error of the
// underlying reader or writer is wrapped in an Error as it is; the end of input
// inside the header or a block is io.ErrUnexpectedEOF.
var (
	// ErrMalformed says that the bytes are no CAR file of the accepted form.
	ErrMalformed = errors.New("malformed")
	// ErrLimit says that a length is beyond a limit.
	ErrLimit = errors.New("beyond a limit")
	// ErrHash says that a block is not the one that its CID names, or that its
	// hash function is not known.
	ErrHash = errors.New("hash does not fit")
	// ErrChanged says that a [File] no longer holds what it held when it was
	// opened.
	ErrChanged = errors.New("changed")
)

// An Error says where a file could not be read or written any further, and why.
type Error struct {
	// Offset is where the header, or the block that is at fault, begins, in
	// bytes from the start of the file.
	Offset int64
	// Block is the block that is at fault, if its CID could be read.
	Block cid.CID
	// Reason is a sentence fragment; where there is a Block, what is said of it.
	Reason string
	// Err is ErrMalformed, ErrLimit, ErrHash, ErrChanged, io.ErrUnexpectedEOF,
	// or what the underlying reader or writer returned.
	Err error
}

// Error returns the offset, the block, the reason and, for errors of the underlying
// reader or writer, its text.
func (e *Error) Error() string {
	text := fmt.Sprintf("car: offset %d: ", e.Offset)
	if e.Block.Defined() {
		text += fmt.Sprintf("block %v ", e.Block)
	}
	text += e.Reason
	for _, kind := range []error{ErrMalformed, ErrLimit, ErrHash, ErrChanged} {
		if errors.Is(e.Err, kind) {
			return text // whose reason says it all
		}
	}
	return fmt.Sprintf("%s: %v", text, e.Err)
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// malformedf and those below return an Error without an offset, which
// [Reader] adds.
func malformedf(format string, args ...any) error {
	return &Error{Reason: fmt.Sprintf(format, args...), Err: ErrMalformed}
}

func limitf(format string, args ...any) error {
	return &Error{Reason: fmt.Sprintf(format, args...), Err: ErrLimit}
}

// hashf also says of which block.
func hashf(c cid.CID, format string, args ...any) error {
	return &Error{Block: c, Reason: fmt.Sprintf(format, args...), Err: ErrHash}
}

func changedf(format string, args ...any) error {
	return &Error{Reason: fmt.Sprintf(format, args...), Err: ErrChanged}
}

// at gives err the offset of the header or block that was being read. What is
// no Error yet came from below.
func at(offset int64, what string, err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		e.Offset = offset
		return e
	}
	return &Error{Offset: offset, Reason: what, Err: err}
}

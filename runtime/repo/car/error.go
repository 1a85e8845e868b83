package car

import (
	"errors"
	"fmt"
)

// Kinds of [Error], to be told apart with errors.Is. An error of the
// underlying reader is wrapped in an Error as it is; the end of input inside
// the header or a block is io.ErrUnexpectedEOF.
var (
	// ErrMalformed says that the bytes are no CAR file of the accepted form.
	ErrMalformed = errors.New("malformed")
	// ErrLimit says that a length is beyond a limit.
	ErrLimit = errors.New("beyond a limit")
	// ErrHash says that a block is not the one that its CID names, or that its
	// hash function is not known.
	ErrHash = errors.New("hash does not fit")
)

// An Error says where a file could not be read any further, and why.
type Error struct {
	// Offset is where the header, or the block that is at fault, begins, in
	// bytes from the start of the file.
	Offset int64
	// Reason is a sentence fragment.
	Reason string
	// Err is ErrMalformed, ErrLimit, ErrHash, io.ErrUnexpectedEOF, or what the
	// underlying reader returned.
	Err error
}

// Error returns the offset, the reason and, for errors of the underlying
// reader, its text.
func (e *Error) Error() string {
	text := fmt.Sprintf("car: offset %d: %s", e.Offset, e.Reason)
	if errors.Is(e.Err, ErrMalformed) || errors.Is(e.Err, ErrLimit) || errors.Is(e.Err, ErrHash) {
		return text
	}
	return fmt.Sprintf("%s: %v", text, e.Err)
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// malformedf and the two below return an Error without an offset, which
// [Reader] adds.
func malformedf(format string, args ...any) error {
	return &Error{Reason: fmt.Sprintf(format, args...), Err: ErrMalformed}
}

func limitf(format string, args ...any) error {
	return &Error{Reason: fmt.Sprintf(format, args...), Err: ErrLimit}
}

func hashf(format string, args ...any) error {
	return &Error{Reason: fmt.Sprintf(format, args...), Err: ErrHash}
}

// at gives err the offset of the header or block that was being read. What is
// no Error yet came from the input.
func at(offset int64, what string, err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		e.Offset = offset
		return e
	}
	return &Error{Offset: offset, Reason: what, Err: err}
}

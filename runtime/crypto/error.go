package crypto

import (
	"errors"
	"fmt"
)

// Kinds of [Error], to be told apart with errors.Is.
var (
	// ErrMalformed says that a text or bytes do not have the form of a key or
	// signature.
	ErrMalformed = errors.New("malformed")
	// ErrUnsupported says that a base, codec, type of verification method or
	// curve is none that AT Protocol uses.
	ErrUnsupported = errors.New("not supported")
	// ErrInvalidKey says that the bytes have the form of a key but are none: a
	// point that is not on the curve, or a private key that is out of range.
	ErrInvalidKey = errors.New("no key of the curve")
	// ErrHighS says that the s of a signature is in the upper half of its range.
	ErrHighS = errors.New("high s")
	// ErrMismatch says that a signature of the right form was not made by the
	// key over the message.
	ErrMismatch = errors.New("signature does not match")
)

// An Error says why bytes or a text are no key or no valid signature. It never
// holds them.
type Error struct {
	// What names what was read, such as "did:key" or "signature".
	What string
	// Reason is a sentence fragment.
	Reason string
	// Err is one of the kinds above.
	Err error
}

// Error returns what was read, and the reason.
func (e *Error) Error() string { return fmt.Sprintf("invalid %s: %s", e.What, e.Reason) }

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

func malformedf(what, format string, args ...any) error {
	return &Error{What: what, Reason: fmt.Sprintf(format, args...), Err: ErrMalformed}
}

func unsupportedf(what, format string, args ...any) error {
	return &Error{What: what, Reason: fmt.Sprintf(format, args...), Err: ErrUnsupported}
}

func invalidKeyf(what, format string, args ...any) error {
	return &Error{What: what, Reason: fmt.Sprintf(format, args...), Err: ErrInvalidKey}
}

package xrpc

import (
	"errors"
	"fmt"
	"io"

	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A badFrameError is one after which a connection is cut (ES-04, ES-12): what comes behind it
// cannot be trusted.
type badFrameError struct {
	stream syntax.NSID
	typ    string // as the frame names it, if it can be read
	frame  []byte // the beginning of one that is too large
	err    error
}

func (e *badFrameError) Error() string { return fmt.Sprintf("xrpc: %s: %v", e.stream, e.err) }
func (e *badFrameError) Unwrap() error { return e.err }

// isPassedOver says whether the connection goes on behind a bad frame. A service that has
// one in its log sends it over each connection that begins before it, so that no
// connection would ever get behind it. Where one has ended a connection, behind the same
// message, it is passed over like a message that cannot be read, with all others there.
func (f *follower) isPassedOver() bool {
	return f.opts.withoutCuts || f.poisoned != nil && *f.poisoned == f.last
}

// passOver returns the error of a bad frame that ends the connection. Another one is
// yielded as an error, and nothing is returned.
func (f *follower) passOver(bad *badFrameError, yield func(lex.Object, error) bool) error {
	if !f.isPassedOver() {
		place := f.last
		f.poisoned = &place
		return bad
	}
	if !yield(nil, &FrameError{Stream: f.method.NSID, Type: bad.typ, Frame: bad.frame, Err: bad.err}) {
		return errLeft
	}
	return nil
}

// mostDiscarded is how many times as long as allowed a frame may be that is passed over.
const mostDiscarded = 16

// tooLarge is for a frame of which the first bytes are read. The rest is read, and
// dropped, if the connection is to go on behind it. Errors but that of the frame name no
// stream.
func (f *follower) tooLarge(b []byte, r io.Reader) error {
	bad := &badFrameError{stream: f.method.NSID, frame: b, err: fmt.Errorf("%w: more than %d bytes", ErrFrameTooLong, f.opts.maxFrame)}
	if !f.isPassedOver() {
		return bad
	}
	rest := mostDiscarded * f.opts.maxFrame
	n, err := io.Copy(io.Discard, io.LimitReader(r, rest))
	switch {
	case err != nil:
		return err
	case n == rest:
		return errors.New("a frame without end")
	}
	return bad
}

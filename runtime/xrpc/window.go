package xrpc

import (
	"github.com/lexgen/lexgen/runtime/lex"
)

// ErrFutureCursor is the error for a cursor that is ahead of the stream (ES-09).
const ErrFutureCursor ErrorName = "FutureCursor"

// InfoOutdatedCursor is the name of the message #info that says that the cursor is
// older than what is kept (ES-09).
const InfoOutdatedCursor = "OutdatedCursor"

// A Window is what a service has kept of a stream whose messages have a seq: those
// behind Dropped up to Latest. Both are 0 at the beginning.
type Window struct {
	Dropped int64 // the last seq that is not kept any more; 0 if all are
	Latest  int64 // the last seq that there is
}

// After returns the seq behind which a stream begins that is asked for with a cursor
// (ES-09): the latest without a cursor, so that only what is new is sent; the cursor,
// if all behind it is kept; or else all that is kept. For a cursor of 0 that is what
// was asked for, and of a stream that keeps everything nothing is missing; otherwise
// outdated is true, and the stream begins with a message #info named
// [InfoOutdatedCursor]. A cursor that was never a seq because it is ahead of the stream
// is an [*Error] named [ErrFutureCursor].
func (w Window) After(cursor lex.Opt[int64]) (after int64, outdated bool, err error) {
	switch from, given := cursor.Get(); {
	case !given:
		return w.Latest, false, nil
	case from > w.Latest:
		return 0, false, NewError(ErrFutureCursor, "The cursor %d is ahead of the stream, which is at %d", from, w.Latest)
	case from < w.Dropped || from < 0:
		return w.Dropped, from != 0 && w.Dropped > 0, nil
	default:
		return from, false, nil
	}
}

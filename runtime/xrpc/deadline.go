package xrpc

import (
	"net/http"
	"time"
)

// Deadlines are those of the connection, and so outlive a request: net/http itself
// resets only that for reading. Writers without deadlines, as in tests, have no
// connection that could hang.

// setReadDeadline bounds the next read of the request's body.
func (in *incoming) setReadDeadline() {
	if d := in.server.opts.readTimeout; d > 0 {
		_ = http.NewResponseController(in.writer).SetReadDeadline(deadline(d))
	}
}

// clearReadDeadline is for when the body was read. What net/http reads then tells it
// whether the caller is still there, and a deadline would say that it is not.
func (in *incoming) clearReadDeadline() {
	if in.server.opts.readTimeout > 0 {
		_ = http.NewResponseController(in.writer).SetReadDeadline(time.Time{})
	}
}

// setWriteDeadline bounds the next write of the answer, before which net/http may
// read what is left of a short body.
func (in *incoming) setWriteDeadline() {
	if d := in.server.opts.readTimeout; d > 0 {
		in.bounded = true
		if in.request.ContentLength != 0 {
			d *= 2
		}
		_ = http.NewResponseController(in.writer).SetWriteDeadline(deadline(d))
	}
}

// unreadable answers that the body cannot be read, without an attempt to read the
// rest.
func (in *incoming) unreadable(err error) error {
	in.writer.Header().Set("Connection", "close")
	return NewError(ErrInvalidRequest, "The request body could not be read").Because(err)
}

// answering bounds what net/http does around an answer.
func (in *incoming) answering() {
	if in.request.ContentLength != 0 {
		in.setReadDeadline()
	}
	in.setWriteDeadline()
}

// settle sends what is buffered of a complete answer, and leaves no deadline to
// what the connection is used for next.
func (in *incoming) settle() {
	if !in.bounded || in.hijacked || in.aborted {
		return
	}
	w := http.NewResponseController(in.writer)
	_ = w.Flush() // the next write fails, too
	_ = w.SetWriteDeadline(time.Time{})
}

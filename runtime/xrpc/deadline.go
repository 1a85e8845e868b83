package xrpc

import "net/http"

// Deadlines are those of the connection; net/http takes them away when the body was
// read, and behind each answer. Writers without deadlines, as in tests, have no
// connection that could hang.

// setReadDeadline bounds the next read of the request's body. Behind the end of the
// body net/http reads on, to know whether the caller is still there, which no deadline
// may disturb.
func (in *incoming) setReadDeadline() {
	if d := in.server.opts.readTimeout; d > 0 && !in.drained {
		_ = http.NewResponseController(in.writer).SetReadDeadline(deadline(d))
	}
}

// setWriteDeadline bounds the next write of the answer, before which net/http may
// read what is left of a short body.
func (in *incoming) setWriteDeadline() {
	if d := in.server.opts.readTimeout; d > 0 {
		if !in.drained {
			d *= 2
		}
		_ = http.NewResponseController(in.writer).SetWriteDeadline(deadline(d))
	}
}

// answering bounds what net/http does around an answer.
func (in *incoming) answering() {
	in.setReadDeadline()
	in.setWriteDeadline()
}

// unreadable answers that the body cannot be read, without an attempt to read the
// rest.
func (in *incoming) unreadable(err error) error {
	in.writer.Header().Set("Connection", "close")
	return NewError(ErrInvalidRequest, "The request body could not be read").Because(err)
}

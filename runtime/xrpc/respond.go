package xrpc

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/lexgen/lexgen/runtime/lex"
)

// statusWriter notes what was answered.
type statusWriter struct {
	http.ResponseWriter

	status int
	wrote  bool
}

func (w *statusWriter) WriteHeader(status int) {
	if status >= http.StatusOK || status == http.StatusSwitchingProtocols {
		w.wrote, w.status = true, status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if !w.wrote {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *statusWriter) code() int {
	if w.status == 0 {
		return http.StatusOK
	}
	return w.status
}

// buffers are for outputs. Large ones are left to the collector.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

const maxPooled = 256 << 10

// respond answers with an output.
func (in *incoming) respond(out any) error {
	m := in.endpoint.method
	in.answering()
	if _, none := out.(*None); none {
		in.writer.Header().Set("Content-Length", "0")
		in.writer.WriteHeader(http.StatusOK)
		return nil
	}
	if v := reflect.ValueOf(out); v.Kind() != reflect.Pointer || v.IsNil() {
		return fmt.Errorf("xrpc: the handler of %s returned no output", m.NSID)
	}
	if body, ok := out.(*Body); ok {
		return in.copy(body)
	}
	if in.server.opts.validateOut {
		if err := validate(out); err != nil {
			return NewError(ErrInternalServerError, "%s", asAnswer(invalid("output", err)).Message).Because(err)
		}
	}
	buffer, _ := buffers.Get().(*[]byte)
	b, err := lex.AppendJSON((*buffer)[:0], out)
	defer func() {
		if cap(b) <= maxPooled {
			*buffer = b
			buffers.Put(buffer)
		}
	}()
	if err != nil {
		return fmt.Errorf("xrpc: output of %s: %w", m.NSID, err)
	}
	h := in.writer.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(b)))
	for part := range slices.Chunk(b, partSize) {
		in.setWriteDeadline()
		if _, err := in.writer.Write(part); err != nil {
			in.aborted = true
			return err
		}
	}
	return nil
}

// partSize is what a caller has to take within one deadline, in bytes.
const partSize = 32 << 10

// copy answers with a stream.
func (in *incoming) copy(b *Body) error {
	defer b.Close() //nolint:errcheck // what was read is judged, not the end of it
	m, h := in.endpoint.method, in.writer.Header()
	media := b.Type
	if media == "" && oneType(m.Output) {
		media = m.Output
	}
	if media == "" {
		return fmt.Errorf("xrpc: the output of %s has no media type", m.NSID)
	}
	h.Set("Content-Type", media)
	if b.Length > 0 {
		h.Set("Content-Length", strconv.FormatInt(b.Length, 10))
	}
	if in.request.Method == http.MethodHead {
		in.writer.WriteHeader(http.StatusOK)
		return nil
	}
	n, err := in.copyParts(b)
	if err == nil && b.Length > 0 && n != b.Length {
		err = fmt.Errorf("xrpc: the output of %s has %d bytes instead of %d", m.NSID, n, b.Length)
	}
	in.aborted = err != nil && in.writer.wrote
	return err
}

// copyParts writes what there is as it comes, each part within the time that a
// caller has.
func (in *incoming) copyParts(r io.Reader) (n int64, err error) {
	part := make([]byte, partSize)
	for {
		k, err := r.Read(part)
		if k > 0 {
			in.setWriteDeadline()
			if _, err := in.writer.Write(part[:k]); err != nil {
				return n, err
			}
			n += int64(k)
		}
		switch {
		case errors.Is(err, io.EOF):
			return n, nil
		case err != nil:
			return n, err
		}
	}
}

// writeError answers with an error (XR-03).
func writeError(w http.ResponseWriter, e *Error) {
	h := w.Header()
	maps.Copy(h, e.Header)
	h.Del("Content-Length")
	h.Set("Content-Type", "application/json")
	status, name := e.status(), e.name()
	if status == http.StatusUnauthorized && h.Get("WWW-Authenticate") == "" {
		h.Set("WWW-Authenticate", "Bearer") // XR-05
	}
	if e.RetryAfter > 0 {
		h.Set("Retry-After", strconv.FormatInt(int64((e.RetryAfter+time.Second-1)/time.Second), 10))
	}
	b, err := json.Marshal(envelope{string(name), strings.ToValidUTF8(e.Message, "\ufffd")})
	if err != nil {
		b = []byte(`{"error":"InternalServerError"}`)
	}
	h.Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(status)
	_, _ = w.Write(b)
}

// envelope is the form of errors, in answers and in frames.
type envelope struct {
	Error   string `json:"error"`
	Message string `json:"message,omitempty"`
}

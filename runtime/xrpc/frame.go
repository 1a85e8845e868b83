package xrpc

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A frame is one binary WebSocket message: two objects of DAG-CBOR behind each
// other, a header and a payload (ES-03).

// Operations of frames (ES-04).
const (
	opMessage = 1
	opError   = -1
)

// FrameName is what frames of a stream call a message type: #name if the
// definition is the stream's own, else the whole reference (ES-04).
func FrameName(stream syntax.NSID, typ string) string {
	if rest, ok := strings.CutPrefix(typ, string(stream)); ok && strings.HasPrefix(rest, "#") {
		return rest
	}
	return typ
}

// typeOf is the inverse of FrameName.
func typeOf(stream syntax.NSID, name string) string {
	if strings.HasPrefix(name, "#") {
		return string(stream) + name
	}
	return name
}

// AppendFrame appends the frame that carries a message in a stream. It is an
// error if m has no $type, or cannot be encoded.
func AppendFrame(b []byte, stream syntax.NSID, m lex.Object) ([]byte, error) {
	if m == nil || m.LexType() == "" {
		return b, fmt.Errorf("xrpc: a message of %s without a type", stream)
	}
	n := len(b)
	b, ok := lex.CBOR{}.Text(append(b, "\xa2\x61t"...), FrameName(stream, m.LexType()))
	if !ok {
		return b[:n], fmt.Errorf("xrpc: a message of %s whose type is no text of UTF-8", stream)
	}
	b = append(b, "\x62op\x01"...) // opMessage
	var payload any = m
	var err error
	switch m := m.(type) {
	case *lex.UnknownObject:
		payload = m.Fields
	case lex.Record:
		payload, err = untyped(m)
	}
	if err == nil {
		b, err = lex.AppendCBOR(b, payload)
	}
	if err != nil {
		return b[:n], err
	}
	return b, nil
}

// untyped returns a record's members but $type, which no payload has (ES-05).
func untyped(r lex.Record) (lex.Extra, error) {
	b, err := lex.MarshalCBOR(r)
	if err != nil {
		return nil, err
	}
	var members lex.Extra
	err = lex.DecodeCBOR(b, &members)
	delete(members, "$type")
	return members, err
}

// typed returns the payload of a record with the $type that records have.
func typed(payload []byte, r lex.Record) ([]byte, error) {
	var members lex.Extra
	if err := lex.DecodeCBOR(payload, &members); err != nil {
		return nil, err
	}
	members["$type"] = r.LexType()
	return lex.MarshalCBOR(members)
}

// AppendErrorFrame appends the frame that says why a stream ends (ES-06).
func AppendErrorFrame(b []byte, name ErrorName, message string) []byte {
	b = append(b, "\xa1\x62op\x20"...)
	payload := lex.Extra{"error": strings.ToValidUTF8(cut(string(name)), "\ufffd")}
	if message != "" {
		payload["message"] = cut(message)
	}
	n := len(b)
	b, err := lex.AppendCBOR(b, payload)
	if err != nil { // text alone can always be encoded
		return append(b[:n], 0xa0)
	}
	return b
}

// maxFrameHeader bounds the header of a frame in bytes; honest ones have fewer than 100.
const maxFrameHeader = 4 << 10

// A frame is what arrived, in parts that share its memory.
type frame struct {
	op      int64
	t       string
	payload []byte
}

// parseFrame splits a frame. An error means that what comes next cannot be
// trusted either (ES-04).
func parseFrame(b []byte) (frame, error) {
	if f, ok := parseUsualFrame(b); ok {
		return f, nil
	}
	return parseFrameHeader(b)
}

// parseFrameHeader is for any header.
func parseFrameHeader(b []byte) (frame, error) {
	start := b[:min(len(b), maxFrameHeader)]
	r := bytes.NewReader(start)
	var header lex.Extra
	if err := lex.ReadCBOR(r, &header); err != nil {
		return frame{}, fmt.Errorf("header: %w", err)
	}
	op, ok := header["op"].(int64)
	if !ok {
		return frame{}, errors.New("header: no integer op")
	}
	t, ok := header["t"].(string)
	if _, there := header["t"]; there && !ok {
		return frame{}, errors.New("header: t is no string")
	}
	return frame{op: op, t: t, payload: b[len(start)-r.Len():]}, nil
}

// parseUsualFrame is for the canonical header of a message with a short name.
func parseUsualFrame(b []byte) (f frame, ok bool) {
	rest, ok := bytes.CutPrefix(b, []byte("\xa2\x61t"))
	if !ok || len(rest) == 0 || rest[0] < 0x60 || rest[0] > 0x77 {
		return f, false
	}
	n := int(rest[0] - 0x60)
	if len(rest) < 1+n {
		return f, false
	}
	payload, ok := bytes.CutPrefix(rest[1+n:], []byte("\x62op\x01"))
	ok = ok && utf8.Valid(rest[1:1+n])
	return frame{op: opMessage, t: string(rest[1 : 1+n]), payload: payload}, ok
}

// errorOf reads the payload of an error frame.
func (f frame) errorOf(stream syntax.NSID) *Error {
	e := &Error{Method: stream, Name: "Unknown"}
	var payload lex.Extra
	if lex.DecodeCBOR(f.payload, &payload) != nil {
		return e
	}
	if name, ok := payload["error"].(string); ok && name != "" {
		e.Name = ErrorName(cut(name))
	}
	if message, ok := payload["message"].(string); ok {
		e.Message = cut(message)
	}
	return e
}

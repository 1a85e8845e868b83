package lex

import (
	"bytes"
	"encoding/base64"
)

// Bytes is a byte string. Its JSON form is {"$bytes": "..."} with base64 of
// RFC 4648 section 4, written without padding and read with or without
// (DM-14). Nil is written as the empty string where a value is required.
type Bytes []byte

// MarshalJSON returns the JSON form.
func (x Bytes) MarshalJSON() ([]byte, error) { return appendBytes(nil, x), nil }

// UnmarshalJSON reads the JSON form into memory of its own.
func (x *Bytes) UnmarshalJSON(b []byte) error { return DecodeJSON(b, x) }

const bytesToken = `{"$bytes":"`

func appendBytes(b, data []byte) []byte {
	b = append(b, bytesToken...)
	b = base64.RawStdEncoding.AppendEncode(b, data)
	return append(b, `"}`...)
}

// parseBase64 decodes text into memory of its own, never nil. Bits beyond the
// last byte may be anything, as in the network's own vectors.
func parseBase64(text []byte) ([]byte, bool) {
	if len(text)%4 == 0 {
		text = bytes.TrimSuffix(text, []byte("="))
		text = bytes.TrimSuffix(text, []byte("="))
	}
	if bytes.ContainsAny(text, "\r\n") { // which the decoder would skip
		return nil, false
	}
	data := make([]byte, base64.RawStdEncoding.DecodedLen(len(text)))
	_, err := base64.RawStdEncoding.Decode(data, text)
	return data, err == nil
}

// bytesCodec is for Bytes and other slices of bytes.
type bytesCodec struct{}

func (bytesCodec) appendJSON(b []byte, p ptr, _ int) ([]byte, *Error) {
	return appendBytes(b, *at[[]byte](p)), nil
}

func (bytesCodec) decodeJSON(d *JSONDecoder, p ptr) *Error {
	text, err := d.wrapped("$bytes")
	if err != nil {
		return err
	}
	return d.parseBytes(text, at[[]byte](p))
}

// parseBytes decodes what $bytes holds.
func (d *JSONDecoder) parseBytes(text []byte, into *[]byte) *Error {
	data, ok := parseBase64(text)
	if !ok {
		return d.failf("$bytes holds no base64 of RFC 4648 section 4")
	}
	*into = data
	return nil
}

func (bytesCodec) appendCBOR(b []byte, p ptr, _ int) ([]byte, *Error) {
	return appendCBORBytes(b, *at[[]byte](p)), nil
}

func (bytesCodec) decodeCBOR(d *CBORDecoder, p ptr) (err *Error) {
	*at[[]byte](p), err = d.bytes()
	return err
}

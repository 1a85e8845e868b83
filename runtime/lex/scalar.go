package lex

import "strconv"

// boolCodec is for bool and named types of it.
type boolCodec struct{}

func (boolCodec) appendJSON(b []byte, p ptr, _ int) ([]byte, *Error) {
	return strconv.AppendBool(b, *at[bool](p)), nil
}

func (boolCodec) decodeJSON(d *JSONDecoder, p ptr) (err *Error) {
	*at[bool](p), err = d.bool()
	return err
}

// intCodec is for int64 and named types of it.
type intCodec struct{}

func (intCodec) appendJSON(b []byte, p ptr, _ int) ([]byte, *Error) {
	return strconv.AppendInt(b, *at[int64](p), 10), nil
}

func (intCodec) decodeJSON(d *JSONDecoder, p ptr) (err *Error) {
	*at[int64](p), err = d.int()
	return err
}

// stringCodec is for string and named types of it.
type stringCodec struct{}

func (stringCodec) appendJSON(b []byte, p ptr, _ int) ([]byte, *Error) {
	return appendString(b, *at[string](p))
}

func (stringCodec) decodeJSON(d *JSONDecoder, p ptr) (err *Error) {
	*at[string](p), err = d.string()
	return err
}

// constCodec stands for $type, which has no variable: the field's token has
// key and value.
type constCodec struct {
	want   string
	quoted string // the same in JSON
}

func (constCodec) appendJSON(b []byte, _ ptr, _ int) ([]byte, *Error) { return b, nil }

func (c constCodec) decodeJSON(d *JSONDecoder, _ ptr) *Error {
	start := d.mark()
	if d.skip(c.quoted) {
		return nil
	}
	text, err := d.text()
	if err != nil {
		return err
	}
	if string(text) != c.want {
		return d.failAt(start, "expected %s, found %s", quote(c.want), quote(string(text)))
	}
	return nil
}

func (boolCodec) appendCBOR(b []byte, p ptr, _ int) ([]byte, *Error) {
	return appendCBORBool(b, *at[bool](p)), nil
}

func (boolCodec) decodeCBOR(d *CBORDecoder, p ptr) (err *Error) {
	*at[bool](p), err = d.bool()
	return err
}

func (intCodec) appendCBOR(b []byte, p ptr, _ int) ([]byte, *Error) {
	return appendInt(b, *at[int64](p)), nil
}

func (intCodec) decodeCBOR(d *CBORDecoder, p ptr) (err *Error) {
	*at[int64](p), err = d.int()
	return err
}

func (stringCodec) appendCBOR(b []byte, p ptr, _ int) ([]byte, *Error) {
	return appendText(b, *at[string](p))
}

func (stringCodec) decodeCBOR(d *CBORDecoder, p ptr) (err *Error) {
	*at[string](p), err = d.text()
	return err
}

func (constCodec) appendCBOR(b []byte, _ ptr, _ int) ([]byte, *Error) { return b, nil }

func (c constCodec) decodeCBOR(d *CBORDecoder, _ ptr) *Error {
	start := d.pos
	text, err := d.text()
	if err != nil {
		return err
	}
	if text != c.want {
		return d.failAt(start, "expected %s, found %s", quote(c.want), quote(text))
	}
	return nil
}

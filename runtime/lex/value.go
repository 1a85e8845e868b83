package lex

import "reflect"

// marshalValue returns *v, a value that a property may have, as JSON.
func marshalValue[T any](v *T) ([]byte, error) {
	c, err := codecOf(reflect.TypeFor[T](), nil)
	if err != nil {
		return nil, asError(err)
	}
	b, err := c.appendJSON(nil, addr(v), 0)
	if err != nil {
		return nil, asError(err)
	}
	return b, nil
}

// unmarshalValue reads b into *v, which is zero, and reports whether b is null
// instead.
func unmarshalValue[T any](b []byte, v *T) (null bool, _ error) {
	c, err := codecOf(reflect.TypeFor[T](), nil)
	if err != nil {
		return false, asError(err)
	}
	err = decodeAll(b, func(d *JSONDecoder) *Error {
		if null = d.peek() == 'n'; null {
			return d.null()
		}
		return c.decodeJSON(d, addr(v))
	})
	return null, asError(err)
}

package lex

import "reflect"

// sliceCodecOf chooses the codec for slices with items of a Go type. Items of
// equal memory layout share a codec.
func sliceCodecOf(t reflect.Type, typ Type) (codec, *Error) {
	item, err := codecOf(t, typ)
	if err != nil {
		return nil, err
	}
	switch item.(type) {
	case boolCodec:
		return &sliceCodec[bool]{item}, nil
	case intCodec:
		return &sliceCodec[int64]{item}, nil
	case stringCodec:
		return &sliceCodec[string]{item}, nil
	case linkCodec:
		return &sliceCodec[Link]{item}, nil
	case *unionCodec, unknownCodec:
		return &sliceCodec[Object]{item}, nil
	case blobCodec, *refCodec:
		return &sliceCodec[ptr]{item}, nil
	default: // slices of slices: only their headers matter here
		return &sliceCodec[[]byte]{item}, nil
	}
}

// sliceCodec is for slices whose items have the memory layout of E.
type sliceCodec[E any] struct{ item codec }

func (c *sliceCodec[E]) appendJSON(b []byte, p ptr, depth int) ([]byte, *Error) {
	if depth >= MaxDepth {
		return b, tooDeep()
	}
	b = append(b, '[')
	for i, items := 0, *at[[]E](p); i < len(items); i++ {
		if i > 0 {
			b = append(b, ',')
		}
		var err *Error
		if b, err = c.item.appendJSON(b, addr(&items[i]), depth+1); err != nil {
			return b, err.item(i)
		}
	}
	return append(b, ']'), nil
}

func (c *sliceCodec[E]) decodeJSON(d *JSONDecoder, p ptr) *Error {
	if err := d.open('['); err != nil {
		return err
	}
	items := []E{}
	for {
		more, err := d.next(']', len(items) == 0)
		if err != nil {
			return err
		}
		if !more {
			*at[[]E](p) = items
			return nil
		}
		var zero E
		items = append(items, zero)
		i := len(items) - 1
		if err := c.item.decodeJSON(d, addr(&items[i])); err != nil {
			return err.item(i)
		}
	}
}

// arrayPlan is what an Array means for the Go type that it describes.
type arrayPlan struct {
	typ   reflect.Type
	codec codec
}

// planFor returns the codec of the named slice type t, which must be the only
// one that a describes. It is built on first use, because a named array may
// contain itself.
func (a *Array) planFor(t reflect.Type) (codec, *Error) {
	p := a.plan.Load()
	if p == nil {
		c, err := sliceCodecOf(t.Elem(), a.Items)
		if err != nil {
			return nil, err
		}
		a.plan.CompareAndSwap(nil, &arrayPlan{t, c})
		p = a.plan.Load()
	}
	if p.typ != t {
		return nil, failf("%v has the LexArray of %v", t, p.typ)
	}
	return p.codec, nil
}

// listCodec is for named slice types.
type listCodec struct {
	typ   reflect.Type
	array *Array
}

func (c *listCodec) appendJSON(b []byte, p ptr, depth int) ([]byte, *Error) {
	items, err := c.array.planFor(c.typ)
	if err != nil {
		return b, err
	}
	return items.appendJSON(b, p, depth)
}

func (c *listCodec) decodeJSON(d *JSONDecoder, p ptr) *Error {
	items, err := c.array.planFor(c.typ)
	if err != nil {
		return err
	}
	return items.decodeJSON(d, p)
}

func (c *sliceCodec[E]) appendCBOR(b []byte, p ptr, depth int) ([]byte, *Error) {
	items := *at[[]E](p)
	b, err := appendContainer(b, cborArray, len(items), depth)
	if err != nil {
		return b, err
	}
	for i := range items {
		if b, err = c.item.appendCBOR(b, addr(&items[i]), depth+1); err != nil {
			return b, err.item(i)
		}
	}
	return b, nil
}

func (c *sliceCodec[E]) decodeCBOR(d *CBORDecoder, p ptr) *Error {
	n, err := d.openArray()
	if err != nil {
		return err
	}
	items := make([]E, n)
	*at[[]E](p) = items
	for i := range items {
		if err := c.item.decodeCBOR(d, addr(&items[i])); err != nil {
			return err.item(i)
		}
	}
	d.close()
	return nil
}

func (c *listCodec) appendCBOR(b []byte, p ptr, depth int) ([]byte, *Error) {
	items, err := c.array.planFor(c.typ)
	if err != nil {
		return b, err
	}
	return items.appendCBOR(b, p, depth)
}

func (c *listCodec) decodeCBOR(d *CBORDecoder, p ptr) *Error {
	items, err := c.array.planFor(c.typ)
	if err != nil {
		return err
	}
	return items.decodeCBOR(d, p)
}

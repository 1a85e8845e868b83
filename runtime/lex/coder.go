package lex

import (
	"reflect"
	"sync"
)

// A coder is a generated struct that has straight-line code besides its table.
//
// That code does the usual and gives up on everything else: on what is an
// error, because it knows no paths, and when writing on Extra members. Then
// the whole value is done again from the tables, which give the right result or
// the right error. So straight-line code is only ever quicker, and what it
// does not know can be mended here.
//
// depth is how many containers enclose the value. named asks for $type, which
// records have anyway; a struct without a name is never asked.
type coder interface {
	Struct
	// LexAppendCBOR and LexAppendJSON append the struct, or report false. The
	// receiver may be nil.
	LexAppendCBOR(to CBOR, b []byte, depth int, named bool) ([]byte, bool)
	LexAppendJSON(to JSON, b []byte, depth int, named bool) ([]byte, bool)
	// LexDecodeCBOR sets all fields of the struct, which may have any content
	// and whose memory it may use again.
	LexDecodeCBOR(d *CBORDecoder, named bool)
	// LexDecodeJSON sets those fields of the struct that are present. It is
	// zero, but may point to what it always points to, which is zero.
	LexDecodeJSON(d *JSONDecoder, named bool)
}

// coderType is the type of the interface.
var coderType = reflect.TypeFor[coder]()

// coderOf returns v if it is a coder, and not nil. A struct that embeds one has
// its methods but is none.
func coderOf(v any) coder {
	c, ok := v.(coder)
	if !ok {
		return nil
	}
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.Pointer || rv.IsNil() {
		return nil
	}
	table := c.LexTable()
	if table == nil {
		return nil
	}
	if p := table.plan.Load(); p != nil && p.typ == reflect.TypeOf(v) {
		return c
	}
	if _, err := table.planFor(rv.Type()); err != nil {
		return nil
	}
	return c
}

// cborDecoders and jsonDecoders save an allocation for each call. A decoder
// goes back empty, but for its scratch, unless that has grown large.
var (
	cborDecoders = sync.Pool{New: func() any { return new(pooledCBOR) }}
	jsonDecoders = sync.Pool{New: func() any { return new(JSONDecoder) }}
)

// maxScratch is how many bytes a decoder that is kept may hold.
const maxScratch = 4096

// pooledCBOR is a decoder with room for what it has to copy.
type pooledCBOR struct {
	d     CBORDecoder
	texts cborTexts
}

// decodeCBORCoder reads src into c by its own code, or reports false. If c is
// to own its memory, nothing in it will share that of src, success or not.
func decodeCBORCoder(src string, c coder, named, own bool) bool {
	p, _ := cborDecoders.Get().(*pooledCBOR)
	d := &p.d
	d.src = src
	if own {
		d.texts = &p.texts
	}
	c.LexDecodeCBOR(d, named)
	done := !d.failed && d.pos == len(src)
	p.texts.copy(src)
	*d = CBORDecoder{}
	cborDecoders.Put(p)
	return done
}

// decodeJSONCoder reads b into c, which is zero, by its own code, or reports
// false.
func decodeJSONCoder(b []byte, c coder, named bool) bool {
	d, _ := jsonDecoders.Get().(*JSONDecoder)
	d.src = b
	c.LexDecodeJSON(d, named)
	d.peek()
	done := !d.failed && d.pos == len(b)
	scratch := d.scratch
	if cap(scratch) > maxScratch {
		scratch = nil
	}
	*d = JSONDecoder{scratch: scratch}
	jsonDecoders.Put(d)
	return done
}

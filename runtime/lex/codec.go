package lex

import "reflect"

// MaxDepth is how many objects and arrays may be open at once in a text that
// is read or written. The outermost counts; links and bytes do not.
const MaxDepth = 128

// A codec writes and reads the values of one Go type. It knows nothing of
// presence.
type codec interface {
	// appendJSON appends the value at p, which depth containers enclose.
	appendJSON(b []byte, p ptr, depth int) ([]byte, *Error)
	// decodeJSON reads the next value into the variable at p, which is zero.
	// After an error its content is unspecified.
	decodeJSON(d *JSONDecoder, p ptr) *Error
	// appendCBOR and decodeCBOR are the same for CBOR.
	appendCBOR(b []byte, p ptr, depth int) ([]byte, *Error)
	decodeCBOR(d *CBORDecoder, p ptr) *Error
}

var (
	linkType   = reflect.TypeFor[Link]()
	blobType   = reflect.TypeFor[*Blob]()
	objectType = reflect.TypeFor[Object]()
	structType = reflect.TypeFor[Struct]()
)

// codecOf chooses the codec for a Go type and what the table adds to it.
func codecOf(t reflect.Type, typ Type) (codec, *Error) {
	switch typ := typ.(type) {
	case *Union:
		if t != objectType {
			return nil, failf("a union needs an Object, not %v", t)
		}
		return &unionCodec{typ}, nil
	case *Array:
		if t.Kind() != reflect.Slice {
			return nil, failf("an array needs a slice, not %v", t)
		}
		return sliceCodecOf(t.Elem(), typ.Items)
	}
	return plainCodecOf(t)
}

// plainCodecOf chooses the codec for a Go type that needs no description.
func plainCodecOf(t reflect.Type) (codec, *Error) {
	switch t {
	case linkType:
		return linkCodec{}, nil
	case blobType:
		return blobCodec{}, nil
	case objectType:
		return unknownCodec{}, nil
	}
	switch t.Kind() {
	case reflect.Bool:
		return boolCodec{}, nil
	case reflect.String:
		return stringCodec{}, nil
	case reflect.Int64:
		return intCodec{}, nil
	case reflect.Pointer:
		return refCodecOf(t)
	case reflect.Slice:
		return plainSliceCodecOf(t)
	}
	return nil, failf("%v is no type of the data model", t)
}

func plainSliceCodecOf(t reflect.Type) (codec, *Error) {
	if t.Elem().Kind() == reflect.Uint8 {
		return bytesCodec{}, nil
	}
	if list, ok := reflect.TypeAssert[List](reflect.Zero(t)); ok {
		return &listCodec{typ: t, array: list.LexArray()}, nil
	}
	return sliceCodecOf(t.Elem(), nil)
}

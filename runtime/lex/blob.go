package lex

import (
	"sync"

	"github.com/lexgen/lexgen/runtime/cid"
)

// A Blob refers to a media file that is stored outside of the record
// (DM-18). Its JSON form is
//
//	{"$type": "blob", "ref": {"$link": "..."}, "mimeType": "...", "size": 1}
//
// The legacy form {"cid": "...", "mimeType": "..."} is read, and written back
// as that (DM-20, DM-21): then LegacyCID is its text, Size is -1, and Ref is
// the same CID if the text is one. New blobs leave LegacyCID empty.
type Blob struct {
	Ref       Link
	MimeType  string
	Size      int64  // in bytes; 0 is an empty file (DM-19)
	LegacyCID string // empty except in the legacy form
	// Extra are further members, which the protocol does not foresee and
	// which are written back.
	Extra Extra
}

// legacySize marks a blob of the legacy form, whose size is not known.
const legacySize = -1

// MarshalJSON returns the JSON form.
func (x Blob) MarshalJSON() ([]byte, error) { return MarshalJSON(&x) }

// UnmarshalJSON reads the JSON form.
func (x *Blob) UnmarshalJSON(b []byte) error { return DecodeJSON(b, x) }

// currentBlob and legacyBlob are the two forms of a Blob.
var (
	currentBlob = sync.OnceValue(func() *layout {
		return newLayout([]field{
			typeField(blobName),
			{key: "ref", codec: linkCodec{}, value: blobRef},
			{key: "mimeType", codec: stringCodec{}, value: blobMimeType},
			{key: "size", codec: intCodec{}, value: blobSize},
		}, blobExtra, true)
	})
	legacyBlob = sync.OnceValue(func() *layout {
		return newLayout([]field{
			{key: "cid", codec: stringCodec{}, value: blobLegacyCID},
			{key: "mimeType", codec: stringCodec{}, value: blobMimeType},
		}, blobExtra, false)
	})
)

// appendBlob appends x in the form that it has.
func appendBlob(b []byte, x *Blob, depth int) ([]byte, *Error) {
	l, err := x.layout()
	if err != nil {
		return b, err
	}
	return l.appendJSON(b, addr(x), depth)
}

// layout returns that of the form that x has.
func (x *Blob) layout() (*layout, *Error) {
	switch {
	case x == nil:
		return nil, required()
	case x.Size >= 0 && x.LegacyCID == "":
		return currentBlob(), nil
	case x.Size == legacySize && x.LegacyCID != "":
		return legacyBlob(), nil
	case x.LegacyCID != "":
		return nil, failf("a blob with LegacyCID has the size %d, not %d", legacySize, x.Size)
	}
	return nil, failf("the size is negative").member("size")
}

// blob reads a blob of either form into x, which is zero.
func (d *JSONDecoder) blob(x *Blob) *Error {
	start := d.mark()
	_, named, err := d.findType()
	if err != nil {
		return err
	}
	if !named && d.hasMember("cid") {
		return d.legacyBlob(x)
	}
	if err := currentBlob().decodeJSON(d, addr(x)); err != nil {
		return err
	}
	if x.Size < 0 {
		return d.failAt(start, "the size is negative").member("size")
	}
	return nil
}

func (d *JSONDecoder) legacyBlob(x *Blob) *Error {
	start := d.mark()
	if err := legacyBlob().decodeJSON(d, addr(x)); err != nil {
		return err
	}
	if x.LegacyCID == "" {
		return d.failAt(start, "the CID is empty").member("cid")
	}
	x.markLegacy()
	return nil
}

// markLegacy completes a blob that was read in the legacy form.
func (x *Blob) markLegacy() {
	x.Size = legacySize
	if c, err := cid.Parse(x.LegacyCID); err == nil {
		x.Ref.CID = c
	}
}

// blobCodec is for *Blob.
type blobCodec struct{}

func (blobCodec) appendJSON(b []byte, p ptr, depth int) ([]byte, *Error) {
	return appendBlob(b, *at[*Blob](p), depth)
}

func (blobCodec) decodeJSON(d *JSONDecoder, p ptr) *Error {
	x := new(Blob)
	*at[*Blob](p) = x
	return d.blob(x)
}

func (blobCodec) appendCBOR(b []byte, p ptr, depth int) ([]byte, *Error) {
	x := *at[*Blob](p)
	l, err := x.layout()
	if err != nil {
		return b, err
	}
	return l.appendCBOR(b, addr(x), depth)
}

func (blobCodec) decodeCBOR(d *CBORDecoder, p ptr) *Error {
	x := new(Blob)
	*at[*Blob](p) = x
	return d.blob(x)
}

// blob reads a blob of either form into x, which is zero. The legacy form has
// no $type, which comes before the other members of the current form.
func (d *CBORDecoder) blob(x *Blob) *Error {
	start := d.pos
	_, named, err := d.findType()
	if err != nil {
		return err
	}
	if !named && d.hasMember("\x63cid") {
		return d.legacyBlob(x)
	}
	if err := currentBlob().decodeCBOR(d, addr(x)); err != nil {
		return err
	}
	if x.Size < 0 {
		return d.failAt(start, "the size is negative").member("size")
	}
	return nil
}

func (d *CBORDecoder) legacyBlob(x *Blob) *Error {
	start := d.pos
	if err := legacyBlob().decodeCBOR(d, addr(x)); err != nil {
		return err
	}
	if x.LegacyCID == "" {
		return d.failAt(start, "the CID is empty").member("cid")
	}
	x.markLegacy()
	return nil
}

// blobValueCodec is for a variable of type Blob.
type blobValueCodec struct{}

func (blobValueCodec) appendJSON(b []byte, p ptr, depth int) ([]byte, *Error) {
	return appendBlob(b, at[Blob](p), depth)
}

func (blobValueCodec) decodeJSON(d *JSONDecoder, p ptr) *Error { return d.blob(at[Blob](p)) }

func (blobValueCodec) appendCBOR(b []byte, p ptr, depth int) ([]byte, *Error) {
	x := at[Blob](p)
	return blobCodec{}.appendCBOR(b, addr(&x), depth)
}

func (blobValueCodec) decodeCBOR(d *CBORDecoder, p ptr) *Error { return d.blob(at[Blob](p)) }

package lex

import "github.com/lexgen/lexgen/runtime/cid"

// Link is a link to a block. Its JSON form is {"$link": "..."} (DM-13). The
// zero Link is undefined and cannot be written.
type Link struct{ cid.CID }

// Equal reports whether l and m are the same link. Two undefined links are
// equal. go-cmp calls it.
func (l Link) Equal(m Link) bool { return l.CID == m.CID }

// MarshalJSON returns the JSON form. An undefined link is an error.
func (l Link) MarshalJSON() ([]byte, error) {
	b, err := appendLink(nil, l)
	return b, asError(err)
}

// UnmarshalJSON reads the JSON form.
func (l *Link) UnmarshalJSON(b []byte) error { return DecodeJSON(b, l) }

const linkToken = `{"$link":"`

func appendLink(b []byte, l Link) ([]byte, *Error) {
	if err := l.check(); err != nil {
		return b, err
	}
	b = append(b, linkToken...)
	b = l.AppendString(b)
	return append(b, `"}`...), nil
}

// known reports whether the data model has links like l (DM-11): to blocks of
// DAG-CBOR and to raw ones. The hash function does not matter.
func (l Link) known() bool { return l.Codec() == cid.DagCBOR || l.Codec() == cid.Raw }

// check says why l is not known.
func (l Link) check() *Error {
	switch {
	case l.known():
		return nil
	case !l.Defined():
		return failf("the link is undefined")
	}
	return failf("the link is to a block of the unknown codec %#02x", l.Codec())
}

// linkCodec is for Link.
type linkCodec struct{}

func (linkCodec) appendJSON(b []byte, p ptr, _ int) ([]byte, *Error) {
	return appendLink(b, *at[Link](p))
}

func (linkCodec) decodeJSON(d *JSONDecoder, p ptr) *Error {
	text, err := d.wrapped("$link")
	if err != nil {
		return err
	}
	return d.parseLink(text, at[Link](p))
}

// parseLink decodes what $link holds.
func (d *JSONDecoder) parseLink(text []byte, into *Link) *Error {
	c, err := cid.Parse(textOf(text))
	if err != nil {
		return d.failf("$link holds no CID: %v", err)
	}
	if fault := (Link{c}).check(); fault != nil {
		return d.failf("%s", fault.Reason)
	}
	into.CID = c
	return nil
}

func (linkCodec) appendCBOR(b []byte, p ptr, _ int) ([]byte, *Error) {
	return appendCBORLink(b, *at[Link](p))
}

func (linkCodec) decodeCBOR(d *CBORDecoder, p ptr) (err *Error) {
	*at[Link](p), err = d.link()
	return err
}

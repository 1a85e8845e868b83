package cborgen

import (
	"fmt"

	gocid "github.com/ipfs/go-cid"

	"github.com/lexgen/lexgen/runtime/cid"
)

// FromCID returns c as this project's CID. The undefined Cid gives the
// undefined CID. It is an error if c has another form than the one of 36 bytes
// that [cid.CID] holds, such as version 0 or a longer hash.
func FromCID(c gocid.Cid) (cid.CID, error) {
	if !c.Defined() {
		return cid.CID{}, nil
	}
	own, err := cid.FromBytes(c.Bytes())
	if err != nil {
		return cid.CID{}, fmt.Errorf("convert CID %s: %w", c, err)
	}
	return own, nil
}

// ToCID returns c as go-cid's Cid. The undefined CID gives the undefined Cid.
func ToCID(c cid.CID) gocid.Cid {
	if !c.Defined() {
		return gocid.Undef
	}
	foreign, err := gocid.Cast(c.Bytes())
	if err != nil {
		return gocid.Undef // no CID is refused: its form is a part of what Cast takes
	}
	return foreign
}

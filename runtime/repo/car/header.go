package car

import (
	"bytes"
	"fmt"

	"github.com/lexgen/lexgen/runtime/cid"
)

// The tokens of a header in canonical DAG-CBOR, in order. Between the first
// two stands the head of the array of roots; each root is a link.
const (
	rootsToken   = "\xa2\x65roots"           // a map of two members, the first key
	linkToken    = "\xd8\x2a\x58\x25\x00"    // tag 42, a byte string of 37 bytes, the zero in front of a CID
	versionToken = "\x67version"             // the second key
	versionOne   = 1                         // its value
	arrayHead    = 0x80                      // major type 4
	linkSize     = len(linkToken) + cid.Size // of a root
)

// parseHeader returns the roots that the header b names.
func parseHeader(b []byte) ([]cid.CID, error) {
	rest, ok := bytes.CutPrefix(b, []byte(rootsToken))
	if !ok {
		return nil, malformedf("the header is no map of roots and version in canonical DAG-CBOR")
	}
	count, rest, ok := parseArrayHead(rest)
	if !ok || count > len(rest)/linkSize {
		return nil, malformedf("the header's roots are no array of links")
	}
	roots := make([]cid.CID, count)
	for i := range roots {
		var err error
		if roots[i], err = parseLink(rest[:linkSize]); err != nil {
			return nil, malformedf("root %d is no link to a block: %v", i, err)
		}
		rest = rest[linkSize:]
	}
	return roots, checkVersion(rest)
}

// parseArrayHead reads the head of an array in its shortest form, of fewer
// than 2^16 items, which is more than a header has room for.
func parseArrayHead(b []byte) (count int, rest []byte, ok bool) {
	switch {
	case len(b) >= 1 && b[0] >= arrayHead && b[0] < arrayHead+24:
		return int(b[0] - arrayHead), b[1:], true
	case len(b) >= 2 && b[0] == arrayHead+24 && b[1] >= 24:
		return int(b[1]), b[2:], true
	}
	return 0, nil, false
}

func parseLink(b []byte) (cid.CID, error) {
	binary, ok := bytes.CutPrefix(b, []byte(linkToken))
	if !ok {
		return cid.CID{}, fmt.Errorf("it is not tag 42 with %d bytes", cid.Size+1)
	}
	return cid.FromBytes(binary)
}

// checkVersion checks what stands behind the roots.
func checkVersion(b []byte) error {
	value, ok := bytes.CutPrefix(b, []byte(versionToken))
	switch {
	case !ok || len(value) == 0:
		return malformedf("the header has no version behind its roots")
	case value[0] != versionOne:
		return malformedf("the file is not of version 1")
	case len(value) > 1:
		return malformedf("the header has %d bytes behind its version", len(value)-1)
	}
	return nil
}

// appendHeader appends a header that names roots, without its length.
func appendHeader(b []byte, roots []cid.CID) []byte {
	b = append(b, rootsToken...)
	b = appendArrayHead(b, len(roots))
	for _, root := range roots {
		b = append(b, linkToken...)
		b = root.AppendBytes(b)
	}
	b = append(b, versionToken...)
	return append(b, versionOne)
}

// appendArrayHead appends the head of an array of fewer than 2^8 items.
func appendArrayHead(b []byte, count int) []byte {
	if count < 24 {
		return append(b, arrayHead+byte(count))
	}
	return append(b, arrayHead+24, byte(count))
}

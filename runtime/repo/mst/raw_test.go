package mst_test

import (
	"fmt"
	"testing"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/mst"
)

// rawEntry is an entry as it is written, right or wrong.
type rawEntry struct {
	prefix      int
	rest        string
	value, tree []byte
}

// rawNode writes a node of any content.
func rawNode(left []byte, entries ...rawEntry) []byte {
	b := append([]byte("\xa2\x61e"), head(0x80, len(entries))...)
	for _, e := range entries {
		b = append(b, "\xa4\x61k"...)
		b = append(append(b, head(0x40, len(e.rest))...), e.rest...)
		b = append(append(b, "\x61p"...), head(0, e.prefix)...)
		b = append(append(b, "\x61t"...), e.tree...)
		b = append(append(b, "\x61v"...), e.value...)
	}
	return append(append(b, "\x61l"...), left...)
}

// head writes a head in its shortest form.
func head(major byte, n int) []byte {
	switch {
	case n < 24:
		return []byte{major | byte(n)}
	case n < 1<<8:
		return []byte{major | 24, byte(n)}
	case n < 1<<16:
		return []byte{major | 25, byte(n >> 8), byte(n)}
	default:
		return []byte{major | 26, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}
	}
}

// link writes a link, or null for the undefined CID.
func link(c cid.CID) []byte {
	if !c.Defined() {
		return null()
	}
	return c.AppendBytes([]byte("\xd8\x2a\x58\x25\x00"))
}

func null() []byte { return []byte{0xf6} }

// plain returns an entry without a subtree that takes no prefix.
func plain(key string) rawEntry {
	return rawEntry{rest: key, value: link(record(0)), tree: null()}
}

// keyOf returns a key of a layer that begins with prefix.
func keyOf(t testing.TB, layer int, prefix string) string {
	t.Helper()
	for i := range 1 << 24 {
		if key := fmt.Sprintf("%s%x", prefix, i); mst.Layer(key) == layer {
			return key
		}
	}
	t.Fatalf("no key of layer %d begins with %s", layer, prefix)
	return ""
}

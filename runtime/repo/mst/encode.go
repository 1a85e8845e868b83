package mst

import "github.com/lexgen/lexgen/runtime/cid"

// A node is {"e": [entries], "l": link or null}, an entry {"k": bytes, "p":
// integer, "t": link or null, "v": link} (RE-12). As the order of the keys is
// fixed, each is one token.
const (
	nodeToken   = "\xa2\x61e"
	leftToken   = "\x61l"
	entryToken  = "\xa4\x61k"
	prefixToken = "\x61p"
	rightToken  = "\x61t"
	valueToken  = "\x61v"
	nullToken   = "\xf6"
	linkToken   = "\xd8\x2a\x58\x25\x00" // tag 42, 37 bytes, the first of them zero
	linkSize    = len(linkToken) + cid.Size
)

// Major types of CBOR, as the high bits of a head.
const (
	majorUint  = 0x00
	majorBytes = 0x40
	majorArray = 0x80
)

// encoder writes one node at a time, part by part in the order of its keys.
// Its memory is used again for the next node.
type encoder struct {
	buf   []byte // the node from headroom on, without its last right link and what follows
	count int    // of entries
	left  cid.CID
	key   string  // of the last entry
	value cid.CID // of the last entry
	right cid.CID // of the last entry
}

// headroom is what buf leaves for the head, whose size depends on the number
// of entries.
const headroom = len(nodeToken) + 2

func (w *encoder) reset() {
	var head [headroom]byte
	*w = encoder{buf: append(w.buf[:0], head[:]...)}
}

// empty reports whether nothing has been written since reset.
func (w *encoder) empty() bool { return w.count == 0 && !w.left.Defined() }

// entry adds an entry, whose key is above the last one.
func (w *encoder) entry(key string, value cid.CID) {
	w.closeEntry()
	prefix := commonPrefix(w.key, key)
	w.buf = append(w.buf, entryToken...)
	w.buf = appendHead(w.buf, majorBytes, len(key)-prefix)
	w.buf = append(w.buf, key[prefix:]...)
	w.buf = append(w.buf, prefixToken...)
	w.buf = appendHead(w.buf, majorUint, prefix)
	w.key, w.value, w.right = key, value, cid.CID{}
	w.count++
}

// subtree sets the link after the last entry. Undefined stands for none.
func (w *encoder) subtree(c cid.CID) {
	if w.count == 0 {
		w.left = c
	} else {
		w.right = c
	}
}

// closeEntry writes the links of the last entry.
func (w *encoder) closeEntry() {
	if w.count == 0 {
		return
	}
	w.buf = append(w.buf, rightToken...)
	w.buf = appendLink(w.buf, w.right)
	w.buf = append(w.buf, valueToken...)
	w.buf = appendLink(w.buf, w.value)
}

// check reports whether the node is too large to be written.
func (w *encoder) check() error {
	if w.count > MaxEntries {
		return limitf("%d entries up to key %q, more than %d (RE-18)", w.count, w.key, MaxEntries)
	}
	return nil
}

// finish returns the node, which is valid until the next call of reset.
func (w *encoder) finish() []byte {
	w.closeEntry()
	w.buf = appendLink(append(w.buf, leftToken...), w.left)
	var scratch [headroom]byte
	head := appendHead(append(scratch[:0], nodeToken...), majorArray, w.count)
	start := headroom - len(head)
	copy(w.buf[start:], head)
	return w.buf[start:]
}

// appendHead appends the head of a value below 65536.
func appendHead(b []byte, major byte, n int) []byte {
	switch {
	case n < 24:
		return append(b, major|byte(n))
	case n < 256:
		return append(b, major|24, byte(n))
	default:
		return append(b, major|25, byte(n>>8), byte(n))
	}
}

// appendLink appends a link, or null for the undefined CID.
func appendLink(b []byte, c cid.CID) []byte {
	if !c.Defined() {
		return append(b, nullToken...)
	}
	return c.AppendBytes(append(b, linkToken...))
}

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

// encoder writes one node at a time, part by part in the order of its keys, in
// memory that is used again for the next node, unless that is to follow.
type encoder struct {
	buf   []byte
	start int // of the node in buf, headroom included
	count int // of entries
	left  cid.CID
	key   string // of the last entry
}

// headroom is what buf leaves for the head, whose size depends on the number
// of entries.
const headroom = len(nodeToken) + 2

// valueSize is what stands behind the right link of an entry.
const valueSize = len(valueToken) + linkSize

// reset begins a node.
func (w *encoder) reset() {
	var head [headroom]byte
	w.buf = append(w.buf[:w.start], head[:]...)
	w.count, w.left, w.key = 0, cid.CID{}, ""
}

// empty reports whether nothing has been written since reset.
func (w *encoder) empty() bool { return w.count == 0 && !w.left.Defined() }

// entry adds an entry without a subtree, whose key is above the last one and
// begins with prefix bytes of that.
func (w *encoder) entry(key string, prefix int, value *cid.CID) {
	b := w.buf
	b = append(b, entryToken...)
	b = appendHead(b, majorBytes, len(key)-prefix)
	b = append(b, key[prefix:]...)
	b = append(b, prefixToken...)
	b = appendHead(b, majorUint, prefix)
	b = append(b, rightToken+nullToken+valueToken+linkToken...)
	w.buf = value.AppendBytes(b)
	w.key = key
	w.count++
}

// subtree sets the link after the last entry. Undefined stands for none, as it
// is without.
func (w *encoder) subtree(c cid.CID) {
	switch {
	case w.count == 0:
		w.left = c
	case c.Defined():
		var value [valueSize]byte // makes room
		at := len(w.buf) - copy(value[:], w.buf[len(w.buf)-valueSize:])
		w.buf = appendLink(w.buf[:at-len(nullToken)], c)
		w.buf = append(w.buf, value[:]...)
	}
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
	w.buf = appendLink(append(w.buf, leftToken...), w.left)
	var scratch [headroom]byte
	head := appendHead(append(scratch[:0], nodeToken...), majorArray, w.count)
	start := w.start + headroom - len(head)
	copy(w.buf[start:], head)
	return w.buf[start:len(w.buf):len(w.buf)]
}

// follow puts the next node behind the last one, which stays valid.
func (w *encoder) follow() { w.start = len(w.buf) }

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

// headSize returns the length of what appendHead appends.
func headSize(n int) int {
	switch {
	case n < 24:
		return 1
	case n < 256:
		return 2
	default:
		return 3
	}
}

// appendLink appends a link, or null for the undefined CID.
func appendLink(b []byte, c cid.CID) []byte {
	if !c.Defined() {
		return append(b, nullToken...)
	}
	return c.AppendBytes(append(b, linkToken...))
}

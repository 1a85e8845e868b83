package mst

import (
	"github.com/lexgen/lexgen/runtime/cid"
)

// decode reads a node that stands at p into n, whose entries are used again.
// The keys have one allocation of their own. On error n is of no use.
func (n *node) decode(data []byte, p place, h *hasher) error {
	if len(data) > MaxNode {
		return limitf("%d bytes, more than %d (RE-18)", len(data), MaxNode)
	}
	d := decoder{data, h}
	count, err := d.open()
	if err != nil {
		return err
	}
	n.layer = p.layer
	n.entries = resize(n.entries, count)
	n.links = n.links[:0]
	if err := d.entries(n); err != nil {
		return err
	}
	left, err := d.closing()
	if err != nil {
		return err
	}
	if n.layer > 0 {
		n.links = resize(n.links, count+1)
		n.links[0] = left
	}
	return n.check(p, left.cid)
}

// resize returns a slice of length n, in the memory of s if that is enough.
func resize[T any](s []T, n int) []T {
	if n > cap(s) {
		return make([]T, n)
	}
	return s[:n]
}

// check checks n, whose left link that is, against its place.
func (n *node) check(p place, left cid.CID) error {
	if len(n.entries) == 0 {
		return n.checkEmpty(p, left.Defined())
	}
	switch first, last := n.entries[0].Key, n.entries[len(n.entries)-1].Key; {
	case first <= p.lo:
		return structuref("key %q is not above %q, which is before the subtree (RE-14)", first, p.lo)
	case p.hi != "" && last >= p.hi:
		return structuref("key %q is not below %q, which is after the subtree (RE-14)", last, p.hi)
	case n.layer == 0 && left.Defined():
		return structuref("a subtree below layer 0 (RE-17)")
	}
	return nil
}

// checkEmpty checks a node without entries: the root of an empty tree, or one
// that only leads down. As it says no layer itself, a chain of such nodes ends
// where the layers end.
func (n *node) checkEmpty(p place, down bool) error {
	switch {
	case p.layer == rootLayer && down:
		return structuref("a root without entries that leads down (RE-15)")
	case p.layer == rootLayer:
		n.layer = 0
	case p.layer == 0 && down:
		return structuref("a subtree below layer 0 (RE-17)")
	case !down:
		return structuref("a subtree without entries (RE-15)")
	}
	return nil
}

// decoder reads the parts of a node.
type decoder struct {
	rest   []byte
	hasher *hasher
}

// open reads up to the first entry and returns the number of entries, which
// the data has room for.
func (d *decoder) open() (int, error) {
	if err := d.token(nodeToken, `{"e":`); err != nil {
		return 0, err
	}
	count, err := d.head(majorArray, "an array")
	switch {
	case err != nil:
		return 0, err
	case count > MaxEntries:
		return 0, limitf("%d entries, more than %d (RE-18)", count, MaxEntries)
	case count > len(d.rest)/leastEntry:
		return 0, malformedf("it ends before its %d entries do (RE-12)", count)
	}
	return count, nil
}

// closing reads what follows the entries.
func (d *decoder) closing() (left link, err error) {
	err = d.subtree(&left, leftToken, `"l":`)
	if err == nil && len(d.rest) > 0 {
		err = malformedf("%d bytes after its end (RE-12)", len(d.rest))
	}
	return left, err
}

// entries reads the entries of n. The first key says the layer of a root.
func (d *decoder) entries(n *node) error {
	var (
		scratch [1024]byte
		ends    [MaxEntries]uint32
	)
	keys, start := scratch[:0], 0 // start of the last key
	for i := range n.entries {
		next, err := d.key(keys, keys[start:], i)
		if err != nil {
			return err
		}
		start, keys, ends[i] = len(keys), next, uint32(len(next))
		layer := d.hasher.layer(keys[start:])
		if n.layer == rootLayer {
			n.layer = layer
		}
		if i == 0 && layer > 0 {
			n.links = resize(n.links, len(n.entries)+1)
		}
		if layer != n.layer {
			return structuref("key %q has layer %d in a node of layer %d (RE-14)", string(keys[start:]), layer, n.layer)
		}
		if err := d.links(n, i); err != nil {
			return err
		}
	}
	text, from := string(keys), uint32(0)
	for i := range n.entries {
		n.entries[i].Key = text[from:ends[i]]
		from = ends[i]
	}
	return nil
}

// key reads the key of entry i and appends it to keys. Of the key before, last,
// it takes a prefix, which must be as long as can be (RE-13); that makes the
// order of the two a question of one byte.
func (d *decoder) key(keys, last []byte, i int) ([]byte, error) {
	if err := d.token(entryToken, `{"k":`); err != nil {
		return nil, err
	}
	size, err := d.head(majorBytes, "a byte string")
	if err != nil {
		return nil, err
	}
	if size > len(d.rest) {
		return nil, malformedf("it ends within a key (RE-12)")
	}
	rest := d.rest[:size]
	d.rest = d.rest[size:]
	if err := d.token(prefixToken, `"p":`); err != nil {
		return nil, err
	}
	prefix, err := d.head(majorUint, "an integer")
	switch {
	case err != nil:
		return nil, err
	case prefix > len(last):
		return nil, malformedf("entry %d takes %d bytes of a key of %d (RE-13)", i, prefix, len(last))
	case prefix+size > MaxKey:
		return nil, limitf("entry %d has a key of %d bytes, more than %d (RE-18)", i, prefix+size, MaxKey)
	case prefix+size == 0:
		return nil, structuref("entry %d has an empty key (RE-14)", i)
	case size > 0 && prefix < len(last) && rest[0] == last[prefix]:
		return nil, malformedf("entry %d takes %d bytes of the key before, which shares more (RE-13)", i, prefix)
	case i > 0 && (size == 0 || prefix < len(last) && rest[0] < last[prefix]):
		return nil, structuref("entry %d has a key that is not above the one before, %q (RE-14)", i, string(last))
	}
	return append(append(keys, last[:prefix]...), rest...), nil
}

// links reads the value and the subtree of entry i.
func (d *decoder) links(n *node, i int) error {
	right := new(link) // which must stay empty in layer 0
	if n.layer > 0 {
		right = &n.links[i+1]
	}
	if err := d.subtree(right, rightToken, `"t":`); err != nil {
		return err
	}
	if n.layer == 0 && right.cid.Defined() {
		return structuref("a subtree below layer 0 (RE-17)")
	}
	if err := d.token(valueToken, `"v":`); err != nil {
		return err
	}
	value := &n.entries[i].Value
	if err := d.link(value); err != nil {
		return err
	}
	if !value.Blessed() {
		return structuref("a value with the CID %v, which the protocol does not write (RE-19)", *value)
	}
	return nil
}

// subtree reads a token, and a link to a node or null, into l.
func (d *decoder) subtree(l *link, token, text string) error {
	*l = link{}
	if err := d.token(token, text); err != nil {
		return err
	}
	if len(d.rest) > 0 && d.rest[0] == nullToken[0] {
		d.rest = d.rest[1:]
		return nil
	}
	if err := d.link(&l.cid); err != nil {
		return err
	}
	if !l.cid.Blessed() || l.cid.Codec() != cid.DagCBOR {
		return structuref("a subtree with the CID %v, which no node has (RE-19)", l.cid)
	}
	return nil
}

// link reads a link into c, which saves copies.
func (d *decoder) link(c *cid.CID) error {
	if err := d.token(linkToken, "a link"); err != nil {
		if len(d.rest) >= 2 && string(d.rest[:2]) == linkToken[:2] {
			err = structuref("a link to a CID that has not %d bytes (RE-19)", cid.Size)
		}
		return err
	}
	if len(d.rest) < cid.Size {
		return malformedf("it ends within a link (RE-12)")
	}
	var err error
	if *c, err = cid.FromBytes(d.rest[:cid.Size]); err != nil {
		return structuref("a link: %v (RE-19)", err)
	}
	d.rest = d.rest[cid.Size:]
	return nil
}

// token reads what has only one encoding. Text says what it is.
func (d *decoder) token(token, text string) error {
	if len(d.rest) < len(token) || string(d.rest[:len(token)]) != token {
		return malformedf("%s is not there, %d bytes before its end (RE-12)", text, len(d.rest))
	}
	d.rest = d.rest[len(token):]
	return nil
}

// head reads a head of a major type, whose value is below 65536: no limit is
// higher.
func (d *decoder) head(major byte, what string) (int, error) {
	if len(d.rest) == 0 || d.rest[0]&^0x1f != major {
		return 0, malformedf("%s is not there, %d bytes before its end (RE-12)", what, len(d.rest))
	}
	n, size, least := int(d.rest[0]&0x1f), 1, 0
	switch {
	case n == 24 && len(d.rest) > 1:
		n, size, least = int(d.rest[1]), 2, 24
	case n == 25 && len(d.rest) > 2:
		n, size, least = int(d.rest[1])<<8|int(d.rest[2]), 3, 256
	case n == 26 || n == 27:
		return 0, limitf("%s has a length beyond every limit (RE-18)", what)
	case n >= 24:
		return 0, malformedf("%s has a length of no form (RE-12)", what)
	}
	if n < least {
		return 0, malformedf("%s has a length that is not in its shortest form (RE-12)", what)
	}
	d.rest = d.rest[size:]
	return n, nil
}

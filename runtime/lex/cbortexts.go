package lex

import "strings"

// maxTexts is how many strings wait to be copied together.
const maxTexts = 64

// cborTexts are strings of a value that shall own its memory. They wait until
// it is known how much memory they need, so that they get just that, at once,
// and none is spent on the keys, links and numbers between them. What one string
// can keep alive is limited as in an arena.
type cborTexts struct {
	list [maxTexts]cborPlaced
	n    int // of the list
	size int // bytes of these
}

// cborPlaced is a part of the input, and where its copy shall go.
type cborPlaced struct {
	place      *string
	start, end int
}

// add makes sure that *x will be a copy of src[start:end].
func (t *cborTexts) add(x *string, src string, start, end int) {
	size := end - start
	if size >= ownSize {
		*x = strings.Clone(src[start:end])
		return
	}
	if t.n == maxTexts || t.size+size > maxChunk {
		t.copy(src)
	}
	t.list[t.n] = cborPlaced{x, start, end}
	t.n++
	t.size += size
}

// copy copies what waits to its places.
func (t *cborTexts) copy(src string) {
	var chunk strings.Builder
	chunk.Grow(t.size)
	for i := range t.list[:t.n] {
		p := &t.list[i]
		at := chunk.Len()
		chunk.WriteString(src[p.start:p.end])
		*p.place = chunk.String()[at:]
		p.place = nil
	}
	t.n, t.size = 0, 0
}

// put sets *x to src[start:end], or to a copy of it in the end.
func (d *CBORDecoder) put(x *string, start, end int) {
	if d.texts == nil {
		*x = d.src[start:end]
		return
	}
	d.texts.add(x, d.src, start, end)
}

// detach makes src a copy, which values may share. It is called before tables
// read, which do not know of places.
func (d *CBORDecoder) detach() {
	if d.texts != nil {
		d.src, d.texts = strings.Clone(d.src), nil
	}
}

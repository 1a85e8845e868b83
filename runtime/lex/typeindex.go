package lex

// indexTypes maps the offset of each object in data to that of its $type's
// value, for the first $type of each that has one. It ends early where the
// nesting exceeds what decoding accepts.
func indexTypes(data []byte) map[int]int {
	x := typeIndexer{d: JSONDecoder{src: data}, index: map[int]int{}}
	for x.d.peek() != 0 && len(x.open) <= MaxDepth {
		x.token()
	}
	return x.index
}

type typeIndexer struct {
	d     JSONDecoder
	open  []int // offsets of the containers around
	index map[int]int
}

// token reads one token, loosely.
func (x *typeIndexer) token() {
	switch x.d.src[x.d.pos] {
	case '{', '[':
		x.open = append(x.open, x.d.pos)
	case '}', ']':
		x.open = x.open[:max(len(x.open)-1, 0)]
	case '"':
		x.text()
		return
	}
	x.d.pos++
}

// text reads a string, which is a key if a colon comes next.
func (x *typeIndexer) text() {
	start := x.d.pos
	text, err := x.d.text()
	if err != nil {
		x.d.pos = start
		x.d.skipString()
		return
	}
	if string(text) != typeKey || x.d.peek() != ':' || len(x.open) == 0 {
		return
	}
	x.d.pos++
	object := x.open[len(x.open)-1]
	if _, twice := x.index[object]; !twice {
		x.index[object] = x.d.pos
	}
}

package lex

// Strings are copied into chunks that they share, so that a text with many
// strings costs few allocations. The chunk's size is also what a short string
// can keep alive at most.
const (
	chunkSize = 2048
	ownSize   = 512 // from this length on a string has memory of its own
)

// arena copies text that is kept.
type arena struct {
	free  []byte // the unused end of the chunk
	limit int    // how much text can still come
}

// newArena returns an arena for at most limit bytes.
func newArena(limit int) arena { return arena{limit: limit} }

// copy returns b as a string with memory of its own or the arena's.
func (a *arena) copy(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if len(b) >= ownSize {
		a.limit -= len(b)
		return string(b)
	}
	if len(b) > len(a.free) {
		a.free = make([]byte, max(len(b), min(chunkSize, a.limit)))
	}
	a.limit -= len(b)
	n := copy(a.free, b)
	s := textOf(a.free[:n:n])
	a.free = a.free[n:]
	return s
}

package lex

import "strings"

// Strings are copied into chunks that they share, so that a text with many
// strings costs few allocations. The chunk's size is also what a short string
// can keep alive at most.
const (
	minChunk = 128
	maxChunk = 2048
	ownSize  = 512 // from this length on a string has memory of its own
)

// arena copies text that is kept. The zero arena is ready to use; it must not
// be copied.
type arena struct{ chunk strings.Builder }

// copy returns b as a string with memory of its own or the arena's. rest is how
// much input is still to come.
func (a *arena) copy(b []byte, rest int) string {
	if len(b) == 0 {
		return ""
	}
	if len(b) >= ownSize {
		return string(b)
	}
	if a.chunk.Cap()-a.chunk.Len() < len(b) {
		// About half of a JSON text is keys and punctuation. What was too
		// little is made up for by a smaller chunk.
		a.chunk.Reset()
		a.chunk.Grow(max(len(b), min(max((len(b)+rest)/2, minChunk), maxChunk)))
	}
	start := a.chunk.Len()
	a.chunk.Write(b)
	return a.chunk.String()[start:]
}

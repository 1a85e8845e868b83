package diag

// Span is a range of bytes of a file. The zero Span, and every other without a
// file, means that there is no place.
type Span struct {
	File       *File
	Start, End int // byte offsets; End is behind the last byte
}

// Span returns s, so that a span is its own Spanner.
func (s Span) Span() Span { return s }

// IsZero reports whether there is no place.
func (s Span) IsZero() bool { return s.File == nil }

// Path returns the path of the file, empty if there is no place.
func (s Span) Path() string {
	if s.File == nil {
		return ""
	}
	return s.File.Path()
}

// Range returns the positions of the first byte and of the one behind the last,
// or zeros if there is no place. A span that reaches beyond its file, or
// backwards, is moved inside.
func (s Span) Range() (start, end Position) {
	if s.File == nil {
		return Position{}, Position{}
	}
	return s.File.Position(s.Start), s.File.Position(max(s.Start, s.End))
}

// Spanner is whatever has a place in an input.
type Spanner interface{ Span() Span }

// spanOf returns the place of a spanner, none for nil.
func spanOf(at Spanner) Span {
	if at == nil {
		return Span{}
	}
	return at.Span()
}

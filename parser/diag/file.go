package diag

import (
	"bytes"
	"sort"
	"sync"
	"unicode/utf8"
)

// byteOrderMark is U+FEFF in UTF-8. At the start of a file it takes part in
// offsets, but neither in columns nor in lines.
const byteOrderMark = "\ufeff"

// checkpointGap is the distance in bytes between two offsets whose count of
// code points is remembered, so that the cost of a position is bounded even in
// a file that is one huge line.
const checkpointGap = 4 << 10

// File is an input with a path. It does not change, and is safe for concurrent
// use.
type File struct {
	path string
	src  []byte

	index func() *lineIndex
}

// NewFile returns a file. The path is what diagnostics print, with slashes.
// The file keeps src, which must not change any more; it may hold any bytes.
func NewFile(path string, src []byte) *File {
	f := &File{path: path, src: src}
	f.index = sync.OnceValue(func() *lineIndex { return newLineIndex(src) })
	return f
}

// Path returns the path as it is printed.
func (f *File) Path() string { return f.path }

// Source returns the bytes of the file, byte-order mark included. The caller
// must not change them.
func (f *File) Source() []byte { return f.src }

// Position is a place as people count it.
type Position struct {
	Line   int // from 1
	Column int // from 1, in Unicode code points; a byte that is not UTF-8 counts as one
}

// Position returns the place of a byte offset. An offset outside of the file is
// moved to its nearer end, one inside of a code point to the code point's
// start, one inside of a line's end to the column behind the line's text.
func (f *File) Position(offset int) Position {
	index := f.index()
	offset = min(max(offset, index.start), len(f.src))
	line := index.line(offset)
	start, end := f.lineRange(line)
	before := index.runesBefore(f.src, min(offset, end)) - index.runesBefore(f.src, start)
	return Position{Line: line, Column: before + 1}
}

// Lines returns the number of lines, at least 1. A newline at the end of the
// file begins one more, empty line.
func (f *File) Lines() int { return len(f.index().lines) }

// Line returns the text of line n, from 1, without its line feed or carriage
// return and line feed, and without a byte-order mark. It is empty where there
// is no such line.
func (f *File) Line(n int) string {
	if n < 1 || n > f.Lines() {
		return ""
	}
	start, end := f.lineRange(n)
	return string(f.src[start:end])
}

// lineRange returns the bytes of line n, which exists, without its end.
func (f *File) lineRange(n int) (start, end int) {
	lines := f.index().lines
	start = lines[n-1]
	if n == len(lines) {
		return start, len(f.src)
	}
	end = lines[n] - 1
	if end > start && f.src[end-1] == '\r' {
		end--
	}
	return start, end
}

// lineIndex is what makes positions cheap.
type lineIndex struct {
	start  int          // of the text, behind a byte-order mark
	lines  []int        // offsets of the lines' first bytes, ascending
	points []checkpoint // ascending, the first at offset 0
}

// checkpoint says that so many code points begin before an offset, at which one
// begins, too.
type checkpoint struct{ offset, runes int }

func newLineIndex(src []byte) *lineIndex {
	x := &lineIndex{points: []checkpoint{{}}}
	if bytes.HasPrefix(src, []byte(byteOrderMark)) {
		x.start = len(byteOrderMark)
	}
	x.lines = []int{x.start}
	for i, c := range src {
		if c == '\n' {
			x.lines = append(x.lines, i+1)
		}
	}
	x.count(src)
	return x
}

// count fills the checkpoints.
func (x *lineIndex) count(src []byte) {
	runes := 0
	for i := 0; i < len(src); runes++ {
		if i-x.points[len(x.points)-1].offset >= checkpointGap {
			x.points = append(x.points, checkpoint{offset: i, runes: runes})
		}
		_, size := utf8.DecodeRune(src[i:])
		i += size
	}
}

// line returns the number of the line that holds the offset.
func (x *lineIndex) line(offset int) int {
	return sort.SearchInts(x.lines, offset+1)
}

// runesBefore returns how many code points end at or before the offset.
func (x *lineIndex) runesBefore(src []byte, offset int) int {
	next := sort.Search(len(x.points), func(i int) bool { return x.points[i].offset > offset })
	point := x.points[next-1]
	runes := point.runes
	for i := point.offset; i < offset; runes++ {
		_, size := utf8.DecodeRune(src[i:])
		if i+size > offset {
			break
		}
		i += size
	}
	return runes
}

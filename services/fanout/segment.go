package fanout

import (
	"cmp"
	"hash/maphash"
	"slices"

	"github.com/gobwas/ws"

	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// segmentSize is what a segment has, in bytes, unless it is one frame that is larger.
const segmentSize = 128 << 10

// A segment is a part of the log as subscribers get it: all events behind one seq up to
// another, as frames of a WebSocket that are not masked. Bytes that are there do not
// change; while it is the last one, more may follow them.
type segment struct {
	after, upTo int64
	bytes       []byte
	ends        []frameEnd

	size   int   // in memory, in bytes
	pins   int   // of those who are sending it
	told   int   // of these, who were told to end
	ending bool  // all of them were
	used   int64 // when it was sent last, as a count
	gone   bool  // is not found any more
}

// frameEnd is where the frame of an event ends, and whose it is.
type frameEnd struct {
	seq     int64
	end     uint32 // a frame has 5 MB at most (SN-38)
	account account
}

// An account is a number that stands for one. Two may have the same one, which nobody can
// bring about.
type account uint32

var seed = maphash.MakeSeed()

func accountOf(did syntax.DID) account { return account(maphash.String(seed, string(did))) }

// has reports whether a segment may have events of an account before a seq.
func (s *segment) has(of account, before int64) bool {
	return slices.ContainsFunc(s.ends, func(e frameEnd) bool { return e.account == of && e.seq < before })
}

// newSegment returns a segment with the first of some entries behind a seq, one at least,
// and the number of these. One that grows has room for more.
func newSegment(after int64, entries []sync.Entry, grows bool) (*segment, int) {
	size, count := 0, 0
	for count < len(entries) {
		next := size + ws.MaxHeaderSize + len(entries[count].Frame)
		if next > segmentSize && count > 0 {
			break
		}
		size, count = next, count+1
	}
	if grows && count == len(entries) {
		size = max(size, segmentSize)
	}
	s := &segment{after: after, upTo: after, bytes: make([]byte, 0, size), ends: make([]frameEnd, 0, count)}
	s.size = size + size/4 // with where frames end: 16 bytes for each, which has 64 or more
	s.add(entries[:count])
	return s, count
}

// add appends as many of the entries as there is room for, and returns their number.
func (s *segment) add(entries []sync.Entry) int {
	for i := range entries {
		e := &entries[i]
		if len(s.bytes)+ws.MaxHeaderSize+len(e.Frame) > cap(s.bytes) {
			return i
		}
		s.bytes = appendFrame(s.bytes, ws.OpBinary, e.Frame)
		s.ends = append(s.ends, frameEnd{e.Seq, uint32(len(s.bytes)), accountOf(e.DID)})
		s.upTo = e.Seq
	}
	return len(entries)
}

// behind returns the frames of the events behind a seq, and their number.
func (s *segment) behind(after int64) ([]byte, int) {
	i, _ := slices.BinarySearchFunc(s.ends, after+1, func(e frameEnd, seq int64) int { return cmp.Compare(e.seq, seq) })
	from := uint32(0)
	if i > 0 {
		from = s.ends[i-1].end
	}
	return s.bytes[from:len(s.bytes):len(s.bytes)], len(s.ends) - i
}

// appendFrame appends a frame of a WebSocket that is not masked.
func appendFrame(b []byte, op ws.OpCode, payload []byte) []byte {
	const (
		final   = 0x80
		short   = 125
		length2 = 126
		length8 = 127
	)
	b = append(b, final|byte(op))
	switch n := len(payload); {
	case n <= short:
		b = append(b, byte(n))
	case n < 1<<16:
		b = append(b, length2, byte(n>>8), byte(n))
	default:
		b = append(b, length8, byte(n>>56), byte(n>>48), byte(n>>40), byte(n>>32), byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	return append(b, payload...)
}

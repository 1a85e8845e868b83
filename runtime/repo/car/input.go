package car

import (
	"bufio"
	"bytes"
	"io"
)

// An input hands out the bytes of a file in order. It returns io.EOF where
// there is no byte left, and io.ErrUnexpectedEOF where there are fewer than
// asked for.
type input interface {
	io.ByteReader
	// take returns the next n bytes, which the caller may keep.
	take(n int) ([]byte, error)
}

// memory is an input whose bytes are all there.
type memory struct{ rest []byte }

// ReadByte implements io.ByteReader.
func (m *memory) ReadByte() (byte, error) {
	if len(m.rest) == 0 {
		return 0, io.EOF
	}
	b := m.rest[0]
	m.rest = m.rest[1:]
	return b, nil
}

func (m *memory) take(n int) ([]byte, error) {
	if len(m.rest) < n {
		m.rest = nil
		return nil, io.ErrUnexpectedEOF
	}
	b := m.rest[:n:n]
	m.rest = m.rest[n:]
	return b, nil
}

// streamBuffer is how much of a stream is read ahead. Most blocks are far
// smaller.
const streamBuffer = 32 << 10

// stream is an input that arrives.
type stream struct {
	*bufio.Reader

	// scratch is where large blocks arrive. It is kept from one to the next.
	scratch *[]byte
}

func newStream(r io.Reader) stream {
	return stream{bufio.NewReaderSize(r, streamBuffer), new([]byte)}
}

// take allocates when the bytes are there. Those that do not fit into the buffer
// are collected in the scratch, which grows by doubling, so that never more than a
// small multiple of what has come is allocated.
func (s stream) take(n int) ([]byte, error) {
	if n <= s.Size() {
		b, err := s.Peek(n)
		if err != nil {
			return nil, truncated(err)
		}
		b = bytes.Clone(b)
		_, err = s.Discard(n)
		return b, err //nolint:wrapcheck // cannot happen: the bytes are there
	}
	if _, err := s.Peek(s.Size()); err != nil {
		return nil, truncated(err)
	}
	b := *s.scratch
	for have := 0; have < n; {
		if have == cap(b) {
			b = append(make([]byte, 0, min(n, max(2*have, s.Size()))), b[:have]...)
			*s.scratch = b
		}
		next := min(n, cap(b))
		if _, err := io.ReadFull(s, b[have:next]); err != nil {
			return nil, truncated(err)
		}
		have = next
	}
	return bytes.Clone(b[:n]), nil
}

// skipper is a stream over a file, in which what nobody wants to see need not
// be read.
type skipper struct {
	stream

	file *io.SectionReader
}

func newSkipper(r io.ReaderAt, size int64) *skipper {
	file := io.NewSectionReader(r, 0, size)
	return &skipper{newStream(file), file}
}

// skip goes on by n bytes.
func (s *skipper) skip(n int) error {
	if n <= s.Buffered() {
		_, err := s.Discard(n)
		return err //nolint:wrapcheck // cannot happen: the bytes are there
	}
	_, err := s.file.Seek(int64(n-s.Buffered()), io.SeekCurrent)
	s.Reset(s.file)
	return err
}

// ended reports whether err says that the input has ended. An error that only
// wraps io.EOF says something else.
func ended(err error) bool {
	return err == io.EOF //nolint:errorlint // readers return io.EOF itself
}

// truncated turns the end of the input into an error.
func truncated(err error) error {
	if ended(err) {
		return io.ErrUnexpectedEOF
	}
	return err
}

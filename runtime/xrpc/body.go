package xrpc

import (
	"io"
	"strings"
)

// None stands where a method has no parameters, input or output.
type None struct{}

// A Body is an input or output that is not JSON: a stream of bytes.
//
// A client that sends one reads it once, to the end or until the call fails; a
// retry needs a Reader that is an [io.Seeker]. When the service answers before it has
// all of it, the last read may still be under way when the call returns. One that receives one must close
// it. A handler that receives one need not, and what a handler returns is closed
// for it.
type Body struct {
	// Reader has the bytes. Where it is an io.Closer, it is closed by whoever reads
	// it: by a client when the call ends, unless it is an io.Seeker, too.
	Reader io.Reader
	// Type is the media type, such as image/png. It must be there where the schema
	// allows more than one.
	Type string
	// Length is the number of bytes, or 0 if it is not known; the length of an
	// empty body is not known.
	Length int64
}

// Read reads from the Reader; a Body without one is empty.
func (b *Body) Read(p []byte) (int, error) {
	if b.Reader == nil {
		return 0, io.EOF
	}
	return b.Reader.Read(p)
}

// Close closes the Reader if that can be closed.
func (b *Body) Close() error {
	if c, ok := b.Reader.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// mediaType returns a media type without parameters, in lower case.
func mediaType(s string) string {
	s, _, _ = strings.Cut(s, ";")
	return strings.ToLower(strings.Trim(s, " \t"))
}

// matches reports whether a media type is one that the pattern, of a schema,
// allows: the same, type/* or */*.
func matches(pattern, media string) bool {
	pattern, media = mediaType(pattern), mediaType(media)
	if group, ok := strings.CutSuffix(pattern, "/*"); ok {
		kind, _, slash := strings.Cut(media, "/")
		return slash && (group == "*" || group == kind)
	}
	return pattern == media
}

// isJSON reports whether bodies of a media type in a schema are JSON objects.
func isJSON(media string) bool { return mediaType(media) == "application/json" }

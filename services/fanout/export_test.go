package fanout

import (
	"bufio"
	"io"
)

// ReadFrames reads what a client sends, and returns its pings and why it ends.
func ReadFrames(r io.Reader) (pings []string, err error) {
	const size = 512
	err = readFrames(bufio.NewReaderSize(r, size), func(payload []byte) { pings = append(pings, string(payload)) })
	return pings, err
}

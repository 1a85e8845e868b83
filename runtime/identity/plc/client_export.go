package plc

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strconv"
)

// ExportPage is how many operations a directory exports at once, at most
// (ID-37).
const ExportPage = 1000

// MaxLine bounds a line of an export, and a message of the stream, in bytes. It
// is more than an operation may have, so that the number of one that is too long
// can be read.
const MaxLine = 1 << 20

// A Sequenced is an entry with its number in the sequence of all that a
// directory has taken. It does not say whether the operation was undone.
type Sequenced struct {
	Entry

	Seq int64
}

// sequencedJSON is the form of a Sequenced (ID-37).
type sequencedJSON struct {
	Type      string          `json:"type"`
	Operation json.RawMessage `json:"operation"`
	DID       string          `json:"did"`
	CID       string          `json:"cid"`
	CreatedAt string          `json:"createdAt"`
	Seq       int64           `json:"seq"`
}

const typeSequenced = "sequenced_op"

// maxSeq is the greatest number that JavaScript keeps, too.
const maxSeq = 1<<53 - 1

// MarshalJSON returns s as directories export it (ID-37).
func (s Sequenced) MarshalJSON() ([]byte, error) {
	op, err := marshal(s.Operation)
	if err != nil {
		return nil, err
	}
	return marshalJSON(sequencedJSON{
		Type: typeSequenced, Operation: op, DID: string(s.DID), CID: s.CID.String(),
		CreatedAt: s.CreatedAt.UTC().Format(TimeFormat), Seq: s.Seq,
	})
}

// ParseSequenced reads a line of an export, or a message of a stream (ID-37,
// ID-38). With an error, Seq is nevertheless set if the line has it.
func ParseSequenced(line []byte) (Sequenced, error) {
	var head struct {
		Type string `json:"type"`
		Seq  int64  `json:"seq"`
	}
	if err := json.Unmarshal(line, &head); err != nil {
		return Sequenced{}, failf(ErrMalformed, "a line that cannot be read: %v (ID-37)", err)
	}
	if head.Seq <= 0 || head.Seq > maxSeq {
		return Sequenced{}, failf(ErrMalformed, "a line with number %d (ID-37)", head.Seq)
	}
	if head.Type != typeSequenced {
		return Sequenced{Seq: head.Seq}, failf(ErrMalformed, "a line of type %.100q (ID-37)", head.Type)
	}
	e, err := ParseEntry(line)
	return Sequenced{Entry: e, Seq: head.Seq}, err
}

// A Line is one line of an export.
type Line struct {
	Sequenced

	// Text is the line itself. It is valid until the next one is asked for.
	Text []byte
}

// Export returns all that a directory has taken after a number, in the order of
// its sequence, until there is no more. An error of type [*Error] is about one
// line, of which Text is set, and Seq if it can be read, and the iteration goes
// on; any other error is the last pair.
func (c *Client) Export(ctx context.Context, after int64) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		for {
			last, ok, err := c.exportPage(ctx, after, yield)
			if err != nil {
				yield(Line{}, fmt.Errorf("export of %s after %d: %w", c.url(), after, err))
			}
			if err != nil || !ok || last == after {
				return
			}
			after = last
		}
	}
}

// exportPage yields a page, and returns the number of its last line, or after if
// it is empty. It returns false if the caller has enough.
func (c *Client) exportPage(ctx context.Context, after int64, yield func(Line, error) bool) (int64, bool, error) {
	body, err := c.do(ctx, http.MethodGet, "/export?count="+strconv.Itoa(ExportPage)+"&after="+strconv.FormatInt(after, 10), nil)
	if err != nil {
		return after, false, err
	}
	defer body.Close() //nolint:errcheck // only read
	lines := bufio.NewReaderSize(body, MaxLine)
	for range ExportPage {
		text, err := readLine(lines)
		if err == nil && len(text) == 0 {
			return after, true, nil
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return after, false, fmt.Errorf("read a page: %w", err)
		}
		line := Line{Text: text}
		if err != nil {
			err = failf(ErrLimit, "a line of more than %d bytes (ID-37)", MaxLine)
		} else if line.Sequenced, err = ParseSequenced(text); err == nil && line.Seq <= after {
			err = failf(ErrOrder, "number %d comes after %d (ID-37)", line.Seq, after)
		}
		after = max(after, line.Seq)
		if !yield(line, err) {
			return after, false, nil
		}
	}
	return after, true, nil
}

// readLine returns a line without its end, and nothing after the last one. Of a
// line that is longer than the buffer it returns the beginning and
// bufio.ErrBufferFull.
func readLine(r *bufio.Reader) ([]byte, error) {
	text, err := r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		const shown = 1024
		beginning := bytes.Clone(text[:shown])
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = r.ReadSlice('\n')
		}
		if err == nil || errors.Is(err, io.EOF) {
			err = bufio.ErrBufferFull
		}
		return beginning, err
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return bytes.TrimSpace(text), err
}

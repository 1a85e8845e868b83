// Package backupfile writes and reads the files of backups: text, one JSON value a line,
// of which the last one has a hash of all before it. A file that was cut or changed is
// found out.
package backupfile

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
)

// ErrDamaged says that a file is no backup, or is not as it was written.
var ErrDamaged = errors.New("not a whole backup")

// CheckVersion refuses a file of another version than the one that is known.
func CheckVersion(is, known int) error {
	if is != known {
		return fmt.Errorf("the backup is of version %d, and this program knows version %d", is, known)
	}
	return nil
}

// A Writer writes a file. It is for one goroutine.
type Writer struct {
	out   *bufio.Writer
	hash  hash.Hash
	lines *json.Encoder
}

// NewWriter returns a writer of a file.
func NewWriter(w io.Writer) *Writer {
	out, sum := bufio.NewWriterSize(w, 64<<10), sha256.New()
	return &Writer{out: out, hash: sum, lines: json.NewEncoder(io.MultiWriter(out, sum))}
}

// Line writes a value.
func (w *Writer) Line(value any) error {
	if err := w.lines.Encode(value); err != nil {
		return fmt.Errorf("write the backup: %w", err)
	}
	return nil
}

// End writes the last value, which is made with the hash, and ends the file.
func (w *Writer) End(last func(sha256 string) any) error {
	err := json.NewEncoder(w.out).Encode(last(hex.EncodeToString(w.hash.Sum(nil))))
	if err = errors.Join(err, w.out.Flush()); err != nil {
		return fmt.Errorf("write the backup: %w", err)
	}
	return nil
}

// A Reader reads a file. It is for one goroutine.
type Reader struct {
	lines *bufio.Scanner
	hash  hash.Hash
	line  []byte // the last one, which is not in the hash yet
	end   string // how the last line begins
}

// NewReader returns a reader of a file whose lines have maxLine bytes at most, and whose
// last one begins with end.
func NewReader(r io.Reader, maxLine int, end string) *Reader {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	return &Reader{lines: lines, hash: sha256.New(), end: end}
}

// Next returns the next line, which is good until the call after it, and whether it is
// the last one.
func (r *Reader) Next() (line []byte, last bool, err error) {
	if r.line != nil {
		_, _ = r.hash.Write(r.line) // a hash takes everything
		_, _ = r.hash.Write([]byte("\n"))
	}
	if !r.lines.Scan() {
		return nil, false, errors.Join(r.lines.Err(), fmt.Errorf("%w: it has no end", ErrDamaged))
	}
	r.line = r.lines.Bytes()
	return r.line, bytes.HasPrefix(r.line, []byte(r.end)), nil
}

// SHA256 returns the hash of all lines before the one that was read last, in hexadecimal.
func (r *Reader) SHA256() string { return hex.EncodeToString(r.hash.Sum(nil)) }

// Over demands that nothing follows.
func (r *Reader) Over() error {
	if r.lines.Scan() || r.lines.Err() != nil {
		return errors.Join(r.lines.Err(), fmt.Errorf("%w: something follows on its end", ErrDamaged))
	}
	return nil
}

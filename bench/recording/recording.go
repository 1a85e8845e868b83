// Package recording reads the recording of the network that tests share.
package recording

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/lexgen/lexgen/internal/shared"
)

// Dir is the folder of a recording.
type Dir string

// In returns the recording in the folder that the project shares.
func In(folder string) Dir { return Dir(filepath.Join(folder, "data", "firehose")) }

// Unpacked returns what is in a file that is compressed.
func (d Dir) Unpacked(name string) ([]byte, error) {
	packed, err := os.ReadFile(filepath.Join(string(d), name))
	if err != nil {
		return nil, fmt.Errorf("read the recording: %w", err)
	}
	unpacker, err := zstd.NewReader(nil)
	if err != nil {
		return nil, fmt.Errorf("unpack the recording: %w", err)
	}
	defer unpacker.Close()
	b, err := unpacker.DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", name, err)
	}
	return b, nil
}

// Frames returns all frames, as they were sent.
func (d Dir) Frames() ([][]byte, error) {
	rest, err := d.Unpacked("frames.bin.zst")
	if err != nil {
		return nil, err
	}
	var frames [][]byte
	for len(rest) > 0 {
		end := 4 + binary.LittleEndian.Uint32(rest)
		frames, rest = append(frames, rest[4:end]), rest[end:]
	}
	return frames, nil
}

func dir(t testing.TB) Dir {
	t.Helper()
	return Dir(shared.Dir(t, "data", "firehose"))
}

// File returns a file of the recording.
func File(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(string(dir(t)), name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Unpacked returns what is in a file that is compressed.
func Unpacked(t testing.TB, name string) []byte {
	t.Helper()
	b, err := dir(t).Unpacked(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Frames returns all frames, as they were sent.
func Frames(t testing.TB) [][]byte {
	t.Helper()
	frames, err := dir(t).Frames()
	if err != nil {
		t.Fatal(err)
	}
	return frames
}

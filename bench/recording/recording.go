// Package recording reads the recording of the network that tests share.
package recording

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/lexgen/lexgen/internal/shared"
)

// File returns a file of the recording.
func File(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(shared.Dir(t, "data", "firehose"), name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Unpacked returns what is in a file that is compressed.
func Unpacked(t testing.TB, name string) []byte {
	t.Helper()
	unpacker, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer unpacker.Close()
	b, err := unpacker.DecodeAll(File(t, name), nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Frames returns all frames, as they were sent.
func Frames(t testing.TB) [][]byte {
	t.Helper()
	var frames [][]byte
	for rest := Unpacked(t, "frames.bin.zst"); len(rest) > 0; {
		end := 4 + binary.LittleEndian.Uint32(rest)
		frames, rest = append(frames, rest[4:end]), rest[end:]
	}
	return frames
}

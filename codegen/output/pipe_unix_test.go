//go:build unix

package output_test

import (
	"path/filepath"
	"syscall"
	"testing"
)

func TestWriteDoesNotWaitForAPipe(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "x.go"), 0o600); err != nil {
		t.Skip(err)
	}
	refused(t, dir, files("x.go", "x"))
}

//go:build unix

package output_test

import (
	"path/filepath"
	"syscall"
	"testing"

	"github.com/lexgen/lexgen/codegen/output"
)

func TestWriteDoesNotWaitForAPipe(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "x.go"), 0o600); err != nil {
		t.Skip(err)
	}
	refused(t, dir, files("x.go", "x"))
}

func TestNothingWaitsForAPipeThatShouldBeTheFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(dir, 0o600); err != nil {
		t.Skip(err)
	}
	if _, err := output.Check(dir, files("x.go", "x")); err == nil {
		t.Error("a pipe is checked")
	}
	if _, err := output.Write(dir, files("x.go", "x")); err == nil {
		t.Error("a pipe is written to")
	}
}

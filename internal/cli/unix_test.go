//go:build unix

package cli

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// fifo makes a pipe that nobody writes to: whoever opens it waits.
func fifo(t *testing.T, dir, name string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	return path
}

// TestInstallOpensNoPipe has pipes in place of the files that install reads.
func TestInstallOpensNoPipe(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := defaultPlace(dir)
	fifo(t, dir, lockName)
	if _, err := readLock(p.lock); err == nil || err.Error() != "it is no file" {
		t.Errorf("the lock file: %v", err)
	}
	if err := os.MkdirAll(filepath.Join(p.into, "com", "example"), 0o755); err != nil {
		t.Fatal(err)
	}
	fifo(t, filepath.Join(p.into, "com", "example"), "post.json")
	if is := p.read("com.example.post"); is.err == nil || is.err.Error() != "it is no file" {
		t.Errorf("a lexicon: %v", is.err)
	}
}

// TestRepoOpensNoPipeThatItCannotRead has a pipe for each file that a command of repo
// reads in any order, or needs before it writes.
func TestRepoOpensNoPipeThatItCannotRead(t *testing.T) {
	t.Parallel()
	file, _, _ := packed(t, 3)
	dir := t.TempDir()
	pipe := fifo(t, dir, "pipe")
	unpacked := filepath.Join(dir, "unpacked")
	if got, _, told := run(t, "repo", "unpack", file, unpacked); got != statusFine {
		t.Fatal(told)
	}
	out := filepath.Join(dir, "out")
	empty := t.TempDir()
	fifo(t, empty, commitFile)
	for _, args := range [][]string{
		{"ls", pipe}, {"get", pipe, "com.example.post/1"}, {"diff", pipe, file}, {"diff", file, pipe}, {"unpack", pipe, out},
		{"pack", unpacked, out, "--key", pipe}, {"pack", empty, out},
	} {
		got, told := status(-1), ""
		done := make(chan struct{})
		go func() { defer close(done); got, _, told = run(t, append([]string{"repo"}, args...)...) }()
		select {
		case <-done:
		case <-time.After(time.Minute):
			t.Fatalf("%v waits for a pipe", args)
		}
		if got != statusProblem || !strings.Contains(told, "no regular file") {
			t.Errorf("%v: status %d, tells %q", args, got, told)
		}
		if _, err := os.Lstat(out); err == nil {
			t.Errorf("%v: something was written", args)
		}
	}
}

// TestRepoWaitsForAPipeInterruptibly verifies what somebody writes to a pipe: an
// interrupt ends the program at once, as nothing is written meanwhile.
func TestRepoWaitsForAPipeInterruptibly(t *testing.T) {
	t.Parallel()
	file, _, _ := packed(t, 3)
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pipe := fifo(t, t.TempDir(), "pipe")
	written := make(chan error, 1)
	go func() { written <- os.WriteFile(pipe, content, 0o600) }()
	released := 0
	p := &program{args: []string{"repo", "verify", pipe}, stdout: io.Discard, stderr: io.Discard, world: still(), release: func() { released++ }}
	if err := p.run(t.Context(), AllCommands); err != nil || released != 1 {
		t.Errorf("released %d times, %v", released, err)
	}
	if err := <-written; err != nil {
		t.Error(err)
	}
	p.args = []string{"repo", "verify", file}
	if err := p.run(t.Context(), AllCommands); err != nil || released != 1 {
		t.Errorf("a file: released %d times, %v", released, err)
	}
}

// TestSignalsEndARun sends each of the two that ask a program to end.
//
//nolint:paralleltest // signals go to the process
func TestSignalsEndARun(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		ctx, stop := untilSignal(t.Context())
		if err := syscall.Kill(os.Getpid(), signal); err != nil {
			t.Fatal(err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Minute):
			t.Errorf("%v ends nothing", signal)
		}
		stop()
	}
	ctx, stop := untilSignal(t.Context())
	defer stop()
	if letSignalsEnd(); ctx.Err() != nil {
		t.Errorf("what lets signals end the program ends the run: %v", ctx.Err())
	}
}

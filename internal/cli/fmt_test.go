package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
)

const unformatted = `{"id": "com.example.a", "lexicon": 1, "defs": {}}`

func TestAFileThatCannotBeReplacedIsStatus3(t *testing.T) {
	t.Parallel()
	f := &formatting{generation: &generation{program: &program{world: still()}}, report: &diag.Report{}}
	gone := filepath.Join(t.TempDir(), "gone.json")
	err := f.file(resolver.File{Path: filepath.ToSlash(gone), Data: []byte(unformatted)})
	if statusOf(err) != statusInternal || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestAnInterruptedFmtLeavesTheRest(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "a.json")
	write(t, name, unformatted)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p := &program{args: []string{"fmt", name}, stdout: io.Discard, stderr: io.Discard, world: still()}
	if got := statusOf(p.run(ctx, AllCommands)); got != statusInterrupted {
		t.Errorf("status %d, want %d", got, statusInterrupted)
	}
	if text, err := os.ReadFile(name); err != nil || string(text) != unformatted {
		t.Errorf("%v, the file is now\n%s", err, text)
	}
}

func TestAnUnwritableOutputOfFmtAndScaffoldsIsStatus3(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "a.json")
	write(t, name, unformatted)
	for _, args := range [][]string{
		{"fmt", "--check", name},
		{"fmt", "--diff", name},
		{"fmt", "--format", "json", name},
		{"new", "record", "com.example.a", "--dry-run"},
		{"init", "com.example.notes.note", "--module", "example.com/m", "--dry-run"},
	} {
		p := &program{args: args, stdout: unwritableFile{}, stderr: io.Discard, world: still()}
		if got := statusOf(p.run(t.Context(), AllCommands)); got != statusInternal {
			t.Errorf("%v: status %d, want %d", args, got, statusInternal)
		}
	}
}

// brokenInput fails like a disk.
type brokenInput struct{}

func (brokenInput) Read([]byte) (int, error) { return 0, errors.New("the disk is gone") }

func TestStandardInputThatCannotBeRead(t *testing.T) {
	t.Parallel()
	f := &formatting{generation: &generation{program: &program{stdout: io.Discard, stderr: io.Discard, world: still()}}, report: &diag.Report{}}
	f.flags.format = "text"
	if err := f.choosePrinter(); err != nil {
		t.Fatal(err)
	}
	err := f.standardInput(brokenInput{})
	if statusOf(err) != statusProblem || !strings.Contains(err.Error(), "read standard input: the disk is gone") {
		t.Errorf("got %v", err)
	}
}

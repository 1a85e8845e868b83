package cli

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAReplacedFileKeepsItsPermissions(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "a.json")
	write(t, name, "old")
	d := &delivery{program: &program{stderr: io.Discard, world: still()}}
	if err := d.deliver(draft{name, []byte("new")}); !errors.Is(err, errExists) {
		t.Errorf("without --force: %v", err)
	}
	d.force = true
	if err := d.deliver(draft{name, []byte("new")}); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(name)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, permissions %v", err, info.Mode())
	}
	if text, err := os.ReadFile(name); err != nil || string(text) != "new" {
		t.Errorf("%v, the file holds %q", err, text)
	}
}

// typed is somebody at a terminal, and what is asked.
func typed(answers string) (*questions, *bytes.Buffer) {
	var asked bytes.Buffer
	return &questions{in: bufio.NewReader(strings.NewReader(answers)), out: &asked}, &asked
}

func TestAQuestionIsAskedUntilTheAnswerIsGood(t *testing.T) {
	t.Parallel()
	q, asked := typed("x\n  com.example.a \n\n")
	if got, err := q.ask("NSID", "", checkNSID); err != nil || got != "com.example.a" {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := q.ask("Kind", "re\x1bcord", func(string) error { return nil }); err != nil || got != "re\x1bcord" {
		t.Errorf("got %q, %v", got, err)
	}
	if text := asked.String(); strings.Count(text, "NSID: ") != 2 || !strings.HasSuffix(text, "Kind [re<U+001B>cord]: ") {
		t.Errorf("asked %q", text)
	}
	if _, err := q.ask("Kind", "record", func(string) error { return nil }); statusOf(err) != statusUsage || !errors.Is(err, errNoAnswer) {
		t.Errorf("at the end: %v", err)
	}
}

func TestAQuestionThatFailsIsAnError(t *testing.T) {
	t.Parallel()
	q := &questions{in: bufio.NewReader(brokenInput{}), out: io.Discard}
	if _, err := q.ask("Kind", "", checkNSID); err == nil || !strings.Contains(err.Error(), "the disk is gone") {
		t.Errorf("got %v", err)
	}
	q, _ = typed("a\n")
	q.out = unwritableFile{}
	if _, err := q.ask("Kind", "", checkNSID); statusOf(err) != statusInternal {
		t.Errorf("got %v", err)
	}
}

// atTerminal runs lexgen for somebody who types.
func atTerminal(t *testing.T, answers string, args ...string) (got status, stderr string) {
	t.Helper()
	w := still()
	w.interactive = func(io.Reader) bool { return true }
	var told bytes.Buffer
	released := 0
	p := &program{args: args, stdout: io.Discard, stderr: &told, world: w, release: func() { released++ }}
	root := p.root(AllCommands)
	root.SetIn(strings.NewReader(answers))
	root.SetArgs(args)
	err := root.ExecuteContext(t.Context())
	printError(&told, err)
	if released != 1 {
		t.Errorf("%v: interrupts were released %d times", args, released)
	}
	return statusOf(err), told.String()
}

func TestQuestionsFillInWhatIsMissing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, answers string
		args          []string
		want          status
		told          string
	}{
		{"kind", "com.example.a\nAn a.\n", []string{"new", "record"}, statusFine, "wrote DIR"},
		{"set", "com.example.a com.example.getA\nAn a.\n", []string{"new", "permission-set", "com.example.auth"}, statusFine, "wrote DIR"},
		{"no kind", "", []string{"new"}, statusUsage, "no answer"},
		{"no id", "", []string{"new", "record"}, statusUsage, "no answer"},
		{"no grant", "com.example.auth\n", []string{"new", "permission-set"}, statusUsage, "no answer"},
		{"no description", "com.example.a\n", []string{"new", "record"}, statusUsage, "no answer"},
		{"init", "", []string{"init"}, statusUsage, "NSID of the first lexicon"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.ToSlash(t.TempDir())
			args := c.args
			if args[0] == "new" && len(args) > 1 {
				args = append(args, "--lexicons", dir)
			}
			got, told := atTerminal(t, c.answers, args...)
			if want := strings.ReplaceAll(c.told, "DIR", dir); got != c.want || !strings.Contains(told, want) {
				t.Errorf("status %d, want %d and %q, told %q", got, c.want, want, told)
			}
		})
	}
}

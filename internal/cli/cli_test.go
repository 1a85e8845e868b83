package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lexgen/lexgen/codegen/output"
)

// run runs lexgen in a world without a terminal, caches and time.
func run(t *testing.T, args ...string) (got status, stdout, stderr string) {
	t.Helper()
	var out, told bytes.Buffer
	p := &program{args: args, stdout: &out, stderr: &told, world: still()}
	err := p.run(t.Context(), AllCommands)
	printError(&told, err)
	return statusOf(err), out.String(), told.String()
}

// still is a world in which nothing moves.
func still() world {
	return world{
		now:        func() time.Time { return time.Unix(0, 0) },
		after:      func(time.Duration, func()) func() bool { return func() bool { return true } },
		getenv:     func(string) string { return "" },
		cacheDir:   func() (string, error) { return "", errors.ErrUnsupported },
		executable: func() (string, error) { return "", errors.ErrUnsupported },

		interactive: func(io.Reader) bool { return false },
	}
}

// lexicon writes a lexicon and returns the folder.
func lexicon(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "com/example/post.json"),
		`{"lexicon": 1, "id": "com.example.post", "defs": {"main": {"type": "object", "properties": {}}}}`)
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAPanicIsAnInternalError(t *testing.T) {
	t.Parallel()
	for _, verbose := range []bool{false, true} {
		var told bytes.Buffer
		w := still()
		w.cacheDir = func() (string, error) { panic("the moon is down") }
		w.now = func() time.Time {
			if verbose {
				panic("the moon is down")
			}
			return time.Time{}
		}
		out := filepath.Join(t.TempDir(), "out")
		p := &program{stdout: io.Discard, stderr: &told, world: w}
		p.args = []string{"gen", fmt.Sprintf("-v=%t", verbose), "--lexicons", lexicon(t), "--out", out, "--module", "m.example"}
		err := p.run(t.Context(), AllCommands)
		printError(&told, err)
		if got := statusOf(err); got != statusInternal {
			t.Errorf("status %d, want %d", got, statusInternal)
		}
		if !strings.HasPrefix(told.String(), "lexgen: internal error: the moon is down\n  this is a bug in lexgen: please report it") {
			t.Errorf("told %q", told.String())
		}
		if strings.Contains(told.String(), "goroutine") != verbose {
			t.Errorf("verbose %t: told %q", verbose, told.String())
		}
		if _, err := os.Stat(out); err == nil {
			t.Error("something was written")
		}
	}
}

type unwritableFile struct{}

func (unwritableFile) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestAnUnwritableStandardOutputIsStatus3(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"explain"},
		{"explain", "bad-json"},
		{"schema"},
		{"version"},
		{"gen", "--format", "json", "--lexicons", lexicon(t), "--out", t.TempDir(), "--module", "m.example"},
	} {
		p := &program{args: args, stdout: unwritableFile{}, stderr: io.Discard, world: still()}
		if got := statusOf(p.run(t.Context(), AllCommands)); got != statusInternal {
			t.Errorf("%v: status %d, want %d", args, got, statusInternal)
		}
	}
}

func TestACancelledRunIsStatus130(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	out := filepath.Join(t.TempDir(), "out")
	p := &program{stdout: io.Discard, stderr: io.Discard, world: still()}
	p.args = []string{"gen", "--lexicons", lexicon(t), "--out", out, "--module", "m.example"}
	if got := statusOf(p.run(ctx, AllCommands)); got != statusInterrupted {
		t.Errorf("status %d, want %d", got, statusInterrupted)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("something was written")
	}
}

func TestErrorsOfARunHaveTheirStatus(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want status
	}{
		{&sourceError{errors.New("x")}, statusProblem},
		{errors.Join(errors.New("x"), &sourceError{errors.New("y")}), statusProblem},
		{&output.Error{Err: errors.New("x")}, statusInternal},
		{fmt.Errorf("x: %w", context.Canceled), statusInterrupted},
		{errors.New("x"), statusInternal},
	} {
		if got := statusOf(statusOfRun(c.err, "out")); got != c.want {
			t.Errorf("%v: status %d, want %d", c.err, got, c.want)
		}
	}
	if err := statusOfRun(errors.New("x"), "out"); !strings.Contains(err.Error(), reportAdvice) {
		t.Errorf("%q does not say how to report it", err)
	}
}

func TestBootstrapHasGenAlone(t *testing.T) {
	t.Parallel()
	root := (&program{stdout: io.Discard, stderr: io.Discard, world: still()}).root(GenOnly)
	var names []string
	for _, c := range root.Commands() {
		names = append(names, c.Name())
	}
	if got, want := strings.Join(names, " "), "gen help"; got != want {
		t.Errorf("commands %s, want %s", got, want)
	}
}

func TestShellWordsReadAsWritten(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"--out=api/x":    "--out=api/x",
		"":               "''",
		"a b":            "'a b'",
		"com.example.*":  "'com.example.*'",
		"it's":           `'it'\''s'`,
		"$(rm)":          "'$(rm)'",
		"go:m@v1.0.0/x":  "go:m@v1.0.0/x",
		"größe":          "'größe'",
		"com.a.b#object": "'com.a.b#object'",
	} {
		if got := shellWord(word); got != want {
			t.Errorf("%s: got %s, want %s", word, got, want)
		}
	}
}

func TestTheImportPathComesFromTheNearestModule(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), "module example.com/outer\n\ngo 1.26\n")
	write(t, filepath.Join(dir, "api", "go.mod"), "// comment\nmodule \"example.com/api/v2\" // comment\n")
	write(t, filepath.Join(dir, "broken", "go.mod"), "go 1.26\n")
	for below, want := range map[string]string{
		"":               "example.com/outer",
		"gen/not/yet":    "example.com/outer/gen/not/yet",
		"api":            "example.com/api/v2",
		"api/deep":       "example.com/api/v2/deep",
		"api/../x/./y":   "example.com/outer/x/y",
		"go.mod/in/file": "example.com/outer/go.mod/in/file",
	} {
		got, err := importPathOf(filepath.Join(dir, below))
		if err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", below, got, err, want)
		}
	}
	if _, err := importPathOf(filepath.Join(dir, "broken")); statusOf(err) != statusProblem {
		t.Errorf("a go.mod without a module: %v", err)
	}
}

func TestTheVersionIsThatOfLexgen(t *testing.T) {
	t.Parallel()
	got := versionText(build{
		version: "v1.2.3", goVersion: "go1.26", revision: "abc", time: "2026-01-02T03:04:05Z", modified: true,
		platform: "linux/amd64", compiler: "gc",
	})
	want := "lexgen v1.2.3\ncommit abc of 2026-01-02T03:04:05Z, with changes\nbuilt with go1.26 (gc) for linux/amd64\n"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

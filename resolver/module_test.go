package resolver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestParseModuleSpec(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		arg  string
		want ModuleSpec
		err  string
	}{
		{arg: "go:example.com/lex@v1.2.3/lexicons/com", want: ModuleSpec{Path: "example.com/lex", Version: "v1.2.3", Dir: "lexicons/com"}},
		{arg: "go:example.com/lex@v1.2.3", want: ModuleSpec{Path: "example.com/lex", Version: "v1.2.3"}},
		{arg: "go:example.com/lex/v2@v2.0.0+incompatible/a/", want: ModuleSpec{Path: "example.com/lex/v2", Version: "v2.0.0+incompatible", Dir: "a"}},
		{arg: "go:example.com/lex/lexicons", want: ModuleSpec{Path: "example.com/lex/lexicons"}},
		{arg: "go:example.com/lex@/a", err: "no version"},
		{arg: "go:example.com/lex@v1.0.0/../../etc", err: "leads out of the module"},
		{arg: "go:-modfile=x@v1.0.0/a", err: "leading dash"},
		{arg: "go:@v1.0.0/a", err: "malformed module path"},
		{arg: "go:example.com/../x", err: "malformed import path"},
		{arg: "example.com/lex", err: "does not begin with go:"},
	} {
		got, err := ParseModuleSpec(c.arg)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: error %v, want %q", c.arg, err, c.err)
			}
			continue
		}
		if diff := cmp.Diff(c.want, got, cmpopts.IgnoreFields(ModuleSpec{}, "Run")); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", c.arg, err, diff)
		}
	}
}

// script is a Runner that answers calls by what they begin with, and keeps
// them.
type script struct {
	answers map[string]string
	calls   []string
}

func (s *script) run(_ context.Context, command Command) ([]byte, error) {
	call := strings.Join(command.Args, " ")
	s.calls = append(s.calls, strings.Join(append(slices.Clone(command.Env), call), " "))
	answer, ok := s.answers[call]
	if !ok {
		return nil, errors.New("unexpected call: go " + call)
	}
	if strings.Contains(answer, `"Error"`) {
		return []byte(answer), errors.New("exit status 1")
	}
	return []byte(answer), nil
}

// lexiconModule makes the content of a module.
func lexiconModule(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	write(t, dir, "lexicons/com/example/a.json", "{}")
	write(t, dir, "other.json", "{}")
	return dir
}

func TestModuleDownloadsOutsideTheProject(t *testing.T) {
	t.Parallel()
	s := &script{answers: map[string]string{
		"mod download -json example.com/lex@v1.0.0": fmt.Sprintf(`{"Path":"example.com/lex","Version":"v1.0.0","Dir":%q,"Sum":"h1:good="}`, lexiconModule(t)),
	}}
	spec := ModuleSpec{Path: "example.com/lex", Version: "v1.0.0", Dir: "lexicons", Sum: "h1:good=", Run: s.run}
	got := pathsOf(read(t, GoModule(spec)))
	want := []string{"go:example.com/lex@v1.0.0/lexicons/com/example/a.json = com/example/a.json"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	calls := []string{"GOFLAGS=-mod=mod GOWORK=off GOSUMDB=off mod download -json example.com/lex@v1.0.0"}
	if diff := cmp.Diff(calls, s.calls); diff != "" {
		t.Error(diff)
	}
}

func TestModuleReadsOneFile(t *testing.T) {
	t.Parallel()
	s := &script{answers: map[string]string{
		"mod download -json example.com/lex@v1.0.0": fmt.Sprintf(`{"Dir":%q}`, lexiconModule(t)),
	}}
	spec := ModuleSpec{Path: "example.com/lex", Version: "v1.0.0", Dir: "other.json", Run: s.run}
	got := pathsOf(read(t, GoModule(spec)))
	if diff := cmp.Diff([]string{"go:example.com/lex@v1.0.0/other.json = other.json"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestModuleWithoutVersionFollowsTheProject(t *testing.T) {
	t.Parallel()
	dir := lexiconModule(t)
	modFile := `{"Module":{"Path":"example.com/app"},"Require":[{"Path":"example.com/lex"},{"Path":"example.com/lex/more"},{"Path":"example.com/le"}]}`
	download := fmt.Sprintf(`{"Path":"example.com/fork","Version":"v1.1.0","Dir":%q,"Sum":"h1:good="}`, dir)
	for _, c := range []struct {
		name, path, list, call string
		want                   Fetched
	}{
		{"required", "example.com/lex/lexicons", `{"Path":"example.com/fork","Version":"v1.1.0","Sum":"h1:good="}`, "example.com/lex",
			Fetched{Path: "example.com/fork", Version: "v1.1.0", Dir: dir, Sum: "h1:good=", Inside: "lexicons"}},
		{"replaced by a module", "example.com/lex/lexicons", `{"Path":"example.com/lex","Version":"v1.0.0","Replace":{"Path":"example.com/fork","Version":"v1.1.0"}}`, "example.com/lex",
			Fetched{Path: "example.com/fork", Version: "v1.1.0", Dir: dir, Sum: "h1:good=", Inside: "lexicons"}},
		{"replaced by a folder", "example.com/lex/more/lexicons", fmt.Sprintf(`{"Path":"example.com/lex/more","Version":"v1.0.0","Dir":%q,"Replace":{"Path":"../x"}}`, dir), "example.com/lex/more",
			Fetched{Path: "example.com/lex/more", Dir: dir, Inside: "lexicons"}},
		{"the project itself", "example.com/app", fmt.Sprintf(`{"Path":"example.com/app","Dir":%q}`, dir), "example.com/app",
			Fetched{Path: "example.com/app", Dir: dir}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := &script{answers: map[string]string{
				"mod edit -json":                             modFile,
				"list -m -json " + c.call:                    c.list,
				"mod download -json example.com/fork@v1.1.0": download,
			}}
			got, err := GoModule(ModuleSpec{Path: c.path, Run: s.run}).Fetch(t.Context())
			if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
}

func TestModuleErrorsSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	dir := lexiconModule(t)
	answers := map[string]string{
		"mod download -json example.com/lex@v1.0.0": fmt.Sprintf(`{"Path":"example.com/lex","Version":"v1.0.0","Dir":%q,"Sum":"h1:good="}`, dir),
		"mod download -json example.com/lex@v9.0.0": `{"Path":"example.com/lex","Version":"v9.0.0","Error":"unknown revision v9.0.0"}`,
		"mod download -json example.com/lex@v3.0.0": `surprise`,
		"mod download -json example.com/sum@v1.0.0": fmt.Sprintf(`{"Path":"example.com/sum","Version":"v1.0.0","Dir":%q,"Sum":"h1:good="}`, dir),
		"mod edit -json":                `{"Module":{"Path":"example.com/app"},"Require":[{"Path":"example.com/sum"}]}`,
		"list -m -json example.com/sum": `{"Path":"example.com/sum","Version":"v1.0.0","Sum":"h1:project="}`,
		"list -m -json example.com/app": fmt.Sprintf(`{"Path":"example.com/app","Dir":%q}`, dir),
	}
	for _, c := range []struct {
		name string
		spec ModuleSpec
		want string
	}{
		{"sum", ModuleSpec{Path: "example.com/lex", Version: "v1.0.0", Sum: "h1:bad="}, "sum mismatch: expected h1:bad=, the module has h1:good="},
		{"sum of the project", ModuleSpec{Path: "example.com/sum"}, "sum mismatch: go.sum has h1:project=, module example.com/sum@v1.0.0 has h1:good="},
		{"sum of a folder", ModuleSpec{Path: "example.com/app", Sum: "h1:bad="}, "cannot be checked"},
		{"path", ModuleSpec{Path: "example.com/lex", Version: "v1.0.0", Dir: "nope"}, `module example.com/lex@v1.0.0 has no folder or file "nope"`},
		{"version", ModuleSpec{Path: "example.com/lex", Version: "v9.0.0"}, "unknown revision v9.0.0"},
		{"output", ModuleSpec{Path: "example.com/lex", Version: "v3.0.0"}, "unexpected output"},
		{"not required", ModuleSpec{Path: "example.com/gone/x"}, "go.mod requires no module that begins example.com/gone/x"},
		{"outside", ModuleSpec{Path: "example.com/lex", Version: "v1.0.0", Dir: "../x"}, "leads out of the module"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.spec.Run = (&script{answers: answers}).run
			_, err := GoModule(c.spec).Files(t.Context())
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), c.spec.String()+": ") {
				t.Errorf("got %v, want %q after the source's name", err, c.want)
			}
		})
	}
}

func TestGoCommandFailuresAreExplained(t *testing.T) {
	t.Parallel()
	command := Command{Args: []string{"mod", "edit"}}
	for _, c := range []struct {
		err    error
		stderr string
		want   string
	}{
		{nil, "progress", ""},
		{exec.ErrNotFound, "", "the go command is not on PATH"},
		{os.ErrPermission, "", "go mod edit: permission denied"},
		{&exec.ExitError{}, "go: no go.mod\n", "go mod edit: go: no go.mod"},
		{context.DeadlineExceeded, "go: downloading", "go mod edit: context deadline exceeded"},
	} {
		err := explain(c.err, command, c.stderr)
		if c.want == "" && err == nil {
			continue
		}
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%v: got %v, want %q", c.err, err, c.want)
		}
	}
}

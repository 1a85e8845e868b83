package resolver

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

// proxyEnv makes a module proxy in a folder, with one module, and returns the
// settings of a go command that knows nothing else.
func proxyEnv(t *testing.T) []string {
	t.Helper()
	content, proxy, cache := t.TempDir(), t.TempDir(), t.TempDir()
	// The module cache is read-only and cannot be removed as it is.
	t.Cleanup(func() {
		_ = filepath.WalkDir(cache, func(path string, _ fs.DirEntry, _ error) error { return os.Chmod(path, 0o755) })
	})
	write(t, content, "go.mod", "module example.com/lex\n")
	write(t, content, "lexicons/com/example/a.json", `{"lexicon":1,"id":"com.example.a"}`)
	write(t, proxy, "example.com/lex/@v/list", "v1.0.0\n")
	write(t, proxy, "example.com/lex/@v/v1.0.0.info", `{"Version":"v1.0.0"}`)
	write(t, proxy, "example.com/lex/@v/v1.0.0.mod", "module example.com/lex\n")
	file, err := os.Create(filepath.Join(proxy, "example.com/lex/@v/v1.0.0.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := zip.CreateFromDir(file, module.Version{Path: "example.com/lex", Version: "v1.0.0"}, content); err != nil {
		t.Fatal(err)
	}
	return []string{"GOPROXY=file://" + filepath.ToSlash(proxy), "GOMODCACHE=" + cache, "GOSUMDB=off", "GOTOOLCHAIN=local"}
}

// runIn is the real Runner in a project's folder and with other settings.
func runIn(project string, env []string) Runner {
	return func(ctx context.Context, command Command) ([]byte, error) {
		if command.Dir == "" {
			command.Dir = project
		}
		command.Env = append(append([]string{}, env...), command.Env...)
		return runGo(ctx, command)
	}
}

func TestModuleWithTheRealGoCommand(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip(err)
	}
	env := proxyEnv(t)
	project := t.TempDir()
	goMod := "module example.com/app\n\ngo 1.26\n\nrequire example.com/lex v1.0.0\n"
	write(t, project, "go.mod", goMod)
	want := []string{"com/example/a.json"}

	spec := ModuleSpec{Path: "example.com/lex", Version: "v1.0.0", Dir: "lexicons", Run: runIn(project, env)}
	if diff := cmp.Diff(want, relsOf(read(t, GoModule(spec)))); diff != "" {
		t.Fatal(diff)
	}
	fetched, err := GoModule(spec).Fetch(t.Context())
	if err != nil || !strings.HasPrefix(fetched.Sum, "h1:") {
		t.Fatalf("sum %q, error %v", fetched.Sum, err)
	}

	offline := runIn(project, append(env, "GOPROXY=off"))
	pinned := ModuleSpec{Path: "example.com/lex", Version: "v1.0.0", Dir: "lexicons", Sum: fetched.Sum, Run: offline}
	if diff := cmp.Diff(want, relsOf(read(t, GoModule(pinned)))); diff != "" {
		t.Error("from the cache, with a sum: ", diff)
	}
	fromProject := ModuleSpec{Path: "example.com/lex/lexicons", Run: offline}
	if diff := cmp.Diff(want, relsOf(read(t, GoModule(fromProject)))); diff != "" {
		t.Error("from the cache, version of go.mod: ", diff)
	}
	unknown := ModuleSpec{Path: "example.com/lex", Version: "v9.9.9", Run: offline}
	if _, err := GoModule(unknown).Files(t.Context()); err == nil || !strings.Contains(err.Error(), "v9.9.9") {
		t.Errorf("unknown version: %v", err)
	}
	if got, err := os.ReadFile(filepath.Join(project, "go.mod")); err != nil || string(got) != goMod {
		t.Errorf("go.mod of the project changed: %s, %v", got, err)
	}
	if _, err := os.Stat(filepath.Join(project, "go.sum")); err == nil {
		t.Error("go.sum of the project was written")
	}
}

func TestModuleOutsideAnyProjectNeedsAVersion(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip(err)
	}
	spec := ModuleSpec{Path: "example.com/lex", Run: runIn(t.TempDir(), []string{"GOPROXY=off", "GO111MODULE=on"})}
	_, err := GoModule(spec).Files(t.Context())
	if err == nil || !strings.Contains(err.Error(), "no version given and no go.mod to take it from") {
		t.Errorf("got %v", err)
	}
}

func relsOf(files []File) []string {
	var rels []string
	for _, file := range files {
		rels = append(rels, file.Rel)
	}
	return rels
}

package pipeline

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// rootModule and indigoModule are the modules whose programs are compared.
const (
	rootModule   = "github.com/lexgen/lexgen"
	indigoModule = "github.com/bluesky-social/indigo"
)

// A Workshop is a folder with the built programs and a module for the output
// of each.
type Workshop struct {
	dir      string
	lexgen   string // path of the program
	indigo   string // of the runner of indigo's generator
	lexicons string // the folder of the official schemas
	pinned   string // the folder of those that indigo comes with
	api      string // the folder of indigo's generated packages
	config   string // indigo's list of packages
}

// New builds the programs in dir, which is empty. It runs in the folder of
// the module bench. Official schemas are read from shared, or, where that does
// not exist, from indigo's module.
func New(ctx context.Context, dir, shared string) (*Workshop, error) {
	root, err := moduleDir(ctx, rootModule)
	if err != nil {
		return nil, err
	}
	indigo, err := moduleDir(ctx, indigoModule)
	if err != nil {
		return nil, err
	}
	w := &Workshop{
		dir:    dir,
		lexgen: filepath.Join(dir, "bin", "lexgen"),
		indigo: filepath.Join(dir, "bin", "indigogen"),
		pinned: filepath.Join(indigo, "lexicons"),
		api:    filepath.Join(indigo, "api"),
		config: filepath.Join(indigo, "cmd/lexgen/bsky.json"),
	}
	w.lexicons = officialSchemas(filepath.Join(root, shared), w.pinned)
	if err := run(ctx, root, "go", "build", "-o", w.lexgen, "./cmd/lexgen"); err != nil {
		return nil, err
	}
	if err := run(ctx, ".", "go", "build", "-o", w.indigo, "./cmd/indigogen"); err != nil {
		return nil, err
	}
	return w, w.modules(root)
}

func officialSchemas(shared, pinned string) string {
	if dir := os.Getenv("LEXGEN_SHARED"); dir != "" {
		shared = dir
	}
	dir := filepath.Join(filepath.Clean(shared), "lexicons", "official")
	if _, err := os.Stat(dir); err != nil { //nolint:gosec // the user says where
		return pinned
	}
	return dir
}

// modules makes the modules "ours" and "theirs". They use the same versions as
// bench.
func (w *Workshop) modules(root string) error {
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		return err
	}
	sum, err := os.ReadFile("go.sum")
	if err != nil {
		return err
	}
	for _, name := range []string{ours, theirs} {
		text := strings.Replace(string(mod), "module "+rootModule+"/bench", "module example.com/"+name, 1)
		text = strings.Replace(text, "=> ../", "=> "+root, 1)
		if err := writeFile(filepath.Join(w.dir, name, "go.mod"), text); err != nil {
			return err
		}
		if err := writeFile(filepath.Join(w.dir, name, "go.sum"), string(sum)); err != nil {
			return err
		}
	}
	return nil
}

func moduleDir(ctx context.Context, path string) (string, error) {
	out, err := command(ctx, ".", "go", "list", "-m", "-f", "{{.Dir}}", path).Output()
	if err != nil {
		return "", fmt.Errorf("find module %s: %w", path, err)
	}
	return strings.TrimSpace(string(out)), nil
}

// run runs a program to its end. The error has what the program said.
func run(ctx context.Context, dir, name string, arguments ...string) error {
	if out, err := command(ctx, dir, name, arguments...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", filepath.Base(name), strings.Join(arguments, " "), err, out)
	}
	return nil
}

// command prepares a program that sees no workspace: each module here is built
// as its users build it.
func command(ctx context.Context, dir, name string, arguments ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, arguments...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	return cmd
}

func writeFile(file, text string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(text), 0o644) //nolint:gosec // below a folder of ours
}

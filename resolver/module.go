package resolver

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/mod/module"
)

// ModuleSpec says which folder of which Go module holds Lexicon files.
type ModuleSpec struct {
	// Path is the module path. Where Version is empty it may go on with the
	// path inside the module: the longest module of the project's go.mod that
	// begins it is meant.
	Path string
	// Version is whatever the go command accepts behind the @. Empty means
	// the version that the project's go.mod selects, replacements included.
	Version string
	// Dir is the folder or file inside the module, slash separated; empty for
	// all of the module.
	Dir string
	// Sum is the hash that the module's content must have, as in go.sum
	// (h1:...). Empty means that the checksum database or, without a version,
	// the project's go.sum vouches for it.
	Sum string
	// Run runs the go command. Nil means the one on PATH.
	Run Runner
}

// ParseModuleSpec reads go:MODULE@VERSION/PATH and go:MODULE/PATH. The module
// path ends at the first @ and the version at the next slash; both forms may
// lack /PATH.
func ParseModuleSpec(arg string) (ModuleSpec, error) {
	rest, ok := strings.CutPrefix(arg, modulePrefix)
	if !ok {
		return ModuleSpec{}, fmt.Errorf("module source %q: does not begin with %s", arg, modulePrefix)
	}
	modulePath, versioned, hasVersion := strings.Cut(rest, "@")
	version, dir, _ := strings.Cut(versioned, "/")
	spec := ModuleSpec{Path: strings.TrimRight(modulePath, "/"), Version: version, Dir: strings.Trim(dir, "/")}
	if hasVersion && version == "" {
		return ModuleSpec{}, fmt.Errorf("module source %q: no version behind the @", arg)
	}
	if err := spec.check(); err != nil {
		return ModuleSpec{}, fmt.Errorf("module source %q: %w", arg, err)
	}
	return spec, nil
}

// String returns the spec in the form that [ParseModuleSpec] reads, without
// the sum.
func (s ModuleSpec) String() string {
	text := modulePrefix + s.Path
	if s.Version != "" {
		text += "@" + s.Version
	}
	if s.Dir != "" {
		text += "/" + s.Dir
	}
	return text
}

// check rejects what could leave the module or be taken for a flag.
func (s ModuleSpec) check() error {
	if err := module.CheckPath(s.Path); s.Version != "" && err != nil {
		return err
	}
	if err := module.CheckImportPath(s.Path); err != nil {
		return err
	}
	if s.Dir != "" && !filepath.IsLocal(filepath.FromSlash(s.Dir)) {
		return fmt.Errorf("path %q leads out of the module", s.Dir)
	}
	return nil
}

// Module is a source inside a Go module. The go command fetches the module,
// outside the project's module graph, so that neither go.mod nor go.sum
// changes; what is in the module cache needs no network.
type Module struct {
	spec ModuleSpec
}

// GoModule returns the source that a spec describes.
func GoModule(spec ModuleSpec) *Module {
	if spec.Run == nil {
		spec.Run = runGo
	}
	return &Module{spec}
}

// Name returns the spec as text.
func (m *Module) Name() string { return m.spec.String() }

// Files downloads the module if need be, compares its sum with that of the
// spec, and reads the *.json files of the folder, under the same rules as
// [Dir], or the one file that the path names.
func (m *Module) Files(ctx context.Context) ([]File, error) {
	fetched, err := m.Fetch(ctx)
	if err != nil {
		return nil, err
	}
	if err := m.checkSum(fetched); err != nil {
		return nil, fmt.Errorf("%s: %w", m.Name(), err)
	}
	files, err := m.read(ctx, fetched)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.Name(), err)
	}
	return files, nil
}

// Fetched is a module on this machine.
type Fetched struct {
	Path, Version string // after replacements; Version is empty for a folder
	Dir           string // the root of the module's content
	Sum           string // h1:... as in go.sum; empty for a folder that is no module of the cache
	Inside        string // the path inside the module, slash separated
}

// Fetch brings the module to this machine and says where it is. It does not
// compare the sum of the spec, so that a changed one can be recorded.
func (m *Module) Fetch(ctx context.Context) (Fetched, error) {
	fetched, err := m.fetch(ctx)
	if err != nil {
		return Fetched{}, fmt.Errorf("%s: %w", m.Name(), err)
	}
	return fetched, nil
}

func (m *Module) fetch(ctx context.Context) (Fetched, error) {
	if err := m.spec.check(); err != nil {
		return Fetched{}, err
	}
	if m.spec.Version == "" {
		return m.fromProject(ctx)
	}
	wanted := Fetched{Path: m.spec.Path, Version: m.spec.Version, Sum: m.spec.Sum, Inside: m.spec.Dir}
	return m.download(ctx, wanted)
}

func (m *Module) checkSum(fetched Fetched) error {
	switch want := m.spec.Sum; {
	case want == "" || want == fetched.Sum:
		return nil
	case fetched.Sum == "":
		return fmt.Errorf("sum %s cannot be checked: the module is the folder %s", want, fetched.Dir)
	default:
		return fmt.Errorf("sum mismatch: expected %s, the module has %s", want, fetched.Sum)
	}
}

func (m *Module) read(ctx context.Context, fetched Fetched) ([]File, error) {
	target := filepath.Join(fetched.Dir, filepath.FromSlash(fetched.Inside))
	info, err := os.Stat(target)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("module %s has no folder or file %q", label(fetched), fetched.Inside)
	case err != nil:
		return nil, reason(err)
	case info.IsDir():
		return readDir(ctx, target, m.Name())
	}
	file, err := readSingle(target, m.Name())
	if err != nil {
		return nil, err
	}
	return []File{file}, nil
}

// label names a fetched module in messages.
func label(fetched Fetched) string {
	if fetched.Version == "" {
		return fetched.Path
	}
	return fetched.Path + "@" + fetched.Version
}

// below returns the path inside a module of what spec.Path goes on with.
func below(specPath, modulePath, dir string) string {
	rest := strings.TrimPrefix(strings.TrimPrefix(specPath, modulePath), "/")
	return path.Join(rest, dir)
}

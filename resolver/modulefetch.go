package resolver

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// scratchModule is the go.mod of the folder that downloads run in. With a
// module of its own there, no go.mod further up is seen.
const scratchModule = "module scratch\n"

// download makes the go command fetch the module that wanted names. With a
// known sum no checksum database is asked, because the caller compares.
func (m *Module) download(ctx context.Context, wanted Fetched) (Fetched, error) {
	dir, err := makeScratch()
	if err != nil {
		return Fetched{}, fmt.Errorf("make a folder to download in: %w", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // an empty folder among temporary ones
	command := Command{
		Dir:  dir,
		Env:  []string{"GOFLAGS=-mod=mod", "GOWORK=off"},
		Args: []string{"mod", "download", "-json", wanted.Path + "@" + wanted.Version},
	}
	if wanted.Sum != "" {
		command.Env = append(command.Env, "GOSUMDB=off")
	}
	answer, err := runJSON[downloadAnswer](ctx, m.spec.Run, command)
	if answer.Error != "" {
		return Fetched{}, errors.New(answer.Error)
	}
	if err != nil {
		return Fetched{}, err
	}
	return Fetched{
		Path: answer.Path, Version: answer.Version, Dir: answer.Dir, Sum: answer.Sum, Inside: wanted.Inside,
	}, nil
}

// makeScratch makes the folder that a download runs in. The caller removes it.
func makeScratch() (dir string, err error) {
	if dir, err = os.MkdirTemp("", "lexgen-module-"); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(scratchModule), 0o600); err != nil {
		_ = os.RemoveAll(dir) // the first error counts
		return "", err
	}
	return dir, nil
}

// downloadAnswer is what go mod download -json prints for a module.
type downloadAnswer struct{ Path, Version, Error, Dir, Sum string }

// fromProject finds the module in the go.mod of the working directory. What
// is replaced by a folder is read there, and so is the project itself.
func (m *Module) fromProject(ctx context.Context) (Fetched, error) {
	required, err := m.required(ctx)
	if err != nil {
		return Fetched{}, err
	}
	listed, err := runJSON[listAnswer](ctx, m.spec.Run, Command{
		Env:  []string{"GOFLAGS=-mod=readonly"},
		Args: []string{"list", "-m", "-json", required},
	})
	if err != nil {
		return Fetched{}, err
	}
	inside := below(m.spec.Path, required, m.spec.Dir)
	actual := cmp.Or(listed.Replace, &listed)
	if actual.Version == "" {
		return Fetched{Path: listed.Path, Dir: cmp.Or(actual.Dir, listed.Dir), Inside: inside}, nil
	}
	sum := cmp.Or(actual.Sum, listed.Sum)
	fetched, err := m.download(ctx, Fetched{Path: actual.Path, Version: actual.Version, Sum: sum, Inside: inside})
	if err == nil && sum != "" && fetched.Sum != sum {
		err = fmt.Errorf("sum mismatch: go.sum has %s, module %s has %s", sum, label(fetched), fetched.Sum)
	}
	return fetched, err
}

// listAnswer is what go list -m -json prints for a module.
type listAnswer struct {
	Path, Version, Dir, Sum string
	Replace                 *listAnswer
}

// required returns the longest module of go.mod, the project itself included,
// whose path begins the spec's.
func (m *Module) required(ctx context.Context) (string, error) {
	file, err := runJSON[modFile](ctx, m.spec.Run, Command{Args: []string{"mod", "edit", "-json"}})
	if err != nil {
		return "", fmt.Errorf("no version given and no go.mod to take it from: %w", err)
	}
	longest := ""
	for _, candidate := range append(file.Require, file.Module) {
		if len(candidate.Path) > len(longest) && beginsPath(candidate.Path, m.spec.Path) {
			longest = candidate.Path
		}
	}
	if longest == "" {
		return "", fmt.Errorf("go.mod requires no module that begins %s; write %sMODULE@VERSION/PATH or go get the module", m.spec.Path, modulePrefix)
	}
	return longest, nil
}

// modFile is the part of go mod edit -json that is needed.
type modFile struct {
	Module  modPath
	Require []modPath
}

type modPath struct{ Path string }

func beginsPath(prefix, path string) bool {
	return prefix != "" && (path == prefix || strings.HasPrefix(path, prefix+"/"))
}

// runJSON runs the go command and decodes its output. After a failure it
// returns what could be decoded beside the error, because go mod download
// describes its failures in the output.
func runJSON[T any](ctx context.Context, run Runner, command Command) (T, error) {
	var answer T
	output, err := run(ctx, command)
	if decodeErr := json.Unmarshal(output, &answer); err == nil && decodeErr != nil {
		err = fmt.Errorf("go %s: unexpected output: %w", strings.Join(command.Args, " "), decodeErr)
	}
	return answer, err
}

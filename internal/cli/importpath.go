package cli

import (
	"fmt"
	"os"
	"path"
	"path/filepath"

	"golang.org/x/mod/modfile"
)

// importPathOf returns the import path of a folder, which need not exist: that
// of the nearest go.mod at or above it and the way down from there.
func importPathOf(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", &exitError{statusProblem, err}
	}
	root := moduleRoot(abs)
	if root == "" {
		return "", misuse("no go.mod at or above %s, so the import path of the output is not known: give it with --module", dir)
	}
	name := filepath.Join(root, "go.mod")
	data, err := os.ReadFile(name)
	if err != nil {
		return "", &exitError{statusProblem, err}
	}
	module := modfile.ModulePath(data)
	if module == "" {
		return "", &exitError{statusProblem, fmt.Errorf("%s names no module: mend it, or give the import path of the output with --module", name)}
	}
	rel, err := filepath.Rel(root, abs)
	if err != nil {
		return "", &exitError{statusProblem, err}
	}
	return path.Join(module, filepath.ToSlash(rel)), nil
}

// moduleRoot returns the nearest folder with a go.mod, at or above an absolute
// one, or nothing.
func moduleRoot(dir string) string {
	for {
		if info, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil && info.Mode().IsRegular() {
			return dir
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
		dir = filepath.Dir(dir)
	}
}

package cli

import (
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lexgen/lexgen/internal/config"
)

// sourceRoot is the folder from which readers of diagnostics name files, and the
// working directory, both without symbolic links; the zero value is any folder.
type sourceRoot struct{ root, here string }

// locate is a diag.Locator: paths below the root are relative to it, others are
// absolute. What stands in a commit or a Go module is no file.
func (s sourceRoot) locate(name string) (string, bool) {
	if !isLocal(name) {
		return "", false
	}
	if s.root == "" {
		return name, true
	}
	file := filepath.FromSlash(name)
	candidates := []string{filepath.Join(s.here, file)}
	if filepath.IsAbs(file) {
		candidates = []string{file}
		if folder, err := filepath.EvalSymlinks(filepath.Dir(file)); err == nil {
			candidates = append(candidates, filepath.Join(folder, filepath.Base(file)))
		}
	}
	for _, candidate := range candidates {
		if rel, err := filepath.Rel(s.root, candidate); err == nil && filepath.IsLocal(rel) {
			return filepath.ToSlash(rel), true
		}
	}
	return filepath.ToSlash(candidates[0]), true
}

// workingDirectory returns the working directory without symbolic links; empty if
// it cannot be told.
func workingDirectory() string {
	here, err := os.Getwd()
	if err == nil {
		here, err = filepath.EvalSymlinks(here)
	}
	if err != nil {
		return ""
	}
	return here
}

// sourceRoot returns the top of the Git repository, or else the folder of
// lexgen.yaml, or else the working directory.
func (g *generation) sourceRoot() sourceRoot {
	here := workingDirectory()
	if here == "" {
		return sourceRoot{}
	}
	for folder := here; ; folder = filepath.Dir(folder) {
		if _, err := os.Lstat(filepath.Join(folder, ".git")); err == nil {
			return sourceRoot{root: folder, here: here}
		}
		if folder == filepath.Dir(folder) {
			break
		}
	}
	if file, err := filepath.Abs(g.configFile()); err == nil && g.configFile() != "" {
		if folder, err := filepath.EvalSymlinks(filepath.Dir(file)); err == nil {
			return sourceRoot{root: folder, here: here}
		}
	}
	return sourceRoot{root: here, here: here}
}

// configFile returns the path of the lexgen.yaml of the run; empty if there is
// none.
func (g *generation) configFile() string {
	switch {
	case g.flags.config != "":
		return g.flags.config
	case len(g.flags.lexicons) > 0:
		return ""
	}
	path, err := config.Find(".")
	if err != nil {
		return "" // the run itself says so
	}
	return path
}

// standIn returns the path of the file that stands in for the place of what has
// none: that of lexgen.yaml, or else the first one of the lexicons; empty without
// either.
func (g *generation) standIn() string {
	if path := g.configFile(); path != "" {
		return path
	}
	for _, name := range g.flags.lexicons {
		if !isLocal(name) {
			continue
		}
		if path := firstLexicon(name); path != "" {
			return path
		}
	}
	return ""
}

// firstLexicon returns the first file below a folder that is named as lexicons
// are, or the file itself; empty if there is none.
func firstLexicon(source string) (first string) {
	_ = filepath.WalkDir(source, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() && filepath.Ext(name) == ".json" {
			first = name
			return fs.SkipAll
		}
		return err
	})
	return first
}

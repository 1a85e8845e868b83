package cli

import (
	"context"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lexgen/lexgen/internal/config"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
)

// auxiliary returns what lexgen.yaml names and what is none of the lexicons even
// if it stands below a source: the baseline of lint, an older version in a
// folder, the lock file of installed lexicons, and frozen copies. The paths are those of lexgen.yaml.
func auxiliary(c *config.Config) []string {
	var names []string
	for _, text := range []config.Text{c.Lint.Baseline, c.Breaking.Against} {
		if text.Value != "" && isLocal(text.Value) && !isNetworkBase(text.Value) {
			names = append(names, text.Value)
		}
	}
	lock := c.Install.Lock.Value
	if lock == "" {
		lock = lockName
	}
	names = append(names, lock)
	for _, source := range c.Install.Frozen {
		if isLocal(source.Value) {
			names = append(names, source.Value)
		}
	}
	return names
}

// auxiliaryPaths returns the same as the working directory sees it.
func auxiliaryPaths(c *config.Config) []string {
	names := auxiliary(c)
	for i, name := range names {
		names[i] = c.Path(name)
	}
	return names
}

// configuredAuxiliary returns what the lexgen.yaml of the project names, if it has
// one that can be read; whoever needs more of it says what is wrong with it.
func configuredAuxiliary(file string) []string {
	if file == "" {
		file, _ = config.Find(".") // none is found if the folder is gone
	}
	if file == "" {
		return nil
	}
	report := &diag.Report{}
	c, err := config.Read(file, report)
	if err != nil || report.HasErrors() {
		return nil
	}
	return auxiliaryPaths(c)
}

// without is a source that lacks some files and folders.
type without struct {
	resolver.Source

	hidden []string // absolute paths, with slashes
}

// hiding returns the sources without what stands below them at these paths. What a
// source names itself, or by a folder above it, stays.
func hiding(sources []resolver.Source, paths []string) []resolver.Source {
	hidden := absolute(paths)
	if len(hidden) == 0 {
		return sources
	}
	var rest []resolver.Source
	for _, source := range sources {
		below := slices.DeleteFunc(slices.Clone(hidden), func(path string) bool {
			own := absolute([]string{source.Name()})
			return !isLocal(source.Name()) || len(own) == 0 || isBelow(own[0], path)
		})
		if len(below) > 0 {
			source = without{source, below}
		}
		rest = append(rest, source)
	}
	return rest
}

// Files reads the files that the source has.
func (w without) Files(ctx context.Context) ([]resolver.File, error) {
	files, err := w.Source.Files(ctx)
	return slices.DeleteFunc(files, func(f resolver.File) bool {
		path := absolute([]string{filepath.FromSlash(f.Path)})
		return slices.ContainsFunc(w.hidden, func(hidden string) bool { return len(path) > 0 && isBelow(path[0], hidden) })
	}), err
}

// inCommit returns the files of a commit that the source had, those of the folder
// that it is today.
func (w without) inCommit(files []resolver.File) []resolver.File {
	var hidden []string
	for _, root := range absolute([]string{w.Name()}) {
		for _, path := range w.hidden {
			if rel, err := filepath.Rel(root, path); err == nil {
				hidden = append(hidden, filepath.ToSlash(rel))
			}
		}
	}
	return notBelow(files, "", hidden)
}

// notBelow leaves out the files below some paths, unless the root of the files
// stands there itself. All paths are slash separated and of one folder.
func notBelow(files []resolver.File, root string, hidden []string) []resolver.File {
	return slices.DeleteFunc(files, func(f resolver.File) bool {
		return slices.ContainsFunc(hidden, func(name string) bool {
			return isBelow(path.Join(root, f.Rel), name) && !isBelow(path.Clean(root), name)
		})
	})
}

// isBelow reports whether a path is another one, or below it, both with slashes.
func isBelow(name, folder string) bool { return name == folder || strings.HasPrefix(name, folder+"/") }

// absolute returns the paths that can be made absolute, as absolute ones with
// slashes.
func absolute(paths []string) []string {
	var list []string
	for _, path := range paths {
		if abs, err := filepath.Abs(path); err == nil {
			list = append(list, filepath.ToSlash(abs))
		}
	}
	return list
}

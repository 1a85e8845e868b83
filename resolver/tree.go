package resolver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/lexgen/lexgen/parser/jsontree"
)

const (
	// maxFiles is the number of files that one source may have.
	maxFiles = 100_000
	// maxSourceSize bounds what all files of a source hold together.
	maxSourceSize = 1 << 30
)

var (
	errTooManyFiles = fmt.Errorf("more than %d files", maxFiles)
	errTooMuchData  = fmt.Errorf("more than %d MiB in all files", maxSourceSize>>20)
	errNotRegular   = errors.New("not a regular file")
)

// tree reads the *.json files below the root of a file system. Names that
// begin with a dot, and node_modules, are passed over with all below them: no
// NSID has such a segment. Folders are not entered through symbolic links.
type tree struct {
	fsys   fs.FS
	name   string // the source as printed
	limits treeLimits
	files  []File
	size   int
}

// treeLimits are the bounds of a tree.
type treeLimits struct{ files, size int }

// readTree returns the files sorted by path.
func readTree(ctx context.Context, fsys fs.FS, name string) ([]File, error) {
	t := &tree{fsys: fsys, name: name, limits: treeLimits{files: maxFiles, size: maxSourceSize}}
	return t.read(ctx)
}

func (t *tree) read(ctx context.Context) ([]File, error) {
	err := fs.WalkDir(t.fsys, ".", func(rel string, entry fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return t.visit(rel, entry, err)
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(t.files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	return t.files, nil
}

// visit takes one entry of the walk; err says why a folder cannot be listed.
func (t *tree) visit(rel string, entry fs.DirEntry, err error) error {
	switch {
	case err != nil:
		return err
	case rel == ".":
		return nil
	case passedOver(entry.Name()):
		return skip(entry)
	case entry.IsDir() || path.Ext(rel) != ".json":
		return nil
	default:
		return t.add(rel)
	}
}

func (t *tree) add(rel string) error {
	if len(t.files) == t.limits.files {
		return errTooManyFiles
	}
	data, err := readRegular(t.fsys, rel)
	if err != nil {
		data = nil
	}
	if t.size += len(data); t.size > t.limits.size {
		return errTooMuchData
	}
	t.files = append(t.files, File{Path: joinName(t.name, rel), Rel: rel, Data: data, Err: err})
	return nil
}

func passedOver(name string) bool {
	return strings.HasPrefix(name, ".") || name == "node_modules"
}

func skip(entry fs.DirEntry) error {
	if entry.IsDir() {
		return fs.SkipDir
	}
	return nil
}

// readRegular reads a file up to the first byte too many. What is not a
// regular file is not opened, because opening a pipe would wait for a writer.
func readRegular(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, reason(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errNotRegular
	}
	file, err := fsys.Open(name)
	if err != nil {
		return nil, reason(err)
	}
	defer file.Close() //nolint:errcheck // only read
	data, err := io.ReadAll(io.LimitReader(file, jsontree.MaxSize+1))
	return data, reason(err)
}

// reason strips the operation and the path of a file system error: the place
// of the diagnostic says which file it is.
func reason(err error) error {
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		return failed.Err
	}
	return err
}

package resolver

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Source is a place that Lexicon files come from.
type Source interface {
	// Name returns the source as its user wrote it.
	Name() string
	// Files reads all files, sorted by path. The error says which source
	// could not be read; a single unreadable file is no error, see File.
	Files(ctx context.Context) ([]File, error)
}

// File is one file of a source.
type File struct {
	// Path is the path as printed: the source as given, a slash, and Rel.
	Path string
	// Rel is the path below the root of the source, slash separated.
	Rel string
	// Data is the content. Of a file that is larger than jsontree.MaxSize it is
	// one byte more than that, so that the parser sees that it is too large.
	Data []byte
	// Err says why the file could not be read; Data is nil then.
	Err error
}

// modulePrefix begins the name of a source that is a Go module.
const modulePrefix = "go:"

// ParseSource returns the source that a command line argument names: a folder,
// a file, a folder or file in a Go module, go:MODULE@VERSION/PATH, see
// [ParseModuleSpec], or one in a commit, git:REF:PATH, see [ParseGitSpec].
// Folders and files must exist.
func ParseSource(arg string) (Source, error) {
	if strings.HasPrefix(arg, gitPrefix) {
		spec, err := ParseGitSpec(arg)
		if err != nil {
			return nil, err
		}
		return GitCommit(spec), nil
	}
	if strings.HasPrefix(arg, modulePrefix) {
		spec, err := ParseModuleSpec(arg)
		if err != nil {
			return nil, err
		}
		return GoModule(spec), nil
	}
	info, err := os.Stat(arg)
	switch {
	case errors.Is(err, fs.ErrNotExist) && strings.Contains(arg, "@"):
		return nil, fmt.Errorf("source %q: no such file or folder; a Go module is written %s%s", arg, modulePrefix, arg)
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("source %q: no such file or folder", arg)
	case err != nil:
		return nil, fmt.Errorf("source %q: %w", arg, err)
	case info.IsDir():
		return Dir(arg), nil
	default:
		return SingleFile(arg), nil
	}
}

// joinName puts the printed path of a file together.
func joinName(source, rel string) string {
	return strings.TrimRight(filepath.ToSlash(source), "/") + "/" + rel
}

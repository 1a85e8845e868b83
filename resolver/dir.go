package resolver

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Dir returns the source made of all *.json files below a folder. Names that
// begin with a dot, and node_modules, are passed over. A file that is a
// symbolic link is read if it stays inside the folder, and is unreadable
// otherwise; folders are not entered through symbolic links. At most 100,000
// files and 1 GiB are read.
func Dir(path string) Source { return dirSource(path) }

type dirSource string

func (d dirSource) Name() string { return string(d) }

func (d dirSource) Files(ctx context.Context) ([]File, error) {
	files, err := readDir(ctx, string(d), string(d))
	if err != nil {
		return nil, fmt.Errorf("read folder %s: %w", string(d), err)
	}
	return files, nil
}

// readDir reads a folder whose files are printed below name.
func readDir(ctx context.Context, dir, name string) ([]File, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, reason(err)
	}
	defer root.Close() //nolint:errcheck // only read
	return readTree(ctx, root.FS(), name)
}

// FS returns the source made of all *.json files of a file system, under the
// same rules as [Dir].
func FS(name string, fsys fs.FS) Source { return fsSource{name, fsys} }

type fsSource struct {
	name string
	fsys fs.FS
}

func (s fsSource) Name() string { return s.name }

func (s fsSource) Files(ctx context.Context) ([]File, error) {
	files, err := readTree(ctx, s.fsys, s.name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", s.name, err)
	}
	return files, nil
}

// SingleFile returns the source that is one file, whatever its extension.
func SingleFile(path string) Source { return fileSource(path) }

type fileSource string

func (f fileSource) Name() string { return string(f) }

func (f fileSource) Files(context.Context) ([]File, error) {
	file, err := readSingle(string(f), string(f))
	if err != nil {
		return nil, fmt.Errorf("read file %s: %w", string(f), err)
	}
	return []File{file}, nil
}

// readSingle reads one file, printed as name.
func readSingle(file, name string) (File, error) {
	base := filepath.Base(file)
	data, err := readRegular(os.DirFS(filepath.Dir(file)), base)
	if err != nil {
		return File{}, err
	}
	return File{Path: filepath.ToSlash(name), Rel: base, Data: data}, nil
}

package output

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	"github.com/lexgen/lexgen/codegen"
)

// Result says what Write did. The lists are sorted paths below the folder.
type Result struct {
	Written   []string // new or changed
	Removed   []string // stale, owned files
	Kept      []string // stale, but edited until they were no longer lexgen's
	Unchanged int
}

// Error is a failure to read or write the output folder.
type Error struct{ Err error }

// Error returns the text of the cause.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Write makes the folder hold exactly the files, besides what is not lexgen's.
// Each begins with codegen.Header. It creates the folder if need be. Errors are of type *Error; after one,
// nothing has changed unless the error says so.
func Write(dir string, files []codegen.File) (Result, error) {
	result, err := write(dir, files)
	if err != nil {
		return Result{}, &Error{err}
	}
	return result, nil
}

func write(dir string, files []codegen.File) (Result, error) {
	root, err := openFolder(dir)
	if errors.Is(err, fs.ErrNotExist) {
		if err = os.MkdirAll(dir, 0o755); err == nil {
			root, err = openFolder(dir)
		}
	}
	if err != nil {
		return Result{}, err
	}
	defer root.Close() //nolint:errcheck // nothing was written through the folder's own handle
	p, err := newPlan(root, files)
	if err != nil {
		return Result{}, err
	}
	return p.apply()
}

// maxOwned bounds the size of a file that is compared, in bytes.
const maxOwned = 1 << 30

// readFile reads a regular file of at most limit bytes. It looks before it
// opens, because opening a pipe waits for a writer.
func readFile(root *os.Root, name string, limit int64) ([]byte, error) {
	info, err := root.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no regular file", path.Join(root.Name(), name))
	case info.Size() > limit:
		return nil, fmt.Errorf("%s is larger than %d bytes", path.Join(root.Name(), name), limit)
	}
	file, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // only read
	return io.ReadAll(io.LimitReader(file, limit))
}

package atpd

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/lexgen/lexgen/services/internal/sqldb"
)

func say(w io.Writer, format string, args ...any) error {
	_, err := io.WriteString(w, "atpd: "+fmt.Sprintf(format, args...)+"\n")
	return err
}

// openFile opens a file that is only read; - is the standard input.
func openFile(path string, stdin io.Reader) (io.ReadCloser, error) {
	if path == "-" {
		return io.NopCloser(stdin), nil
	}
	return os.Open(path)
}

// writeFile makes a new file, whole and on the disk, or none; - is the standard output.
func writeFile(path string, stdout io.Writer, write func(io.Writer) error) error {
	if path == "-" {
		return write(stdout)
	}
	if err := mustBeNew("write", path); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return notMade("write", path, err)
	}
	if err = write(file); err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(&standInError{err, file.Name(), path}, os.Remove(file.Name()))
	}
	return nil
}

// newDatabase makes a new file of SQLite, whole or not at all: fill fills one at another
// place. doing is a word for errors.
func newDatabase(doing, path string, fill func(part string) error) error {
	if err := mustBeNew(doing, path); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return notMade(doing, path, err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // nothing of value is in it any more
	part := filepath.Join(dir, "restored")
	if err := fill(part); err != nil {
		return &standInError{err, part, path}
	}
	return os.Rename(part, path)
}

// notMade is why nothing could be made that stands in for a file.
func notMade(doing, path string, err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return &fs.PathError{Op: doing, Path: path, Err: err}
}

// A standInError is an error about a file that stands in for another one until it is whole. It
// names the other one, which is what the user knows.
type standInError struct {
	err        error
	part, path string
}

func (e *standInError) Error() string { return strings.ReplaceAll(e.err.Error(), e.part, e.path) }
func (e *standInError) Unwrap() error { return e.err }

func mustBeNew(doing, path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(&fs.PathError{Op: doing, Path: path, Err: fs.ErrExist}, err)
	}
	return nil
}

// mustExist refuses a database that would be made by opening it.
func mustExist(database string) error {
	if sqldb.IsPostgres(database) {
		return nil
	}
	_, err := os.Stat(database)
	return err
}

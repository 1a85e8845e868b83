package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/internal/config"
)

// draft is a file that a scaffold is about to write.
type draft struct {
	path string // as the working directory sees it, with slashes
	data []byte
}

// delivery writes drafts.
type delivery struct {
	*program

	force  bool // replace what is there
	dryRun bool // print instead
}

// define declares the flags that say how to write.
func (d *delivery) define(c *cobra.Command) {
	c.Flags().BoolVar(&d.force, "force", false, "replace files that exist")
	c.Flags().BoolVar(&d.dryRun, "dry-run", false, "write nothing, and print the files to standard output")
}

// errExists is a file that is there and not to be replaced.
var errExists = errors.New("exists already; --force replaces it")

// deliver writes a file and the folders above it, and says so. Another file of
// that name is replaced only under --force; without, the error is errExists.
func (d *delivery) deliver(f draft) error {
	if d.dryRun {
		return d.show(fmt.Sprintf("-- %s --\n%s", f.path, f.data))
	}
	err := d.write(filepath.FromSlash(f.path), f.data)
	switch {
	case errors.Is(err, fs.ErrExist):
		return &exitError{statusProblem, fmt.Errorf("%s %w", f.path, errExists)}
	case err != nil:
		return &exitError{statusInternal, fmt.Errorf("write %s: %w", f.path, err)}
	}
	tellf(d.stderr, "wrote %s", f.path)
	return nil
}

func (d *delivery) write(name string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	if d.force {
		if _, err := os.Lstat(name); err == nil {
			return config.Replace(name, data)
		}
	}
	return create(name, data)
}

// create writes a file that does not exist. Half of one does not stay.
func create(name string, data []byte) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // what is written is meant for others to read
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err = errors.Join(err, file.Close()); err != nil {
		_ = os.Remove(name) // best effort: the first error counts
	}
	return err
}

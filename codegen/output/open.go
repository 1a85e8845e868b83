package output

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
)

// openFolder opens an output folder. It looks before it opens, because opening a
// pipe waits for a writer. The error wraps fs.ErrNotExist if there is nothing.
func openFolder(dir string) (*os.Root, error) {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if target, linkErr := os.Readlink(dir); linkErr == nil {
			return nil, fmt.Errorf("it is a symbolic link to %s, and nothing is there; make that folder, or remove the link", target)
		}
		return nil, err
	case err != nil:
		return nil, err
	case !info.IsDir():
		return nil, errors.New("it is no folder; move it or choose another output folder")
	}
	return os.OpenRoot(dir)
}

// linkError says which symbolic link keeps a path from leading to a place below
// the folder. If none does, it returns the error that there was, which may be nil.
func linkError(root *os.Root, name string, err error) error {
	elements := strings.Split(name, "/")
	for i := range elements {
		link := path.Join(elements[:i+1]...)
		target, err := root.Readlink(link)
		if err != nil {
			continue // no link, or nothing at all
		}
		if _, err := root.Stat(link); err != nil {
			return fmt.Errorf("%s is a symbolic link to %s, which is not in the output folder; "+
				"lexgen writes nothing elsewhere: remove the link, or make the folder that it leads to the output folder",
				path.Join(root.Name(), link), target)
		}
	}
	return err
}

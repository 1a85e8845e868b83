package cli

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
)

// writeWhole writes a file at once: whoever reads it sees all of it or what was there
// before, and if it is lasting after a loss of power, too. The folder must exist.
func writeWhole(name string, data []byte, mode os.FileMode, lasting bool) error {
	return writeThrough(filepath.Dir(name), name, data, mode, lasting)
}

// writeThrough is writeWhole by way of a temporary file in a folder on the same disk: that
// is where it stays if the program is killed.
func writeThrough(folder, name string, data []byte, mode os.FileMode, lasting bool) (err error) {
	temporary, err := os.CreateTemp(folder, "."+filepath.Base(name)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(temporary.Name()) // best effort: the first error counts
		}
	}()
	_, err = io.Copy(temporary, bytes.NewReader(data))
	if err == nil {
		err = temporary.Chmod(mode)
	}
	if err == nil && lasting {
		err = temporary.Sync()
	}
	if closed := temporary.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(temporary.Name(), name)
}

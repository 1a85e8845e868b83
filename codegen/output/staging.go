package output

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
)

// staging holds files that are written but not yet in their places.
type staging struct {
	root    *os.Root
	files   []staged
	folders []string // that were made for them, outer ones first
	number  int      // of the last temporary name
}

// staged is a file under a temporary name in its folder.
type staged struct{ temporary, name string }

// add writes a file under a temporary name.
func (s *staging) add(name string, data []byte) error {
	if err := s.folder(path.Dir(name)); err != nil {
		return err
	}
	file, temporary, err := s.create(path.Dir(name))
	if err != nil {
		return err
	}
	s.files = append(s.files, staged{temporary, name})
	_, err = file.Write(data)
	return errors.Join(err, file.Close())
}

// folder makes a folder and those above it, and remembers which were not there.
func (s *staging) folder(name string) error {
	if name == "." {
		return nil
	}
	if err := s.folder(path.Dir(name)); err != nil {
		return err
	}
	err := s.root.Mkdir(name, 0o755)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err == nil {
		s.folders = append(s.folders, name)
	}
	return err
}

// create creates a file of a name that nobody has, not even another run at the
// same time. The go command ignores names that begin with a dot.
func (s *staging) create(dir string) (file *os.File, name string, err error) {
	for {
		s.number++
		name = path.Join(dir, fmt.Sprintf(".lexgen-%d-%d.tmp", os.Getpid(), s.number))
		file, err = s.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if !errors.Is(err, fs.ErrExist) {
			return file, name, err
		}
	}
}

// publish renames the first n files, or as many as there are, to their own
// names. It returns how many it renamed.
func (s *staging) publish(n int) (int, error) {
	n = min(n, len(s.files))
	for i := range n {
		if err := s.root.Rename(s.files[0].temporary, s.files[0].name); err != nil {
			return i, err
		}
		s.files = s.files[1:]
	}
	return n, nil
}

// discard removes what was not published, and the folders that were made for
// it. It does its best: whoever calls it already has an error, or nothing is
// left to discard.
func (s *staging) discard() {
	for _, file := range s.files {
		_ = s.root.Remove(file.temporary)
	}
	for _, folder := range slices.Backward(s.folders) {
		_ = s.root.Remove(folder) // fails if it is in use
	}
}

package config

import (
	"os"
	"path/filepath"
)

// Find looks for a lexgen.yaml in a folder and then in its parents, up to the
// first that has a go.mod; where no parent has one, in the folder alone, so
// that a stranger's file further up is not taken. The path is relative to the
// folder if that is. It is empty if there is no file.
func Find(folder string) (string, error) {
	abs, err := filepath.Abs(folder)
	if err != nil {
		return "", err
	}
	found := ""
	for here, up := abs, folder; ; here, up = filepath.Dir(here), filepath.Join(up, "..") {
		path := filepath.Join(up, FileName)
		if found == "" && isThere(path) {
			found = path
		}
		if isThere(filepath.Join(up, "go.mod")) {
			return found, nil
		}
		if here == filepath.Dir(here) {
			break
		}
	}
	if path := filepath.Join(folder, FileName); isThere(path) {
		return path, nil
	}
	return "", nil
}

// isThere reports whether there is something with a name. A folder that may
// not be read has nothing that a run could use.
func isThere(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

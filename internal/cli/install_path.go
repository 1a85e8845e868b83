package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// checkPaths refuses to write or remove lexicons where something stands in the way: a
// symbolic link below the folder, which may lead anywhere, a file in place of a folder,
// or what is no file in place of one. The folder itself may be a link.
func (p *installation) checkPaths(nsids ...syntax.NSID) error {
	seen := map[string]bool{}
	var faults []error
	for _, nsid := range nsids {
		rel, err := filepath.Rel(p.into, p.path(nsid))
		if err != nil {
			return err
		}
		segments := strings.Split(rel, string(filepath.Separator))
		for i := range segments {
			name := filepath.Join(append([]string{p.into}, segments[:i]...)...)
			if !seen[name] {
				seen[name] = true
				faults = append(faults, checkFolderAt(name, i == 0))
			}
		}
		faults = append(faults, checkFileAt(p.path(nsid)))
	}
	return errors.Join(faults...)
}

// checkLock refuses to write a lock file that is a symbolic link, which would be replaced
// and leave the file where it leads as it was, or that is no file.
func (p *installation) checkLock() error {
	info, err := os.Lstat(p.lock)
	switch {
	case err != nil:
		return nil //nolint:nilerr // it is not there, or reading it says why
	case info.Mode()&fs.ModeSymlink != 0:
		return fmt.Errorf("%s is a symbolic link, and a lock file is written behind none\n"+
			"name the file where it leads by --lock, or by install: lock: in lexgen.yaml, or put a file there", p.lock)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is no file, and what is installed is to be pinned there: move it away", p.lock)
	}
	return nil
}

// checkFolderAt refuses what is no folder, if it is there.
func checkFolderAt(name string, mayBeLink bool) error {
	look := os.Lstat
	if mayBeLink {
		look = os.Stat
	}
	info, err := look(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return nil //nolint:nilerr // as below a file, of which was told
	case info.Mode()&fs.ModeSymlink != 0:
		return fmt.Errorf("%s is a symbolic link, and lexicons are installed behind none: put a folder there", name)
	case !info.IsDir():
		return fmt.Errorf("%s is no folder, and lexicons are to be installed below it: move it away", name)
	}
	return nil
}

// checkFileAt refuses what is neither a file nor a link, which is replaced as such.
func checkFileAt(name string) error {
	info, err := os.Lstat(name)
	if err == nil && !info.Mode().IsRegular() && info.Mode()&fs.ModeSymlink == 0 {
		return fmt.Errorf("%s is no file, and a lexicon is to be installed there: move it away", name)
	}
	return nil
}

// readFile reads at most that many bytes of a file, and waits for no pipe.
func readFile(name string, limit int64) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is no file")
	}
	return readUpTo(name, limit)
}

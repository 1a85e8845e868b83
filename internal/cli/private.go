package cli

import (
	"errors"
	"io/fs"
	"os"
	"runtime"
)

// isPrivate reports whether nobody but its owner has access to a file, as far as
// its mode says. On Windows the mode says nothing.
func isPrivate(info fs.FileInfo) bool {
	const others = 0o077
	return runtime.GOOS == "windows" || info.Mode().Perm()&others == 0
}

// readPrivate reads at most that many bytes of a file that only its owner has access
// to. what is what messages call it. No error repeats what is in the file.
func readPrivate(name, what string, limit int64) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, errors.New(reasonOf(err))
	}
	if info.IsDir() {
		return nil, errors.New("a folder, not a " + what)
	}
	if !isPrivate(info) {
		return nil, errors.New("others have access to the " + what + ": chmod 600 takes it away")
	}
	content, err := readUpTo(name, limit)
	if err != nil {
		return nil, errors.New(reasonOf(err))
	}
	return content, nil
}

package cli

import (
	"io/fs"
	"runtime"
)

// isPrivate reports whether nobody but its owner has access to a file, as far as
// its mode says. On Windows the mode says nothing.
func isPrivate(info fs.FileInfo) bool {
	const others = 0o077
	return runtime.GOOS == "windows" || info.Mode().Perm()&others == 0
}

package cli

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// take makes a file that nobody else can open, and that goes when it is closed.
func take(folder, name string) (leave func(), err error) {
	const (
		deleteOnClose    = 0x04000000
		deleteAccess     = 0x00010000
		sharingViolation = syscall.Errno(32)
	)
	path, err := syscall.UTF16PtrFromString(filepath.Join(folder, name+".turn"))
	if err != nil {
		return nil, err
	}
	handle, err := syscall.CreateFile(path, syscall.GENERIC_WRITE|deleteAccess, 0, nil, syscall.OPEN_ALWAYS,
		syscall.FILE_ATTRIBUTE_NORMAL|deleteOnClose, 0)
	switch {
	case errors.Is(err, sharingViolation):
		return nil, errTaken
	case err != nil:
		return nil, err
	}
	return closing(os.NewFile(uintptr(handle), name)), nil
}

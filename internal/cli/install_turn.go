package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// errTaken says that another program is where this one wants to be.
var errTaken = errors.New("taken")

// enter makes this run of install the only one that writes in its folder, until leave is
// called or the program ends, however it does. It makes the folder if it is not there, as
// all runs have to lock the same one. It waits for nobody. Where the system cannot do that,
// nobody is kept out.
func (p *installation) enter() (leave func(), err error) {
	folder := filepath.Dir(p.lock)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, &exitError{statusInternal, fmt.Errorf("make the folder of %s: %w", p.lock, err)}
	}
	leave, err = take(folder, filepath.Base(p.staging()))
	switch {
	case errors.Is(err, errTaken):
		return nil, &exitError{statusProblem, fmt.Errorf("another run of lexgen install is at work in %s: wait for its end, and try again", folder)}
	case err != nil:
		return func() {}, nil //nolint:nilerr // a system without locks
	}
	return leave, nil
}

// closing returns what closes a file.
func closing(file *os.File) func() {
	return func() { _ = file.Close() } // which was not written
}

package output

import (
	"errors"
	"io/fs"
	"slices"

	"github.com/lexgen/lexgen/codegen"
)

// Stale lists what Write would change in a folder: sorted paths below it.
type Stale struct {
	Missing, Changed, Surplus []string
}

// Empty reports whether nothing is stale.
func (s Stale) Empty() bool { return len(s.Missing)+len(s.Changed)+len(s.Surplus) == 0 }

// Check compares a folder with what it should hold and changes nothing. The
// manifest is asked only which files are surplus. Errors are of type *Error.
func Check(dir string, files []codegen.File) (Stale, error) {
	root, err := openFolder(dir)
	if errors.Is(err, fs.ErrNotExist) {
		var s Stale
		for _, file := range files {
			s.Missing = append(s.Missing, file.Path)
		}
		return s, nil
	}
	if err != nil {
		return Stale{}, &Error{err}
	}
	defer root.Close() //nolint:errcheck // only read
	p, err := newPlan(root, files)
	if err != nil {
		return Stale{}, &Error{err}
	}
	s := Stale{Surplus: p.result.Removed}
	for _, name := range p.result.Written {
		if _, err := root.Stat(name); errors.Is(err, fs.ErrNotExist) {
			s.Missing = append(s.Missing, name)
		} else {
			s.Changed = append(s.Changed, name)
		}
	}
	if p.manifest != nil && s.Empty() {
		s.Changed = append(s.Changed, ManifestName)
	}
	slices.Sort(s.Changed)
	return s, nil
}

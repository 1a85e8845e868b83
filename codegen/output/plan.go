package output

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/lexgen/lexgen/codegen"
)

// plan is the difference between a folder and what it should hold.
type plan struct {
	root     *os.Root
	result   Result
	changed  []codegen.File
	manifest []byte // nil if it does not change
}

func newPlan(root *os.Root, files []codegen.File) (*plan, error) {
	old, oldBytes, err := readManifest(root)
	if err != nil {
		return nil, err
	}
	p := &plan{root: root}
	next := manifest{Comment: manifestComment, Files: map[string]string{}}
	folded := map[string]string{}
	var errs []error
	for _, file := range files {
		next.Files[file.Path] = hash(file.Data)
		folded[strings.ToLower(file.Path)] = file.Path
		errs = append(errs, p.compare(file))
	}
	for _, name := range slices.Sorted(maps.Keys(old.Files)) {
		if _, wanted := next.Files[name]; !wanted && !p.same(name, folded[strings.ToLower(name)]) {
			errs = append(errs, p.stale(name))
		}
	}
	data, err := next.encode()
	if err := joined(append(errs, err)); err != nil {
		return nil, err
	}
	if !bytes.Equal(data, oldBytes) {
		p.manifest = data
	}
	return p, nil
}

// joined joins errors, each text once: many files may be behind one link.
func joined(errs []error) error {
	seen := map[string]bool{}
	return errors.Join(slices.DeleteFunc(errs, func(err error) bool {
		if err == nil || seen[err.Error()] {
			return true
		}
		seen[err.Error()] = true
		return false
	})...)
}

// compare decides whether a file must be written, and refuses to replace one
// that is not lexgen's.
func (p *plan) compare(file codegen.File) error {
	have, err := readFile(p.root, file.Path, maxOwned)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if link := linkError(p.root, path.Dir(file.Path), nil); link != nil {
			return link
		}
	case err != nil:
		return linkError(p.root, file.Path, err)
	case bytes.Equal(have, file.Data):
		p.result.Unchanged++
		return nil
	case !generated(have):
		return fmt.Errorf("%s is in the way: lexgen did not write it; move it or choose another output folder", path.Join(p.root.Name(), file.Path))
	}
	p.changed = append(p.changed, file)
	p.result.Written = append(p.result.Written, file.Path)
	return nil
}

// stale decides what happens to a file that lexgen wrote earlier and would not
// write now.
func (p *plan) stale(name string) error {
	have, err := readFile(p.root, name, maxOwned)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return linkError(p.root, name, err)
	case generated(have):
		p.result.Removed = append(p.result.Removed, name)
	default:
		p.result.Kept = append(p.result.Kept, name)
	}
	return nil
}

// same reports whether two paths that differ in letter case are one file, as
// they are on some file systems. The second may be empty.
func (p *plan) same(name, wanted string) bool {
	if wanted == "" {
		return false
	}
	a, errA := p.root.Stat(name)
	b, errB := p.root.Stat(wanted)
	return errA == nil && errB == nil && os.SameFile(a, b)
}

// generated reports whether a file says that lexgen wrote it, or says nothing:
// what a full disk or a crash leaves of one may be empty.
func generated(data []byte) bool {
	return len(data) == 0 || bytes.HasPrefix(data, []byte(codegen.Header+"\n"))
}

// apply writes what changed beside its destination, renames it, removes what is
// stale, and puts the manifest in its place last: what is removed is in the old
// one until then.
func (p *plan) apply() (Result, error) {
	s := &staging{root: p.root}
	defer s.discard()
	for _, file := range p.changed {
		if err := s.add(file.Path, file.Data); err != nil {
			return Result{}, err
		}
	}
	if p.manifest != nil {
		if err := s.add(ManifestName, p.manifest); err != nil {
			return Result{}, err
		}
	}
	if n, err := s.publish(len(p.changed)); err != nil {
		return Result{}, fmt.Errorf("%w; %d of %d files were already replaced, run lexgen again", err, n, len(p.changed))
	}
	err := p.remove()
	if err == nil {
		_, err = s.publish(1)
	}
	if err != nil {
		return Result{}, fmt.Errorf("%w; the files themselves are written, run lexgen again", err)
	}
	return p.result, nil
}

// remove removes what is stale, and folders that become empty.
func (p *plan) remove() error {
	for _, name := range p.result.Removed {
		if err := p.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			if p.root.Remove(dir) != nil {
				break // not empty
			}
		}
	}
	return nil
}

package cli

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/lexgen/lexgen/parser/jsontree"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// What is to be written is put into a folder of its own beside the lock file first, and
// renamed to its final name when all of it is there and on disk: from then on it will be
// written, by this run or, if that is killed, by the next one. The lock file is written
// last. So whoever is killed leaves the old state, the new one, or a folder that leads to
// the new one.

// stagedPlan is the file that says what is in such a folder.
const stagedPlan = "plan.json"

// staged is what stands in that file.
type staged struct {
	Before string `json:"before"` // SHA-256 of the lock file before, "" if there was none
	// Write and Remove are the lexicons that are to be written and to go, with the SHA-256
	// of what their files had before, "" if there was none.
	Write  map[syntax.NSID]string `json:"write"`
	Remove map[syntax.NSID]string `json:"remove"`
}

// touched returns all lexicons in their order.
func (s *staged) touched() []syntax.NSID {
	return slices.Sorted(func(yield func(syntax.NSID) bool) {
		for _, files := range []map[syntax.NSID]string{s.Write, s.Remove} {
			for nsid := range files {
				if !yield(nsid) {
					return
				}
			}
		}
	})
}

// staging is the folder from which an interrupted run is finished.
func (p *installation) staging() string {
	return filepath.Join(filepath.Dir(p.lock), "."+filepath.Base(p.lock)+".install")
}

// stagedName names the text of a lexicon there: by a hash, as an NSID may be longer than
// the name of a file.
func stagedName(nsid syntax.NSID) string { return sumOf([]byte(nsid)) + ".json" }

// stagedText returns where the text of a lexicon stands in the folder. Runs of earlier
// builds have named it by the NSID.
func (p *installation) stagedText(nsid syntax.NSID) string {
	name, former := filepath.Join(p.staging(), stagedName(nsid)), filepath.Join(p.staging(), string(nsid)+".json")
	if !isThere(name) && isThere(former) {
		return former
	}
	return name
}

// checkUnchanged refuses a plan for what somebody has changed since it was made.
func (p *installation) checkUnchanged(plan *plan) error {
	const advice = "nothing was written; run lexgen install again"
	if sumOfFile(p.lock) != plan.before {
		return fmt.Errorf("%s was changed while this ran\n%s", p.lock, advice)
	}
	for _, c := range plan.changes {
		if (c.text != nil || c.isRemove) && !bytes.Equal(p.read(c.nsid).text, c.onDisk) {
			return fmt.Errorf("%s was changed while this ran\n%s", p.path(c.nsid), advice)
		}
	}
	return nil
}

// commit writes a plan.
func (p *installation) commit(plan *plan) error {
	temporary, err := p.stage(plan)
	if err != nil {
		return errors.Join(err, os.RemoveAll(temporary))
	}
	if err := os.Rename(temporary, p.staging()); err != nil {
		return errors.Join(fmt.Errorf("another run of lexgen install may be writing: %w", err), os.RemoveAll(temporary))
	}
	syncFolder(filepath.Dir(p.lock))
	return p.apply()
}

// stage puts all that is to be written into a new folder, which is returned after an
// error, too.
func (p *installation) stage(plan *plan) (temporary string, err error) {
	if err := os.MkdirAll(filepath.Dir(p.lock), 0o755); err != nil {
		return "", err
	}
	if temporary, err = os.MkdirTemp(filepath.Dir(p.lock), filepath.Base(p.staging())+"-*"); err != nil {
		return "", err
	}
	todo := staged{Before: plan.before, Write: map[syntax.NSID]string{}, Remove: map[syntax.NSID]string{}}
	for _, c := range plan.changes {
		switch {
		case c.text != nil:
			todo.Write[c.nsid] = sumOf(c.onDisk)
			err = writeWhole(filepath.Join(temporary, stagedName(c.nsid)), c.text, 0o644, true)
		case c.isRemove:
			todo.Remove[c.nsid] = sumOf(c.onDisk)
		}
		if err != nil {
			return temporary, err
		}
	}
	if err := writeWhole(filepath.Join(temporary, lockName), plan.next.text(), 0o644, true); err != nil {
		return temporary, err
	}
	text, err := json.MarshalIndent(todo, "", "  ")
	if err != nil {
		return temporary, fmt.Errorf("%s: %w", stagedPlan, err)
	}
	if err := writeWhole(filepath.Join(temporary, stagedPlan), text, 0o644, true); err != nil {
		return temporary, err
	}
	syncFolder(temporary)
	return temporary, nil
}

// sumOfFile returns the SHA-256 of a file, or "" if it cannot be read.
func sumOfFile(name string) string {
	text, err := readFile(name, maxLock)
	if err != nil {
		return ""
	}
	return sumOf(text)
}

// sumOf returns the SHA-256 of a text, "" for nil, which stands for no file.
func sumOf(text []byte) string {
	if text == nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// isInterrupted reports whether a run was interrupted that the next one will finish.
func (p *installation) isInterrupted() bool { return isThere(p.staging()) }

// recover finishes what an interrupted run was to write, and forgets what one had not
// put together yet. It reports whether it has finished something. If somebody has changed
// the lock file since, the run is forgotten, too. If somebody has edited one of the
// lexicons, that is an error, and all stays as it is, unless force.
func (p *installation) recover(force bool) (finished bool, err error) {
	temporaries, err := filepath.Glob(globLiteral(p.staging()) + "-*")
	if err != nil {
		return false, err
	}
	for _, temporary := range temporaries {
		if err := os.RemoveAll(temporary); err != nil {
			return false, err
		}
	}
	if !p.isInterrupted() {
		return false, nil
	}
	todo, err := p.staged()
	if err != nil || p.isLockChanged(todo) {
		return false, p.forget()
	}
	if edited := p.editedSince(todo); len(edited) > 0 && !force {
		return false, &exitError{statusProblem, errors.New(strings.Join(edited, "\n"))}
	}
	return true, p.apply()
}

// isLockChanged reports whether the lock file is neither the old nor the new one.
func (p *installation) isLockChanged(todo staged) bool {
	is := sumOfFile(p.lock)
	return is != todo.Before && is != sumOfFile(filepath.Join(p.staging(), lockName)) || is == "" && isThere(p.lock)
}

// editedSince says which files have something else than before, and than what is to be
// there, and what to do about them. A file that is gone is none of them.
func (p *installation) editedSince(todo staged) (edited []string) {
	for _, nsid := range todo.touched() {
		name := p.path(nsid)
		before, isWritten := todo.Write[nsid]
		if !isWritten {
			before = todo.Remove[nsid]
		}
		is := sumOfFile(name)
		isNew := isWritten && is == sumOfFile(p.stagedText(nsid))
		if isThere(name) && is != before && !isNew {
			edited = append(edited, name+" was edited after a run of lexgen install was interrupted, which has yet to replace or remove it")
		}
	}
	if len(edited) > 0 {
		edited = append(edited, "nothing was written; put the edits elsewhere, so that the next run finishes that one, or --force replaces the files")
	}
	return edited
}

// globLiteral makes a glob that matches a name.
func globLiteral(name string) string { return literalGlob.Replace(name) }

// staged reads what stands in the folder.
func (p *installation) staged() (todo staged, err error) {
	text, err := readFile(filepath.Join(p.staging(), stagedPlan), maxLock)
	if err != nil {
		return todo, err
	}
	if err := json.Unmarshal(text, &todo); err != nil {
		return todo, fmt.Errorf("%s: %w", stagedPlan, err)
	}
	for _, nsid := range todo.touched() {
		if _, err := syntax.ParseNSID(string(nsid)); err != nil { // which becomes a path
			return todo, err
		}
	}
	for nsid := range todo.Write {
		if err := checkStaged(p.stagedText(nsid), jsontree.MaxSize); err != nil {
			return todo, err
		}
	}
	return todo, checkStaged(filepath.Join(p.staging(), lockName), maxLock)
}

// checkStaged refuses what no run has put into the folder: a link, which may lead
// anywhere, or more bytes than it may have.
func checkStaged(name string, limit int64) error {
	info, err := os.Lstat(name)
	if err == nil && (!info.Mode().IsRegular() || info.Size() > limit) {
		err = fmt.Errorf("%s is no file of at most %d bytes", name, limit)
	}
	return err
}

// apply writes what was put together: lexicons, then the lock file. It may be done
// again from the beginning, however often.
func (p *installation) apply() error {
	todo, err := p.staged()
	if err != nil {
		return err
	}
	if err := p.checkPaths(todo.touched()...); err != nil {
		return err
	}
	folders := map[string]bool{}
	for _, nsid := range slices.Sorted(maps.Keys(todo.Write)) {
		text, err := os.ReadFile(p.stagedText(nsid))
		if err != nil {
			return err
		}
		name := p.path(nsid)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := p.writeUnlessSame(name, text); err != nil {
			return err
		}
		folders[filepath.Dir(name)] = true
	}
	for nsid := range todo.Remove {
		if err := os.Remove(p.path(nsid)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		p.removeEmpty(filepath.Dir(p.path(nsid)))
	}
	for folder := range folders {
		syncFolder(folder)
	}
	text, err := os.ReadFile(filepath.Join(p.staging(), lockName))
	if err != nil {
		return err
	}
	if err := p.writeUnlessSame(p.lock, text); err != nil {
		return err
	}
	syncFolder(filepath.Dir(p.lock))
	return p.forget()
}

// writeUnlessSame writes a file that others may read, whose time stamp stays if it has
// that text already. What is half-written stands in the folder from which a run is
// finished, unless that is on another disk.
func (p *installation) writeUnlessSame(name string, text []byte) error {
	if was, err := readUpTo(name, int64(len(text))+1); err == nil && bytes.Equal(was, text) {
		return nil
	}
	err := writeThrough(p.staging(), name, text, 0o644, true)
	if errors.Is(err, syscall.EXDEV) {
		return writeWhole(name, text, 0o644, true)
	}
	return err
}

// removeEmpty removes a folder below that of the lexicons, and those above it, as long as
// they are empty.
func (p *installation) removeEmpty(folder string) {
	for strings.HasPrefix(folder, p.into+string(filepath.Separator)) && os.Remove(folder) == nil {
		folder = filepath.Dir(folder)
	}
}

// forget removes the folder, at once for whoever looks for it.
func (p *installation) forget() error {
	old, err := os.MkdirTemp(filepath.Dir(p.lock), filepath.Base(p.staging())+"-*")
	if err != nil {
		return err
	}
	if err := os.Rename(p.staging(), filepath.Join(old, "done")); err != nil {
		return errors.Join(err, os.RemoveAll(old))
	}
	return os.RemoveAll(old)
}

// syncFolder has the names in a folder outlast a loss of power, where the system can do
// that.
func syncFolder(name string) {
	folder, err := os.Open(name)
	if err != nil {
		return
	}
	_ = folder.Sync() // best effort
	_ = folder.Close()
}

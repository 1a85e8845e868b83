package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
	schema "github.com/lexgen/lexgen/resolver/network"
	lexnet "github.com/lexgen/lexgen/runtime/lexicon"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// verify does what --ci does: it holds what is on disk against the lock file, and asks
// nobody.
func (i *installing) verify() error {
	report := &diag.Report{}
	n := i.place.verify(report)
	list := report.Diagnostics()
	if err := i.printDiagnostics(list); err != nil {
		return err
	}
	if len(list) > 0 {
		return &exitError{statusProblem, errors.New(tally(list))}
	}
	tellf(i.stderr, "%s in %s, all as %s pins them", count(n, "lexicon", "lexicons"), i.place.into, i.place.lock)
	return nil
}

// verify reports what is not as install has written it, and returns how many lexicons
// are pinned.
func (p *installation) verify(report *diag.Report) int {
	v := lockCheck{installation: p, report: report, lockPath: filepath.ToSlash(p.lock)}
	if p.isInterrupted() {
		report.Error(diag.CodeLockIncomplete, v.atLock(), "a run of lexgen install was interrupted while it wrote",
			diag.Help("lexgen install finishes it"))
		return 0
	}
	l, err := readLock(p.lock)
	switch {
	case err != nil:
		report.Error(diag.CodeLockInvalid, v.atLock(), err.Error(), diag.Help("restore it, or remove it and the installed files, and install anew"))
		return 0
	case l == nil:
		report.Error(diag.CodeLockInvalid, v.atLock(), "there is no lock file", diag.Help("lexgen install NSID writes one"))
		return 0
	}
	v.lock = l
	v.documents()
	v.references()
	v.names()
	return len(l.pins)
}

// lockCheck is one run of verify.
type lockCheck struct {
	*installation

	report   *diag.Report
	lockPath string
	lock     *lock
	docs     map[syntax.NSID]*parser.Document
}

// atLock is the place of what has none but the lock file.
func (v *lockCheck) atLock() diag.Span { return diag.Span{File: diag.NewFile(v.lockPath, nil)} }

// at is the place of the file of a lexicon.
func (v *lockCheck) at(nsid syntax.NSID, text []byte) diag.Span {
	return diag.Span{File: diag.NewFile(filepath.ToSlash(v.path(nsid)), text)}
}

// documents holds the files against their pins.
func (v *lockCheck) documents() {
	v.docs = map[syntax.NSID]*parser.Document{}
	for _, nsid := range v.lock.sorted() {
		pinned := v.lock.pins[nsid].cid
		is := v.read(nsid)
		switch {
		case errors.Is(is.err, fs.ErrNotExist):
			v.report.Error(diag.CodeLockIncomplete, v.at(nsid, is.text), fmt.Sprintf("%s is not installed, and %s pins %s", nsid, v.lockPath, pinned),
				diag.Help("lexgen install fetches it"))
			continue
		case is.cid != pinned:
			v.report.Error(diag.CodeLockDrift, v.at(nsid, is.text),
				fmt.Sprintf("%s is not what is pinned: the file has %s, and %s pins %s", nsid, is.name(), v.lockPath, pinned),
				diag.Help(remedyOf(v.lock.pins[nsid])))
			continue
		}
		doc, err := schema.Parse(filepath.ToSlash(v.path(nsid)), nsid, is.text)
		if err != nil {
			v.report.Error(diag.CodeLockDrift, v.at(nsid, is.text), fmt.Sprintf("%s cannot be used: %v", nsid, err),
				diag.Help("lexgen install --update takes what is published now"))
			continue
		}
		v.docs[nsid] = doc
	}
}

// remedyOf says what to do about a file that was edited.
func remedyOf(p pin) string {
	if p.did() == "" {
		return "lexgen install pins it as it is, if it is one of your own, and --force restores what comes from a source"
	}
	return "lexgen install --force restores it, lexgen install --update takes what is published now; edit only lexicons of your own"
}

// name returns the CID of a file, or why it has none.
func (f installed) name() string {
	if f.cid.Defined() {
		return f.cid.String()
	}
	return fmt.Sprintf("no CID (%v)", f.err)
}

// isRecord reports whether a file has the $type of a record, as all have that install
// writes.
func (f installed) isRecord() bool {
	data, err := lexnet.Encode(f.text)
	if err != nil {
		return false
	}
	record, err := lexnet.AsRecord(data)
	return err == nil && bytes.Equal(record, data)
}

// asInstalled reports whether a file is a record in the form in which install writes it.
func (f installed) asInstalled() bool { return f.isRecord() && f.asWritten() }

// asWritten reports whether a file has the form in which install writes it.
func (f installed) asWritten() bool {
	data, err := lexnet.Encode(f.text)
	if err != nil {
		return false
	}
	text, err := (&lexnet.Lexicon{Data: data}).Text()
	return err == nil && bytes.Equal(text, f.text)
}

// references follows the references from what somebody asked for, and reports what they
// lead to and is not pinned, and what is pinned and they do not lead to.
func (v *lockCheck) references() {
	needed := map[syntax.NSID]syntax.NSID{} // by whom
	waiting := v.lock.roots
	for _, nsid := range waiting {
		needed[nsid] = ""
	}
	isWhole := true // all that is reached could be read
	for len(waiting) > 0 {
		nsid := waiting[0]
		waiting = waiting[1:]
		doc := v.docs[nsid]
		if doc == nil {
			isWhole = false
			continue
		}
		for _, to := range schema.References(doc) {
			if _, seen := needed[to]; !seen {
				needed[to] = nsid
				waiting = append(waiting, to)
			}
		}
	}
	for nsid, by := range needed {
		if v.lock.has(nsid) {
			continue
		}
		why := "it stands among those that were asked for"
		if by != "" {
			why = string(by) + " refers to it"
		}
		v.report.Error(diag.CodeLockIncomplete, v.atLock(), fmt.Sprintf("%s is not pinned: %s", nsid, why), diag.Help("lexgen install adds it"))
	}
	for _, nsid := range v.lock.sorted() {
		if _, reached := needed[nsid]; !reached && isWhole {
			v.report.Error(diag.CodeLockIncomplete, v.atLock(), fmt.Sprintf("%s is pinned, and nothing refers to it", nsid),
				diag.Help("lexgen install takes it out; add it to \"lexicons\" if it is to stay"))
		}
	}
}

// names reports lexicons whose files would be one on a disk that ignores case.
func (v *lockCheck) names() {
	for _, t := range twinsOf(v.lock.sorted()) {
		v.report.Error(diag.CodeLockInvalid, v.atLock(),
			fmt.Sprintf("%s and %s differ in the case of letters alone, and their files are one on many disks", t.one, t.other),
			diag.Help("take one of them, or what leads to it, out of \"lexicons\", and run lexgen install"))
	}
}

// pinnedPaths returns the files that a lock file pins, and that have the form in which
// install writes them, without a word about a lock file that cannot be read.
func (p *installation) pinnedPaths() []string {
	l, err := readLock(p.lock)
	if err != nil || l == nil {
		return nil
	}
	var paths []string
	for _, nsid := range l.sorted() {
		if is := p.read(nsid); is.cid.Defined() && is.asWritten() {
			paths = append(paths, p.path(nsid))
		}
	}
	return paths
}

package cli

import (
	"slices"

	schema "github.com/lexgen/lexgen/resolver/network"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A plan is what a run of install is to write.
type plan struct {
	old, next *lock  // old is nil if there is none
	before    string // SHA-256 of the text of old
	changes   []installChange
}

// An installChange is what becomes of one lexicon.
type installChange struct {
	nsid     syntax.NSID
	was, is  pin    // zero if it was not, or is no longer, installed
	text     []byte // to be written; nil if the file stays, or goes
	wasText  []byte // that was installed; nil if there was none, or it cannot be read
	isText   []byte // that is installed then; nil if it goes
	isRemove bool   // whether the file goes
	isOwn    bool   // whether it is a file of the user's own, which never goes
	onDisk   []byte // what the file had, nil if there was none
}

// plan compares what was found with what there is.
func (f *finder) plan(found map[syntax.NSID]schema.Result) *plan {
	old := f.old
	p := &plan{old: old, next: &lock{roots: rootsOf(old, f.named), pins: map[syntax.NSID]pin{}}}
	for nsid, result := range found {
		c := installChange{nsid: nsid, is: pin{result.Lexicon.URI(), result.Lexicon.CID}, isText: result.Document.File.Source()}
		if old.has(nsid) {
			c.was = old.pins[nsid]
			if c.was.cid == c.is.cid && c.was.did() == c.is.did() {
				c.is.uri = c.was.uri // however it is written
			}
		}
		p.next.pins[nsid] = c.is
		p.add(f.place, c)
	}
	if old != nil {
		for nsid, was := range old.pins {
			if !p.next.has(nsid) {
				p.add(f.place, installChange{nsid: nsid, was: was, isOwn: f.isOwn(nsid)})
			}
		}
	}
	slices.SortFunc(p.changes, func(a, b installChange) int { return compareNSIDs(a.nsid, b.nsid) })
	return p
}

func compareNSIDs(a, b syntax.NSID) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// add completes a change by what is on disk. A file that says the same in another form
// stays, and so does one that would go but was edited, or is the user's own.
func (p *plan) add(at *installation, c installChange) {
	on := at.read(c.nsid)
	c.onDisk = on.text
	if on.cid == c.was.cid || on.cid == c.is.cid {
		c.wasText = on.text
	}
	switch {
	case c.isText == nil:
		c.isRemove = on.cid.Defined() && on.cid == c.was.cid && !c.isOwn
	case on.cid != c.is.cid || !on.cid.Defined():
		c.text = c.isText
	}
	p.changes = append(p.changes, c)
}

// touched returns the lexicons whose files are written or go.
func (p *plan) touched() (list []syntax.NSID) {
	for _, c := range p.changes {
		if c.text != nil || c.isRemove {
			list = append(list, c.nsid)
		}
	}
	return list
}

// isEmpty reports whether there is nothing to write.
func (p *plan) isEmpty() bool {
	for _, c := range p.changes {
		if c.text != nil || c.isRemove {
			return false
		}
	}
	return p.old != nil && string(p.old.text()) == string(p.next.text())
}

// kind says what becomes of a lexicon.
func (c installChange) kind() changeKind {
	none := cid.CID{}
	switch {
	case c.was.cid == none:
		return changeNew
	case c.is.cid == none:
		return changeGone
	case c.was.cid != c.is.cid:
		return changeOther
	case c.was.did() != c.is.did():
		return changeMoved
	case c.text != nil:
		return changeRestored
	}
	return changeNone
}

// A changeKind is what becomes of a lexicon.
type changeKind int

const (
	changeNone     changeKind = iota
	changeNew                 // it was not installed
	changeOther               // it has another CID
	changeMoved               // it is the same, of another account
	changeRestored            // its file was not as it should be
	changeGone                // nothing refers to it any more
)

// count returns how many lexicons there is a kind of change for.
func (p *plan) count(kind changeKind) int {
	n := 0
	for _, c := range p.changes {
		if c.kind() == kind {
			n++
		}
	}
	return n
}

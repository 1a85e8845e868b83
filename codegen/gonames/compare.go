package gonames

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/lexgen/lexgen/codegen/ir"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
)

// Version is one version of lexicons.
type Version struct {
	Graph   *resolver.Graph
	Program *ir.Program // made of the graph
}

// Change is a name that is not what it was.
type Change struct {
	ID   string    // of what has the name: a definition, with the place inside it, or a lexicon
	What string    // the change, as a sentence without a full stop
	At   diag.Span // in the new version, the nearest place where it is gone; none if the lexicon is gone
	Old  diag.Span // in the old version
}

// Compare lists the changes, sorted by ID and text.
func Compare(was, is Version) []Change {
	called := aliasesOf(is.Program)
	before := entries(was, called)
	now, places := indexOf(entries(is, called), before), placesOf(is.Graph)
	var changes []Change
	for _, old := range before {
		other, there := now.find(old)
		if what := old.change(other, there, now, called); what != "" {
			changes = append(changes, Change{ID: old.id, What: what, At: old.placeIn(other, now, places), Old: old.at})
		}
	}
	changes = append(changes, moved(was, is)...)
	slices.SortStableFunc(changes, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.What, b.What))
	})
	return changes
}

// moved lists the packages whose import paths lead nowhere, although they are
// still called the same, so that no name of theirs is another one. The ID is that
// of a lexicon of the package. Fakes are of no lexicon, and move with what they fake.
func moved(was, is Version) (changes []Change) {
	homes, folders := map[string]*ir.Package{}, map[string]bool{}
	for _, pkg := range is.Program.Packages {
		folders[pkg.Dir] = true
		for _, file := range pkg.Files {
			homes[file.ID] = pkg
		}
	}
	before, after := placesOf(was.Graph), placesOf(is.Graph)
	for _, pkg := range was.Program.Packages {
		if folders[pkg.Dir] {
			continue
		}
		for _, file := range pkg.Files {
			if home := homes[file.ID]; file.ID != "" && home != nil && home.Name == pkg.Name {
				what := fmt.Sprintf("package %s is now %s", pkg.Dir, home.Dir)
				changes = append(changes, Change{ID: file.ID, What: what, At: after.around(file.ID), Old: before.around(file.ID)})
				break
			}
		}
	}
	return changes
}

// placeIn returns the place of an entry in another version: that of what it is
// there, or of the nearest around it that is still there.
func (e entry) placeIn(other entry, now *index, p *places) diag.Span {
	if other.at.IsZero() {
		other = now.typeOf(e.in)
	}
	if other.at.IsZero() {
		return p.around(e.in)
	}
	return other.at
}

// change says what became of an entry, which is other if it is there; nothing if
// it is as it was.
func (e entry) change(other entry, there bool, now *index, called aliases) string {
	switch {
	case e.kind == standInKind && now.names[e.name]:
		return "" // it stands for itself again
	case e.through != "" && now.standsFor(e.id, e.through):
		return "" // told of the type that has the field
	case !there && e.within == unknownProperties:
		return "" // with its struct, of which it is told
	case !there:
		return fmt.Sprintf("%s %s is gone", e.kind, e.name)
	case other.name != e.name && called.of(other.name) != called.of(e.name) && !e.sameField(other) && !e.sameMethod(other, called):
		return fmt.Sprintf("%s %s is now %s", e.kind, e.name, other.name)
	case other.typ != e.typ && other.means != e.typ:
		return fmt.Sprintf("%s %s was %s and is %s", e.kind, e.name, e.typ, other.typ)
	}
	return ""
}

// sameField reports whether both are fields of one name. That their struct has
// another one is told once, of the struct.
func (e entry) sameField(other entry) bool { return e.kind == fieldKind && e.last() == other.last() }

// sameMethod reports whether both are methods of one name, of one type by either of
// its names.
func (e entry) sameMethod(other entry, called aliases) bool {
	return e.kind == methodKind && e.last() == other.last() && called.of(e.outer()) == called.of(other.outer())
}

// Diagnostics adds the changes to r as warnings. Each stands at its place in the
// new version, and in the old one where the lexicon is gone.
func Diagnostics(changes []Change, r *diag.Report) {
	for _, c := range changes {
		message := fmt.Sprintf("%s: %s", c.ID, c.What)
		switch {
		case c.At.IsZero():
			r.Warning(diag.CodeGoNameChanged, c.Old, message)
		case c.Old.IsZero():
			r.Warning(diag.CodeGoNameChanged, c.At, message)
		default:
			r.Warning(diag.CodeGoNameChanged, c.At, message, diag.WithNote(c.Old, "it comes from here"))
		}
	}
}

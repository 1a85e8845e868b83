package gonames

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/lexgen/lexgen/codegen/ir"
	"github.com/lexgen/lexgen/parser/diag"
)

// Change is a name that is not what it was.
type Change struct {
	ID   string    // of what has the name: a definition, with the place inside it, or a lexicon
	What string    // the change, as a sentence without a full stop
	At   diag.Span // in the new version; no place if it is gone there
	Old  diag.Span // in the old version
}

// Compare lists the changes, sorted by ID and text.
func Compare(was, is *ir.Program) []Change {
	now, called := map[key]entry{}, aliasesOf(is)
	for _, e := range entries(is, called) {
		now[e.key] = e
	}
	var changes []Change
	for _, old := range entries(was, called) {
		if what := old.change(now, called); what != "" {
			changes = append(changes, Change{ID: old.id, What: what, At: now[old.key].at, Old: old.at})
		}
	}
	slices.SortStableFunc(changes, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.What, b.What))
	})
	return changes
}

// change says what became of an entry; nothing if it is as it was.
func (e entry) change(now map[key]entry, called aliases) string {
	other, ok := now[e.key]
	switch {
	case !ok:
		return fmt.Sprintf("%s %s is gone", e.kind, e.name)
	case other.name != e.name && other.name != called.of(e.name) && !e.sameField(other):
		return fmt.Sprintf("%s %s is now %s", e.kind, e.name, other.name)
	case other.typ != e.typ:
		return fmt.Sprintf("%s %s was %s and is %s", e.kind, e.name, e.typ, other.typ)
	}
	return ""
}

// sameField reports whether both are fields of one name. That their struct has
// another one is told once, of the struct.
func (e entry) sameField(other entry) bool { return e.kind == fieldKind && e.last() == other.last() }

// Diagnostics adds the changes to r as warnings.
func Diagnostics(changes []Change, r *diag.Report) {
	for _, c := range changes {
		var opts []diag.Option
		if !c.Old.IsZero() {
			opts = append(opts, diag.WithNote(c.Old, "it comes from here"))
		}
		r.Warning(diag.CodeGoNameChanged, c.At, fmt.Sprintf("%s: %s", c.ID, c.What), opts...)
	}
}

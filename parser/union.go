package parser

import (
	"fmt"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/jsontree"
)

// unionType lowers a union (LX-18, LX-19).
func (l *lowering) unionType(o *jsontree.Object, common Common) *Union {
	t := &Union{Common: common}
	if closed := l.boolean(o, "closed"); closed != nil {
		t.Closed = closed.Value
	}
	repeated := map[target][]*Reference{}
	for _, text := range l.texts(o, "refs") {
		ref := l.reference(text)
		to := targetOf(ref)
		if repeated[to] = append(repeated[to], ref); len(repeated[to]) == 1 {
			t.Refs = append(t.Refs, ref)
		}
	}
	for _, ref := range t.Refs {
		l.duplicates(repeated[targetOf(ref)])
	}
	return t
}

// target is what a reference leads to.
type target struct{ id, name string }

// targetOf takes the text where it leads nowhere: the reference is malformed,
// or local to a document without an id.
func targetOf(ref *Reference) target {
	if ref.ID == "" {
		return target{name: ref.Value}
	}
	return target{ref.ID, ref.Name}
}

// duplicates reports a member that a union lists more than once.
func (l *lowering) duplicates(refs []*Reference) {
	if len(refs) < 2 {
		return
	}
	opts := []diag.Option{diag.WithNote(refs[0], "it is here first")}
	for _, ref := range refs[2:] {
		opts = append(opts, diag.WithNote(ref, "and here again"))
	}
	l.report.Warning(diag.CodeDuplicateReference, refs[1],
		fmt.Sprintf("the union lists %s %d times", quote(refs[0].Value), len(refs)), opts...)
}

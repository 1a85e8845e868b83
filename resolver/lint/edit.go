package lint

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/jsontree"
)

// Edit puts a text in the place of a span.
type Edit struct {
	Span diag.Span
	Text string
}

// replaceText writes another string in the place of a JSON string.
func replaceText(at diag.Spanner, text string) Edit {
	quoted, _ := json.Marshal(text) //nolint:errchkjson // a string has always a JSON form
	return Edit{Span: at.Span(), Text: string(quoted)}
}

// removeItem removes the item of an array, with one comma. The space in front of
// it goes along, so that an item on a line of its own takes the line with it.
func removeItem(list *jsontree.Array, i int) Edit {
	return removePart(list.At, len(list.Items), i, func(i int) diag.Span { return list.Items[i].Span() })
}

// removeMember removes the member of an object, with one comma.
func removeMember(o *jsontree.Object, i int) Edit {
	return removePart(o.At, len(o.Members), i, func(i int) diag.Span {
		m := o.Members[i]
		return diag.Span{File: m.Key.At.File, Start: m.Key.At.Start, End: m.Value.Span().End}
	})
}

// removePart removes one of n parts between two brackets: from the end of the
// part before it, so that the comma between them goes too; the first one up to
// the next, whose place it leaves free; and the only one with all space.
func removePart(whole diag.Span, n, i int, part func(i int) diag.Span) Edit {
	span := diag.Span{File: whole.File, Start: whole.Start + 1, End: whole.End - 1}
	switch {
	case i > 0:
		span.Start, span.End = part(i-1).End, part(i).End
	case n > 1:
		span.Start, span.End = part(0).Start, part(1).Start
	}
	return Edit{Span: span}
}

// compareEdits orders by file and place.
func compareEdits(a, b Edit) int {
	return cmp.Or(
		cmp.Compare(a.Span.Path(), b.Span.Path()),
		cmp.Compare(a.Span.Start, b.Span.Start),
		cmp.Compare(a.Span.End, b.Span.End),
	)
}

// apply makes the edits of one file, sorted and not overlapping.
func apply(file *diag.File, edits []Edit) []byte {
	source := file.Source()
	text := make([]byte, 0, len(source))
	from := 0
	for _, e := range edits {
		text = append(text, source[from:e.Span.Start]...)
		text = append(text, e.Text...)
		from = e.Span.End
	}
	return append(text, source[from:]...)
}

// insert adds the edits of one fix to a sorted list of edits in the same file,
// unless one of them touches what the list changes.
func insert(list, fix []Edit) (_ []Edit, ok bool) {
	for _, e := range fix {
		i, same := slices.BinarySearchFunc(list, e, compareEdits)
		if same || i > 0 && e.Span.Start < list[i-1].Span.End || i < len(list) && list[i].Span.Start < e.Span.End {
			return list, false
		}
	}
	for _, e := range fix {
		i, _ := slices.BinarySearchFunc(list, e, compareEdits)
		list = slices.Insert(list, i, e)
	}
	return list, true
}

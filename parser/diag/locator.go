package diag

import "fmt"

// Locator finds files for readers who do not stand in the working directory, such
// as a forge: it returns the path of a file from where they look, or false where
// they have no such file, as it is with one of an older commit or of a Go module.
// An absolute path stays one. For nil the paths are theirs as they are.
type Locator func(path string) (name string, found bool)

// Name returns the path of a file that the readers have.
func (l Locator) Name(path string) string {
	if l == nil {
		return path
	}
	name, _ := l(path)
	return name
}

// Settle returns the diagnostic as the readers can take it: places in files that
// they do not have are text, in its notes.
func (l Locator) Settle(d Diagnostic) Diagnostic {
	var notes []Note
	if !l.finds(d.Span) {
		notes = append(notes, Note{Text: "the place is " + placeText(d.Span)})
		d.Span = Span{}
	}
	for _, n := range d.Notes {
		if !l.finds(n.Span) {
			n = Note{Text: placeText(n.Span) + ": " + n.Text}
		}
		notes = append(notes, n)
	}
	d.Notes = notes
	return d
}

// finds reports whether the readers have the file of a span; they miss none
// where there is none.
func (l Locator) finds(span Span) bool {
	if l == nil || span.IsZero() {
		return true
	}
	_, found := l(span.Path())
	return found
}

// placeText returns a place as it begins a line.
func placeText(span Span) string {
	at, _ := span.Range()
	return fmt.Sprintf("%s:%d:%d", span.Path(), at.Line, at.Column)
}

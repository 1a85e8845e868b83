package records

// A lap finds that the cursors of a listing come round again, by a single one that it keeps:
// that of the page 1, 2, 4, 8, and so on (Brent). So a listing ends that would go on for
// ever, after three times the pages that there are, about.
type lap struct {
	Mark  string `json:"mark,omitempty"`  // the cursor that is kept
	Pages int64  `json:"pages,omitempty"` // since then
	Until int64  `json:"until,omitempty"` // when another one is
}

// again reports whether a cursor, which is the next one, was there before.
func (l *lap) again(cursor string) bool {
	if cursor == l.Mark {
		return true
	}
	if l.Pages++; l.Pages >= l.Until {
		l.Mark, l.Pages, l.Until = cursor, 0, max(1, 2*l.Until)
	}
	return false
}

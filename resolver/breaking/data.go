package breaking

import (
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver/validate"
)

// Data holds stored records against two versions.
type Data struct {
	Old, New *validate.Schemas
}

// Report adds to r what the new version has against a record that the old one
// took. What the old version did not take either is no news; that its type was
// not described is. It returns whether the old version takes the record, and
// whether the new one does.
func (d Data) Report(record *validate.Data, r *diag.Report) (was, is bool) {
	before, after := &diag.Report{}, &diag.Report{}
	d.Old.Report(record, "", before)
	d.New.Report(record, "", after)
	was, is = !before.HasErrors(), !after.HasErrors()
	if !was && !undescribed(before) {
		return was, is
	}
	for _, found := range after.Diagnostics() {
		if was {
			found.Notes = append(found.Notes, diag.Note{Text: "it was valid under the lexicons that are compared with"})
		}
		r.Add(found)
	}
	return was, is
}

func undescribed(r *diag.Report) bool {
	for _, d := range r.Diagnostics() {
		if d.Code == diag.CodeUndescribedData {
			return true
		}
	}
	return false
}

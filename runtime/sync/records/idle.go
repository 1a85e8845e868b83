package records

// idle finds that a listing names no account that is new to it any more. Each account is
// named once, so that those that are named since the last one that was new are no more than
// are known: a listing ends that would go on for ever with other cursors.
type idle struct {
	Names int64 `json:"names,omitempty"` // since the last page with an account that was new
	Known int64 `json:"known,omitempty"` // how many accounts were known when that was looked up last
}

const (
	idleNames = 10_000 // how many more may be named than are known
	idlePage  = 10     // as how many names a page counts that has fewer
)

// page notes a page that names some accounts, none of them new.
func (d *idle) page(names int) { d.Names += int64(max(names, idlePage)) }

// over reports whether more were named than are known, as far as that was looked up.
func (d *idle) over() bool { return d.Names > d.Known+idleNames }

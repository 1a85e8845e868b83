package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// A twin is a pair of NSIDs that differ in the case of letters alone. They name two
// lexicons, whose files are one on a disk that ignores case.
type twin struct{ one, other syntax.NSID }

// checkNames refuses to install lexicons whose files would be one on a disk that ignores
// case, and a lexicon beside a file of the user's own with such a name. The check is the
// same on all disks, as a repository is checked out on many.
func (p *installation) checkNames(plan *plan) error {
	var faults []error
	for _, t := range twinsOf(plan.next.sorted()) {
		faults = append(faults, fmt.Errorf("%s and %s differ in the case of letters alone, and their files would be one on many disks\n"+
			"one of them can be installed: take the other, or what leads to it, out of those that are asked for", t.one, t.other))
	}
	if len(faults) > 0 {
		return errors.Join(faults...)
	}
	for _, c := range plan.changes {
		if c.text == nil {
			continue
		}
		if name := twinAt(p.path(c.nsid)); name != "" {
			faults = append(faults, fmt.Errorf("%s would stand beside %s, whose name differs in the case of letters alone: "+
				"they would be one file on many disks\nmove that away, or take it out of %s first", p.path(c.nsid), name, p.lock))
		}
	}
	return errors.Join(faults...)
}

// twinsOf returns the pairs in a sorted list.
func twinsOf(nsids []syntax.NSID) (twins []twin) {
	first := map[string]syntax.NSID{}
	for _, nsid := range nsids {
		key := strings.ToLower(string(nsid))
		if one, ok := first[key]; ok {
			twins = append(twins, twin{one, nsid})
			continue
		}
		first[key] = nsid
	}
	return twins
}

// twinAt returns a file in the folder of a path whose name differs from its in case alone,
// "" if there is none.
func twinAt(path string) string {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return "" // there is no folder yet
	}
	name := filepath.Base(path)
	for _, entry := range entries {
		if entry.Name() != name && strings.EqualFold(entry.Name(), name) {
			return entry.Name()
		}
	}
	return ""
}

package networktest

import (
	"maps"
	"sync"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo"
	events "github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A fold is the sum of all record events of an account.
type fold struct {
	mu      sync.Mutex
	rev     syntax.TID
	records map[string]cid.CID
}

func (f *fold) copied() map[string]cid.CID {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.records)
}

func (f *fold) at() syntax.TID {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.rev
}

func (f *fold) set(rev syntax.TID, records map[string]cid.CID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rev, f.records = rev, records
}

func (f *fold) apply(r *events.Result) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rev = r.Commit.Rev
	for _, e := range r.RecordEvents() {
		if e.Action == repo.ActionDelete {
			delete(f.records, e.Record.Path)
		} else {
			f.records[e.Record.Path] = e.Record.CID
		}
	}
}

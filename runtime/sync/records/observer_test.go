package records_test

import (
	"bytes"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/sync/records"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// leaver is an Observer that has an account forgotten when it is first told of it.
type leaver struct {
	*view

	syncer *records.Syncer
	err    error
}

func (l *leaver) Moved(did syntax.DID, _, _ records.State, _ sync.Reason) {
	l.err = errors.Join(l.err, l.syncer.Forget(l.t.Context(), did))
}

// TestAnObserverMayCallTheSyncer forgets an account from within an Observer, while its
// file is being imported.
func TestAnObserverMayCallTheSyncer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, l := newNetwork(t), &leaver{view: newView(t)}
		a := n.join(1, pds, n.some(3)...)
		opts := n.options(&records.MemoryStore{})
		opts.Observer = l
		s, err := records.Open(t.Context(), opts)
		if err != nil {
			t.Fatal(err)
		}
		l.syncer = s
		_, err = s.Import(t.Context(), a.identity(), bytes.NewReader(n.file(a)))
		kept, failed := s.Store.Repo(t.Context(), a.did)
		if err == nil || l.err != nil || failed != nil || kept != nil {
			t.Errorf("imported: %v; forgotten: %v; %+v, %v", err, l.err, kept, failed)
		}
	})
}

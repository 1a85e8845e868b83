package sync_test

import (
	"bytes"
	"testing"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// genuine is what an account has done: the trees of its commits, and how many
// operations each has, by rev.
type genuine struct {
	trees      map[cid.CID]bool
	operations map[syntax.TID]int
}

// seed adds the events of some commits.
func (g *genuine) seed(f *testing.F, w *world) {
	f.Helper()
	for _, e := range []*commit{w.post(f, "a", "b"), w.post(f, "c"), w.post(f)} {
		r, err := w.verifier.Verify(f.Context(), e)
		if err != nil || r.Verdict != sync.Accepted {
			f.Fatalf("%+v, %v", r, err)
		}
		g.trees[r.Commit.Data], g.operations[r.Commit.Rev] = true, len(r.Operations)
		for isSync, m := range map[bool]lex.Object{false: e, true: w.synced(f, e)} {
			b, err := lex.MarshalCBOR(m)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(isSync, b)
		}
	}
}

// FuzzVerify claims that of all events that can be read only those are accepted whose
// commits the account has made, with the operations and records of these, and that
// nothing else says what the next state of the account is.
func FuzzVerify(f *testing.F) {
	w := newWorld(f)
	g := &genuine{trees: map[cid.CID]bool{}, operations: map[syntax.TID]int{}}
	g.seed(f, w)
	f.Fuzz(func(t *testing.T, isSync bool, b []byte) {
		var m lex.Object = new(comatproto.SyncSubscribeReposCommit)
		if isSync {
			m = new(comatproto.SyncSubscribeReposSync)
		}
		if lex.DecodeCBOR(b, m) != nil {
			return
		}
		r, err := w.verifier.Verify(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		if r.Verdict != sync.Accepted {
			if r.Account != nil || r.Reason == "" || r.Err.Error() == "" {
				t.Fatalf("%+v", r)
			}
			return
		}
		count, made := g.operations[r.Account.Rev]
		if !made || !g.trees[r.Account.Data] || !isSync && len(r.Operations) != count {
			t.Fatalf("%+v", r)
		}
		for _, record := range r.Records {
			if cid.Sum(cid.DagCBOR, record.Data) != record.CID || !bytes.Contains(record.Data, []byte("of ")) {
				t.Fatalf("%+v", record)
			}
		}
	})
}

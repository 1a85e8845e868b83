package relay

import (
	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// freshCommit writes a #commit afresh: what the schema knows of, and no more, with the
// blocks as they are (SN-55). What is deprecated has the value that it always has
// (SN-03).
func freshCommit(m *comatproto.SyncSubscribeReposCommit) *comatproto.SyncSubscribeReposCommit {
	e := &comatproto.SyncSubscribeReposCommit{
		Repo: m.Repo, Commit: m.Commit, Rev: m.Rev, Since: m.Since, Blocks: m.Blocks, PrevData: m.PrevData,
		Ops: make([]*comatproto.SyncSubscribeReposRepoOp, len(m.Ops)), Blobs: []lex.Link{}, Time: m.Time,
	}
	for i, op := range m.Ops {
		e.Ops[i] = &comatproto.SyncSubscribeReposRepoOp{Action: op.Action, Path: op.Path, CID: op.CID, Prev: op.Prev}
	}
	return e
}

// freshSync writes a #sync afresh.
func freshSync(m *comatproto.SyncSubscribeReposSync) *comatproto.SyncSubscribeReposSync {
	return &comatproto.SyncSubscribeReposSync{DID: m.DID, Rev: m.Rev, Blocks: m.Blocks, Time: m.Time}
}

// timeOf returns when an event was made, as it says itself, "" if it does not.
func timeOf(m lex.Object) syntax.Datetime {
	switch m := m.(type) {
	case *comatproto.SyncSubscribeReposCommit:
		return m.Time
	case *comatproto.SyncSubscribeReposSync:
		return m.Time
	case *comatproto.SyncSubscribeReposIdentity:
		return m.Time
	case *comatproto.SyncSubscribeReposAccount:
		return m.Time
	}
	return ""
}

// kindOf returns what an event is called: commit, sync, identity, account, or "".
func kindOf(m lex.Object) string {
	switch m.(type) {
	case *comatproto.SyncSubscribeReposCommit:
		return "commit"
	case *comatproto.SyncSubscribeReposSync:
		return "sync"
	case *comatproto.SyncSubscribeReposIdentity:
		return "identity"
	case *comatproto.SyncSubscribeReposAccount:
		return "account"
	}
	return ""
}

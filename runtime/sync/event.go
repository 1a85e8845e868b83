package sync

import (
	"bytes"
	"fmt"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/car"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// MaxSync is the greatest length of the blocks of a #sync in bytes (SN-06).
const MaxSync = 10_000

// CommitEvent returns the event that announces a change of a repository (SN-03,
// SN-04). Its seq is for the log to set. The change must be within the limits of a
// message (SN-05), which those of a [repo.Writer] with [repo.MessageLimits] are.
func CommitEvent(change *repo.Change, at time.Time) (*comatproto.SyncSubscribeReposCommit, error) {
	m, err := change.Message()
	if err != nil {
		return nil, err
	}
	if len(m.Blocks) > repo.MaxBlocks || len(m.Ops) > repo.MaxOps {
		return nil, fmt.Errorf("sync: %s: a commit of %d bytes and %d operations, more than %d and %d (SN-05)",
			m.DID, len(m.Blocks), len(m.Ops), repo.MaxBlocks, repo.MaxOps)
	}
	e := &comatproto.SyncSubscribeReposCommit{
		Repo: m.DID, Commit: lex.Link{CID: m.Commit}, Rev: m.Rev, Blocks: m.Blocks, PrevData: linkOf(m.PrevData),
		Ops: make([]*comatproto.SyncSubscribeReposRepoOp, len(m.Ops)), Blobs: []lex.Link{}, Time: syntax.DatetimeOf(at),
	}
	if m.Since != "" {
		e.Since = lex.Some(m.Since)
	}
	for i, op := range m.Ops {
		e.Ops[i] = &comatproto.SyncSubscribeReposRepoOp{Action: string(op.Action), Path: op.Path, CID: linkOf(op.CID), Prev: linkOf(op.Prev)}
	}
	return e, nil
}

func linkOf(id cid.CID) lex.Opt[lex.Link] {
	if !id.Defined() {
		return lex.Opt[lex.Link]{}
	}
	return lex.Some(lex.Link{CID: id})
}

// SyncEvent returns the event that says where a repository is now, whatever it was
// before (SN-06). Its seq is for the log to set.
//
//nolint:revive // of the events, it is the one that is called #sync
func SyncEvent(commit *repo.Commit, at time.Time) (*comatproto.SyncSubscribeReposSync, error) {
	return syncEvent(commit.DID, commit.Rev, commit.Block(), at)
}

func syncEvent(did syntax.DID, rev syntax.TID, block blockstore.Block, at time.Time) (*comatproto.SyncSubscribeReposSync, error) {
	var file bytes.Buffer
	w, err := car.NewWriter(&file, block.CID)
	if err == nil {
		err = w.Write(block)
	}
	if err != nil {
		return nil, err
	}
	return &comatproto.SyncSubscribeReposSync{DID: did, Rev: string(rev), Blocks: file.Bytes(), Time: syntax.DatetimeOf(at)}, nil
}

// AccountOf returns the account that an event is of, "" for a message that is no event of
// one. The DID is as it came, and shares the memory of the frame.
func AccountOf(m lex.Object) syntax.DID {
	switch m := m.(type) {
	case *comatproto.SyncSubscribeReposCommit:
		return m.Repo
	case *comatproto.SyncSubscribeReposSync:
		return m.DID
	case *comatproto.SyncSubscribeReposIdentity:
		return m.DID
	case *comatproto.SyncSubscribeReposAccount:
		return m.DID
	}
	return ""
}

package repo

import (
	"context"
	"errors"
	"fmt"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/mst"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A Message announces a commit, with what one needs to verify it who knows
// nothing but the key: the fields of the event #commit that count for that
// (SN-03).
type Message struct {
	DID    syntax.DID
	Commit cid.CID
	Rev    syntax.TID
	Since  syntax.TID // "" in the first commit
	// PrevData is the root of the tree before; undefined in the first commit.
	PrevData cid.CID
	Ops      []Op
	Blocks   []byte // a CAR file
}

// A VerifiedMessage is what a message proves.
type VerifiedMessage struct {
	Commit *Commit
	// Records are those that were created or have changed, in the order of the
	// operations. They alias the blocks of the message.
	Records []Record
}

// VerifyMessage verifies a message by itself: the limits (SN-05), the blocks,
// that event and commit agree (SN-34), the signature, the form of the
// operations, that the records are there, and that taking the operations back
// leads to PrevData (RE-41, SN-37). Whether the message follows on the last one
// is for the caller to say (SN-35, SN-36).
//
// What the records say is not read (SN-40): they have the length and the hash
// that they should, but may be no DAG-CBOR, or something else than a record of
// their collection. [Record.Decode] and package lex tell.
func VerifyMessage(m *Message, key *crypto.PublicKey) (*VerifiedMessage, error) {
	if err := m.checkForm(); err != nil {
		return nil, err
	}
	roots, blocks, err := parseAll(m.Blocks, 0)
	if err != nil {
		return nil, err
	}
	commit, err := m.commit(roots, blocks)
	if err != nil {
		return nil, err
	}
	if err := commit.Verify(key); err != nil {
		return nil, err
	}
	records, err := m.records(blocks)
	if err != nil {
		return nil, err
	}
	if err := m.invert(blocks, commit.Data); err != nil {
		return nil, err
	}
	return &VerifiedMessage{commit, records}, nil
}

// checkForm checks what needs no block.
func (m *Message) checkForm() error {
	switch {
	case len(m.Blocks) > MaxBlocks:
		return m.failf(ErrLimit, "the blocks have %d bytes, more than %d (SN-05)", len(m.Blocks), MaxBlocks)
	case len(m.Ops) > MaxOps:
		return m.failf(ErrLimit, "%d operations, more than %d (SN-05)", len(m.Ops), MaxOps)
	}
	if err := m.checkSince(); err != nil {
		return err
	}
	for _, op := range m.Ops {
		if err := op.check(); err != nil {
			return err
		}
	}
	return nil
}

// checkSince checks what the message says of the commit before: all or nothing
// (SN-03).
func (m *Message) checkSince() error {
	if m.Since == "" {
		if m.PrevData.Defined() {
			return m.failf(ErrOperation, "it has prevData, and the rev before is missing (SN-03)")
		}
		return nil
	}
	if _, err := syntax.ParseTID(string(m.Since)); err != nil {
		return m.failf(joined(ErrOperation, err), "since: %v (SN-03)", err)
	}
	switch {
	case m.Since >= m.Rev:
		return m.failf(ErrRev, "the rev %s is not greater than %s before it (RE-03)", m.Rev, m.Since)
	case !m.PrevData.Defined():
		return m.failf(ErrOperation, "it is not the first commit, and prevData is missing (SN-03)")
	}
	return nil
}

func (m *Message) failf(kind error, format string, args ...any) error {
	return failf(kind, m.Commit, format, args...)
}

// check checks the form of an operation (RE-43, SN-04).
func (o Op) check() error {
	if err := checkPath(o.Path); err != nil {
		return err
	}
	created, deleted := o.Action == ActionCreate, o.Action == ActionDelete
	switch {
	case !created && !deleted && o.Action != ActionUpdate:
		return failAtf(ErrOperation, o.Path, "the action %q is none (SN-04)", o.Action)
	case o.CID.Defined() == deleted || o.Prev.Defined() == created:
		return failAtf(ErrOperation, o.Path, "%s with the CID %s and the CID before %s (RE-43)", o.Action, nameOf(o.CID), nameOf(o.Prev))
	}
	return nil
}

// commit returns the commit, if it is the one that is announced (SN-34).
func (m *Message) commit(roots []cid.CID, blocks *table) (*Commit, error) {
	if len(roots) == 0 || roots[0] != m.Commit {
		return nil, m.failf(ErrIdentity, "it is announced, and the first root of the blocks is %v (SN-34)", roots)
	}
	r, err := Open(context.Background(), blocks, m.Commit)
	switch {
	case err != nil:
		return nil, err
	case r.commit.DID != m.DID:
		return nil, m.failf(ErrIdentity, "it is a commit of %s, announced as one of %s (SN-34)", r.commit.DID, m.DID)
	case r.commit.Rev != m.Rev:
		return nil, m.failf(ErrIdentity, "its rev is %s, announced as %s (SN-34)", r.commit.Rev, m.Rev)
	}
	return r.commit, nil
}

// records returns the records that operations have written (SN-37).
func (m *Message) records(blocks *table) ([]Record, error) {
	var records []Record
	for _, op := range m.Ops {
		if !op.CID.Defined() {
			continue
		}
		if err := checkName(op.Path, op.CID); err != nil {
			return nil, err
		}
		data, ok := blocks.find(op.CID)
		switch {
		case !ok:
			missing := &blockstore.MissingError{CID: op.CID}
			return nil, &Error{Block: op.CID, Path: op.Path, Reason: "it is missing (SN-37)", Err: joined(ErrMissing, missing)}
		case len(data) > MaxRecord:
			return nil, &Error{Block: op.CID, Path: op.Path, Reason: fmt.Sprintf("%d bytes, more than %d (SN-05)", len(data), MaxRecord), Err: ErrLimit}
		}
		records = append(records, Record{op.Path, op.CID, data})
	}
	return records, nil
}

// invert takes the operations back and compares with the root before (RE-41).
func (m *Message) invert(blocks *table, data cid.CID) error {
	changes, err := m.changes(mst.Open(blocks, data))
	if err != nil {
		return err
	}
	root, err := mst.Invert(context.Background(), mst.Open(blocks, data), changes)
	if err != nil {
		return m.uninvertible(err)
	}
	before := m.PrevData
	if !before.Defined() {
		before = mst.Empty().Root()
	}
	if root != before {
		return m.failf(ErrOperation, "taking its operations back leads to the root %v, not to %v (RE-41)", root, before)
	}
	return nil
}

// changes returns the operations as changes of the tree. Updates to the same
// value, which change nothing, are only held against it.
func (m *Message) changes(tree *mst.Tree) ([]mst.Change, error) {
	changes := make([]mst.Change, 0, len(m.Ops))
	seen := make(map[string]bool, len(m.Ops))
	for _, op := range m.Ops {
		if seen[op.Path] {
			return nil, failAtf(ErrOperation, op.Path, "two operations have that path (RE-43)")
		}
		seen[op.Path] = true
		if op.CID != op.Prev {
			changes = append(changes, mst.Change{Key: op.Path, Old: op.Prev, New: op.CID})
			continue
		}
		value, err := tree.Get(context.Background(), op.Path)
		switch {
		case err != nil:
			return nil, m.uninvertible(err)
		case value != op.CID:
			return nil, failAtf(ErrOperation, op.Path, "the tree has the CID %s, not %v (SN-37)", nameOf(value), op.CID)
		}
	}
	return changes, nil
}

// uninvertible says of an error of the tree why operations cannot be taken back.
func (m *Message) uninvertible(err error) error {
	e, ok := errors.AsType[*Error](refused(err))
	switch {
	case !ok: // about the operations, not about a block
		return m.failf(joined(ErrOperation, err), "%v", err)
	case errors.Is(e, ErrMissing):
		e.Reason = "it is missing, and without it the operations cannot be taken back (RE-42)"
	}
	return e
}

package sync

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A Leniency names faults that a [Verifier] passes over, for servers that do not keep
// to the specification yet (SN-58). An event with such a fault is accepted, and its
// [Result] says in Reason and Err what was passed over, so that it can be counted.
// Signatures, revs and the blocks themselves are verified in any case.
type Leniency struct {
	// NoPrevData accepts a commit that does not say on which tree it follows. Given up:
	// that its operations are all that it did. A record that it has changed without
	// saying so stays as it was here, until a #sync.
	NoPrevData bool
	// PrevData accepts a commit that follows on another tree than the one that is
	// known. Given up: to notice that what is known here is not what the account had.
	PrevData bool
	// Since accepts a commit that follows on another rev than the one that is known.
	// Given up: to notice that commits in between are missing.
	Since bool
	// Operations accepts a commit whose operations do not lead back to the tree before,
	// or that lacks what it takes to say so; what they have written must be in its tree,
	// and what they have deleted must not be. Given up: as by NoPrevData.
	Operations bool
	// ForeignHost accepts events of accounts that are at another server than the one
	// that sends them. Given up: that a server which an account has left, or never was
	// at, says nothing of whether the account is active, and does not repeat its
	// commits.
	ForeignHost bool
}

// passes notes a failure if it is one that is passed over.
func (c *check) passes(lenient bool, err error) bool {
	if lenient {
		c.tolerated = append(c.tolerated, err)
	}
	return lenient
}

// passedOver returns the first reason that was passed over, and all errors.
func (c *check) passedOver() (Reason, error) {
	if f, ok := errors.AsType[*failure](errors.Join(c.tolerated...)); ok {
		return f.reason, errors.Join(c.tolerated...)
	}
	return "", nil
}

// foreign passes over that an account is at another server.
func (c *check) foreign(id *identity.Identity, err error) (*identity.Identity, error) {
	if f, ok := errors.AsType[*failure](err); ok && f.reason == ReasonForeignHost && c.passes(c.Lenient.ForeignHost, err) {
		return id, nil
	}
	return id, err
}

// proof verifies a commit by inversion, or, where that is not asked for, by its tree
// alone.
func (c *check) proof(m *repo.Message, key *crypto.PublicKey) (*repo.VerifiedMessage, error) {
	verified, err := repo.VerifyMessage(m, key)
	reason, lenient := ReasonOperations, c.Lenient.Operations
	if m.Since != "" && !m.PrevData.Defined() {
		reason, lenient = ReasonNoPrevData, c.Lenient.NoPrevData
	}
	if !lenient || !errors.Is(err, repo.ErrOperation) && !errors.Is(err, repo.ErrMissing) {
		return verified, err
	}
	verified, treeErr := treeProof(m, key)
	if treeErr != nil {
		return nil, treeErr
	}
	c.tolerated = append(c.tolerated, &failure{Refused, reason, err})
	return verified, nil
}

// treeProof verifies a message without inversion: its commit, that what its operations
// have written is in the tree, and that what they have deleted is not.
func treeProof(m *repo.Message, key *crypto.PublicKey) (*repo.VerifiedMessage, error) {
	if len(m.Blocks) > repo.MaxBlocks || len(m.Ops) > repo.MaxOps {
		return nil, fmt.Errorf("%w: %d bytes and %d operations (SN-05)", repo.ErrLimit, len(m.Blocks), len(m.Ops))
	}
	r, err := repo.OpenCAR(m.Blocks, repo.Identity{DID: m.DID, Key: key}, repo.VerifyOptions{})
	switch {
	case err != nil:
		return nil, err
	case r.Head() != m.Commit || r.Rev() != m.Rev:
		return nil, fmt.Errorf("%w: the commit is %v with the rev %s, announced as %v with %s (SN-34)", repo.ErrIdentity, r.Head(), r.Rev(), m.Commit, m.Rev)
	case m.Since >= m.Rev:
		return nil, fmt.Errorf("%w: the rev %s is not greater than %s before it (RE-03)", repo.ErrRev, m.Rev, m.Since)
	}
	v := &repo.VerifiedMessage{Commit: r.Commit()}
	seen := make(map[string]bool, len(m.Ops))
	for _, op := range m.Ops {
		if seen[op.Path] {
			return nil, fmt.Errorf("%w: two operations have the path %q (RE-43)", repo.ErrOperation, op.Path)
		}
		seen[op.Path] = true
		record, err := opRecord(r, op)
		if err != nil {
			return nil, err
		}
		if record.CID.Defined() {
			v.Records = append(v.Records, record)
		}
	}
	return v, nil
}

// opRecord returns the record that an operation has written, none if it has deleted
// one.
func opRecord(r *repo.Repo, op repo.Op) (repo.Record, error) {
	collection, key, _ := strings.Cut(op.Path, "/")
	record, err := r.Get(context.Background(), syntax.NSID(collection), syntax.RecordKey(key)) // from memory
	if errors.Is(err, repo.ErrNotFound) {
		record, err = repo.Record{}, nil
	}
	switch {
	case err != nil:
		return repo.Record{}, err
	case op.CID.Defined() == (op.Action == repo.ActionDelete), record.CID != op.CID:
		return repo.Record{}, fmt.Errorf("%w: %s of %q to %s, and the tree has %s (SN-37)",
			repo.ErrOperation, op.Action, op.Path, named(op.CID), named(record.CID))
	case len(record.Data) > repo.MaxRecord:
		return repo.Record{}, fmt.Errorf("%w: the record %q has %d bytes (SN-05)", repo.ErrLimit, op.Path, len(record.Data))
	}
	return record, nil
}

func named(id cid.CID) string {
	if !id.Defined() {
		return "nothing"
	}
	return id.String()
}

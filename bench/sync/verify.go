package sync

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	indigoidentity "github.com/bluesky-social/indigo/atproto/identity"
	indigo "github.com/bluesky-social/indigo/atproto/repo"
	"github.com/bluesky-social/indigo/events"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/bench/measure"
	"github.com/lexgen/lexgen/bench/recording"
	"github.com/lexgen/lexgen/bench/report"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// Names of the ways that are compared.
const (
	ours       = "lexgen"
	theirs     = "indigo"
	signatures = "lexgen, its signatures alone"
)

// Work is what the row is called.
const Work = "firehose frame, parse and full verification"

// RecordedAt is when the recording was made.
var RecordedAt = time.Date(2026, 7, 4, 14, 39, 14, 0, time.UTC)

// Verification is parsing and verifying the recorded frames, one at a time: identity,
// signature, fields, and the inversion of the operations. Both have all identities in
// memory; lexgen keeps the state of accounts, too, and compares with it.
func Verification(ctx context.Context, d recording.Dir) (report.Comparison, error) {
	c := report.Comparison{Rows: []report.Row{{
		Work: Work, Ours: ours, Theirs: theirs, Target: 0.45,
	}}}
	frames, err := d.Frames()
	if err != nil {
		return c, err
	}
	documents, err := d.Unpacked("did_docs.json.zst")
	if err != nil {
		return c, err
	}
	for _, way := range []struct {
		name string
		make func(ctx context.Context, documents []byte, frames [][]byte) (func(i int) error, error)
	}{{ours, verifyOurs}, {theirs, verifyTheirs}, {signatures, verifySignatures}} {
		do, err := way.make(ctx, documents, frames)
		if err != nil {
			return c, fmt.Errorf("%s: %w", way.name, err)
		}
		c.Variants = append(c.Variants, measure.Variant{Name: way.name, Run: each(len(frames), do)})
	}
	return c, nil
}

// each does something with the frames by their numbers, over and over.
func each(count int, do func(i int) error) func(n int) error {
	next := 0
	return func(n int) error {
		for range n {
			if err := do(next % count); err != nil {
				return fmt.Errorf("frame %d: %w", next%count, err)
			}
			next++
		}
		return nil
	}
}

func verifyOurs(ctx context.Context, documents []byte, frames [][]byte) (func(i int) error, error) {
	directory, err := ParseIdentities(documents)
	if err != nil {
		return nil, err
	}
	var v *sync.Verifier
	return func(i int) error {
		if i == 0 { // nothing was seen before
			v = &sync.Verifier{Directory: directory, Accounts: &sync.MemoryAccounts{}, Now: func() time.Time { return RecordedAt }}
		}
		m, err := ParseFrame(frames[i])
		if err != nil {
			return err
		}
		r, err := v.Verify(ctx, m)
		switch {
		case err != nil:
			return err
		case r.Verdict != sync.Accepted:
			return fmt.Errorf("%v: %w", r.Verdict, r.Err)
		case r.Account == nil:
			return nil
		}
		return v.Accounts.SetAccount(ctx, r.Account)
	}, nil
}

// verifySignatures verifies the signatures of the commits in the frames, which are parsed
// before.
func verifySignatures(ctx context.Context, documents []byte, frames [][]byte) (func(i int) error, error) {
	directory, err := ParseIdentities(documents)
	if err != nil {
		return nil, err
	}
	v := &sync.Verifier{Directory: directory, Accounts: &sync.MemoryAccounts{}, Now: func() time.Time { return RecordedAt }}
	all := make([]func() error, len(frames))
	for i, frame := range frames {
		m, err := ParseFrame(frame)
		if err != nil {
			return nil, err
		}
		r, err := v.Verify(ctx, m)
		if err != nil {
			return nil, err
		}
		all[i] = func() error { return nil }
		if r.Commit != nil {
			key := directory[r.DID].SigningKey
			all[i] = func() error { return r.Commit.Verify(key) }
		}
	}
	return func(i int) error { return all[i]() }, nil
}

func verifyTheirs(ctx context.Context, documents []byte, frames [][]byte) (func(i int) error, error) {
	var parsed map[string]*indigoidentity.DIDDocument
	if err := json.Unmarshal(documents, &parsed); err != nil {
		return nil, fmt.Errorf("read the DID documents: %w", err)
	}
	directory := indigoidentity.NewMockDirectory()
	for _, document := range parsed {
		directory.Insert(indigoidentity.ParseIdentity(document))
	}
	return func(i int) error {
		var event events.XRPCStreamEvent
		if err := event.Deserialize(bytes.NewReader(frames[i])); err != nil || event.RepoCommit == nil {
			return err //nolint:wrapcheck // measured as it is
		}
		_, err := indigo.VerifyCommitMessage(ctx, event.RepoCommit)
		return errors.Join(err, indigo.VerifyCommitSignature(ctx, directory, event.RepoCommit))
	}, nil
}

// Identities are a directory of DID documents as they were when the recording was made.
type Identities map[syntax.DID]*identity.Identity

// ParseIdentities reads the DID documents of the recording.
func ParseIdentities(documents []byte) (Identities, error) {
	var raw map[syntax.DID]json.RawMessage
	if err := json.Unmarshal(documents, &raw); err != nil {
		return nil, fmt.Errorf("read the DID documents: %w", err)
	}
	all := Identities{}
	for did, text := range raw {
		id, err := identity.ParseDocument(did, text)
		if err != nil {
			return nil, err
		}
		all[did] = id
	}
	return all, nil
}

// LookupDID returns an identity.
func (d Identities) LookupDID(_ context.Context, did syntax.DID) (*identity.Identity, error) {
	if id := d[did]; id != nil {
		return id, nil
	}
	return nil, &identity.Error{Name: string(did), Reason: "it is not in the recording", Err: identity.ErrNotFound}
}

// LookupUnnamed returns the same.
func (d Identities) LookupUnnamed(ctx context.Context, did syntax.DID, _ bool) (*identity.Identity, error) {
	return d.LookupDID(ctx, did)
}

// Purge forgets nothing.
func (Identities) Purge(syntax.AtIdentifier) {}

// ParseFrame reads a frame of the recording.
func ParseFrame(frame []byte) (lex.Object, error) {
	r := bytes.NewReader(frame)
	var header lex.Extra
	if err := lex.ReadCBOR(r, &header); err != nil {
		return nil, err
	}
	var m lex.Object
	switch header["t"] {
	case "#commit":
		m = new(comatproto.SyncSubscribeReposCommit)
	case "#identity":
		m = new(comatproto.SyncSubscribeReposIdentity)
	case "#account":
		m = new(comatproto.SyncSubscribeReposAccount)
	default:
		return nil, fmt.Errorf("a frame of type %v", header["t"])
	}
	return m, lex.DecodeCBOR(frame[len(frame)-r.Len():], m)
}

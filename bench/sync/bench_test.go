package sync_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/bluesky-social/indigo/atproto/identity"
	indigo "github.com/bluesky-social/indigo/atproto/repo"
	"github.com/bluesky-social/indigo/events"

	"github.com/lexgen/lexgen/bench/measure"
	"github.com/lexgen/lexgen/bench/recording"
	"github.com/lexgen/lexgen/runtime/sync"
)

// BenchmarkVerify parses and verifies the recorded frames, one an operation: identity,
// signature, fields, and the inversion of the operations. Both have all identities in
// memory; lexgen keeps the state of accounts, too, and compares with it. It reports the
// processor time of each, and the ratio, whose target is 0.45.
func BenchmarkVerify(b *testing.B) {
	frames := recording.Frames(b)
	const rounds, slice = 11, 100 * time.Millisecond
	for b.Loop() {
		results, err := measure.Compare([]measure.Variant{
			{Name: "lexgen", Run: each(frames, ourVerification(b))}, {Name: "indigo", Run: each(frames, theirVerification(b))},
		}, measure.Options{Rounds: rounds, Slice: slice})
		if err != nil {
			b.Fatal(err)
		}
		for _, r := range results {
			b.ReportMetric(float64(r.CPU()), r.Name+"-cpu-ns/frame")
		}
		b.ReportMetric(results[0].Ratio(results[1]), "ratio")
	}
}

// each does something with one frame after the other.
func each(frames [][]byte, do func(i int, frame []byte) error) func(n int) error {
	next := 0
	return func(n int) error {
		for range n {
			i := next % len(frames)
			if err := do(i, frames[i]); err != nil {
				return err
			}
			next++
		}
		return nil
	}
}

func ourVerification(b *testing.B) func(i int, frame []byte) error {
	b.Helper()
	directory := identities(b)
	var v *sync.Verifier
	return func(i int, frame []byte) error {
		if i == 0 { // nothing was seen before
			v = &sync.Verifier{Directory: directory, Accounts: &sync.MemoryAccounts{}, Now: func() time.Time { return recordedAt }}
		}
		r, err := v.Verify(b.Context(), message(b, frame))
		if err != nil || r.Verdict != sync.Accepted {
			return fmt.Errorf("frame %d: %v: %w", i, r, err)
		}
		if r.Account == nil {
			return nil
		}
		return v.Accounts.SetAccount(b.Context(), r.Account)
	}
}

func theirVerification(b *testing.B) func(i int, frame []byte) error {
	b.Helper()
	directory := theirIdentities(b)
	return func(_ int, frame []byte) error {
		var event events.XRPCStreamEvent
		if err := event.Deserialize(bytes.NewReader(frame)); err != nil || event.RepoCommit == nil {
			return err
		}
		_, err := indigo.VerifyCommitMessage(b.Context(), event.RepoCommit)
		return errors.Join(err, indigo.VerifyCommitSignature(b.Context(), directory, event.RepoCommit))
	}
}

// theirIdentities are the identities of the recording as indigo has them.
func theirIdentities(b *testing.B) identity.Directory {
	b.Helper()
	var documents map[string]*identity.DIDDocument
	if err := json.Unmarshal(recording.Unpacked(b, "did_docs.json.zst"), &documents); err != nil {
		b.Fatal(err)
	}
	directory := identity.NewMockDirectory()
	for _, document := range documents {
		directory.Insert(identity.ParseIdentity(document))
	}
	return directory
}

package sync_test

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/bench/recording"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// recordedAt is when the recording was made.
var recordedAt = time.Date(2026, 7, 4, 14, 39, 14, 0, time.UTC)

// documents are a directory of DID documents as they were then.
type documents map[syntax.DID]*identity.Identity

func (d documents) LookupDID(_ context.Context, did syntax.DID) (*identity.Identity, error) {
	if id := d[did]; id != nil {
		return id, nil
	}
	return nil, &identity.Error{Name: string(did), Reason: "it is not in the recording", Err: identity.ErrNotFound}
}

func (d documents) Refresh(ctx context.Context, did syntax.DID) (*identity.Identity, error) {
	return d.LookupDID(ctx, did)
}

func (documents) Purge(syntax.AtIdentifier) {}

// TestTheFirehoseIsVerified verifies a recording of the network frame by frame, and
// compares the events of records with those that another server has made of it.
func TestTheFirehoseIsVerified_SN01_SN30_SN33_SN34_SN37(t *testing.T) {
	t.Parallel()
	v := &sync.Verifier{Directory: identities(t), Accounts: &sync.MemoryAccounts{}, Now: func() time.Time { return recordedAt }}
	var got []any
	verdicts := map[string]int{}
	for i, m := range messages(t) {
		r, err := v.Verify(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		if verdicts[r.Verdict.String()]++; r.Verdict != sync.Accepted {
			t.Errorf("frame %d: %s: %v", i, r.Reason, r.Err)
		}
		if r.Account != nil {
			if err := v.Accounts.SetAccount(t.Context(), r.Account); err != nil {
				t.Fatal(err)
			}
		}
		lines, err := r.JSONEvents(recordedAt)
		if err != nil {
			t.Error(err)
		}
		for _, line := range lines {
			got = append(got, withoutTime(t, line))
		}
	}
	if verdicts["accepted"] != 150 || len(verdicts) != 1 {
		t.Errorf("%v", verdicts)
	}
	var want []any
	for line := range bytes.Lines(recording.File(t, "expected_v1.jsonl")) {
		want = append(want, withoutTime(t, line))
	}
	if len(want) != 152 {
		t.Errorf("%d events are expected", len(want))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// withoutTime reads an event, whose time is that of a clock.
func withoutTime(t *testing.T, b []byte) map[string]any {
	t.Helper()
	var event map[string]any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&event); err != nil {
		t.Fatal(err)
	}
	delete(event, "time_us")
	return event
}

// messages returns the messages of the recording.
func messages(t *testing.T) []lex.Object {
	t.Helper()
	var all []lex.Object
	for _, frame := range recording.Frames(t) {
		all = append(all, message(t, frame))
	}
	return all
}

func message(t testing.TB, frame []byte) lex.Object {
	t.Helper()
	r := bytes.NewReader(frame)
	var header lex.Extra
	if err := lex.ReadCBOR(r, &header); err != nil {
		t.Fatal(err)
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
		t.Fatalf("a frame of type %v", header["t"])
	}
	if err := lex.DecodeCBOR(frame[len(frame)-r.Len():], m); err != nil {
		t.Fatal(err)
	}
	return m
}

func identities(t testing.TB) documents {
	t.Helper()
	var raw map[syntax.DID]json.RawMessage
	if err := json.Unmarshal(recording.Unpacked(t, "did_docs.json.zst"), &raw); err != nil {
		t.Fatal(err)
	}
	all := documents{}
	for did, text := range raw {
		id, err := identity.ParseDocument(did, text)
		if err != nil {
			t.Fatal(err)
		}
		all[did] = id
	}
	return all
}

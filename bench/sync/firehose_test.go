package sync_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/bench/recording"
	bench "github.com/lexgen/lexgen/bench/sync"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/sync"
)

// TestTheFirehoseIsVerified verifies a recording of the network frame by frame, and
// compares the events of records with those that another server has made of it.
func TestTheFirehoseIsVerified_SN01_SN30_SN33_SN34_SN37(t *testing.T) {
	t.Parallel()
	v := &sync.Verifier{Directory: identities(t), Accounts: &sync.MemoryAccounts{}, Now: func() time.Time { return bench.RecordedAt }}
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
		lines, err := r.JSONEvents(bench.RecordedAt)
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
		m, err := bench.ParseFrame(frame)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	return all
}

func identities(t *testing.T) bench.Identities {
	t.Helper()
	all, err := bench.ParseIdentities(recording.Unpacked(t, "did_docs.json.zst"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

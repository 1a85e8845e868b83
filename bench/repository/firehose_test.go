package repository_test

import (
	"encoding/json"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/bench/recording"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
)

// TestEveryCommitOfTheFirehoseVerifies verifies every #commit of the recording
// with nothing but the key in the account's DID document, and counts.
func TestEveryCommitOfTheFirehoseVerifies_RE40_RE41_SN34_SN37(t *testing.T) {
	t.Parallel()
	keys := signingKeys(t)
	var manifest struct {
		CommitFrames int `json:"commit_frames"`
		Creates      int `json:"creates"`
		Updates      int `json:"updates"`
		Deletes      int `json:"deletes"`
	}
	decodeJSON(t, recording.File(t, "manifest.json"), &manifest)
	commits, actions := 0, map[repo.Action]int{}
	for _, event := range commitEvents(t) {
		commits++
		m := messageOf(event)
		verified, err := repo.VerifyMessage(m, keys[string(m.DID)])
		if err != nil {
			t.Errorf("seq %d: %v", event.Seq, err)
			continue
		}
		records := 0
		for _, op := range m.Ops {
			actions[op.Action]++
			if op.CID.Defined() {
				records++
			}
		}
		if len(verified.Records) != records {
			t.Errorf("seq %d: %d records for %d operations", event.Seq, len(verified.Records), records)
		}
		checkTampered(t, event.Seq, m, keys[string(m.DID)])
	}
	t.Logf("%d commits, operations %v", commits, actions)
	if commits != manifest.CommitFrames || actions[repo.ActionCreate] < manifest.Creates || actions[repo.ActionDelete] < manifest.Deletes || commits < 100 {
		t.Errorf("%d commits and operations %v, the manifest says %+v", commits, actions, manifest)
	}
}

// checkTampered says that the message is refused without one of its operations,
// and with the root before another one.
func checkTampered(t *testing.T, seq int64, m *repo.Message, key *crypto.PublicKey) {
	t.Helper()
	if len(m.Ops) > 0 {
		less := *m
		less.Ops = m.Ops[1:]
		if _, err := repo.VerifyMessage(&less, key); err == nil {
			t.Errorf("seq %d: accepted without an operation", seq)
		}
	}
	other := *m
	other.PrevData = m.Commit
	if _, err := repo.VerifyMessage(&other, key); err == nil {
		t.Errorf("seq %d: accepted with another root before", seq)
	}
}

// messageOf returns the fields of an event that count for its verification.
func messageOf(e *comatproto.SyncSubscribeReposCommit) *repo.Message {
	m := &repo.Message{
		DID: e.Repo, Commit: e.Commit.CID, Rev: e.Rev, Since: e.Since.Or(""), PrevData: e.PrevData.Or(lex.Link{}).CID, Blocks: e.Blocks,
	}
	for _, op := range e.Ops {
		m.Ops = append(m.Ops, repo.Op{
			Action: repo.Action(op.Action), Path: op.Path, CID: op.CID.Or(lex.Link{}).CID, Prev: op.Prev.Or(lex.Link{}).CID,
		})
	}
	return m
}

// commitEvents returns the events #commit of the recording.
func commitEvents(t testing.TB) []*comatproto.SyncSubscribeReposCommit {
	t.Helper()
	var events []*comatproto.SyncSubscribeReposCommit
	for _, frame := range recording.Frames(t) {
		var header struct {
			Type string `cbor:"t"`
		}
		body, err := cbor.UnmarshalFirst(frame, &header)
		if err != nil {
			t.Fatal(err)
		}
		if header.Type != "#commit" {
			continue
		}
		event := new(comatproto.SyncSubscribeReposCommit)
		if err := lex.DecodeCBOR(body, event); err != nil {
			t.Fatal(err)
		}
		events = append(events, event)
	}
	return events
}

// signingKeys returns the keys of the accounts by DID (CR-08).
func signingKeys(t testing.TB) map[string]*crypto.PublicKey {
	t.Helper()
	var documents map[string]struct {
		VerificationMethod []struct {
			ID                 string `json:"id"`
			Type               string `json:"type"`
			PublicKeyMultibase string `json:"publicKeyMultibase"`
		} `json:"verificationMethod"`
	}
	decodeJSON(t, recording.Unpacked(t, "did_docs.json.zst"), &documents)
	keys := map[string]*crypto.PublicKey{}
	for did, document := range documents {
		for _, method := range document.VerificationMethod {
			if method.ID != did+"#atproto" && method.ID != "#atproto" {
				continue
			}
			key, err := crypto.ParseVerificationMethod(method.Type, method.PublicKeyMultibase)
			if err != nil {
				t.Fatalf("%s: %v", did, err)
			}
			keys[did] = key
		}
	}
	return keys
}

func decodeJSON(t testing.TB, b []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatal(err)
	}
}

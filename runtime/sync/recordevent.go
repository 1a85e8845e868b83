package sync

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A RecordEvent says what happened to one record.
type RecordEvent struct {
	DID    syntax.DID
	Rev    syntax.TID
	Action repo.Action
	// Record has the path, and unless it was deleted the CID and the data.
	Record repo.Record
}

// RecordEvents returns what a commit did, in the order of its operations; nothing for
// other events. They share the memory of the message.
func (r *Result) RecordEvents() []RecordEvent {
	if r.Commit == nil {
		return nil
	}
	events := make([]RecordEvent, len(r.Operations))
	records := r.Records
	for i, op := range r.Operations {
		events[i] = RecordEvent{DID: r.DID, Rev: r.Commit.Rev, Action: op.Action, Record: repo.Record{Path: op.Path}}
		if op.CID.Defined() {
			events[i].Record, records = records[0], records[1:]
		}
	}
	return events
}

// The JSON of events is that of Jetstream, which many programs read.
type jsonEvent struct {
	DID      syntax.DID                             `json:"did"`
	TimeUS   int64                                  `json:"time_us"`
	Kind     string                                 `json:"kind"`
	Commit   *jsonCommit                            `json:"commit,omitempty"`
	Identity *comatproto.SyncSubscribeReposIdentity `json:"identity,omitempty"`
	Account  *comatproto.SyncSubscribeReposAccount  `json:"account,omitempty"`
}

type jsonCommit struct {
	Rev        syntax.TID       `json:"rev"`
	Operation  repo.Action      `json:"operation"`
	Collection syntax.NSID      `json:"collection"`
	Rkey       syntax.RecordKey `json:"rkey"`
	Record     json.RawMessage  `json:"record,omitempty"`
	CID        string           `json:"cid,omitempty"`
}

// JSONEvents returns an accepted event as JSON, in the form of Jetstream: one text for
// each record of a commit, and one for a change of identity or account; nothing for a
// #sync. at is when the event came.
//
// A record that is no DAG-CBOR of the data model has none; the error names it, and
// the other records are returned all the same.
func (r *Result) JSONEvents(at time.Time) ([][]byte, error) {
	event := jsonEvent{DID: r.DID, TimeUS: at.UnixMicro()}
	switch m := r.Event.(type) {
	case *comatproto.SyncSubscribeReposCommit:
		return r.jsonCommits(event)
	case *comatproto.SyncSubscribeReposIdentity:
		event.Kind, event.Identity = "identity", m
	case *comatproto.SyncSubscribeReposAccount:
		event.Kind, event.Account = "account", m
	default:
		return nil, nil
	}
	b, err := json.Marshal(event)
	if err != nil {
		return nil, fmt.Errorf("sync: %s: %w", r.DID, err)
	}
	return [][]byte{b}, nil
}

func (r *Result) jsonCommits(event jsonEvent) ([][]byte, error) {
	var all [][]byte
	var faults []error // joined once: to join each takes the square of the time
	for _, e := range r.RecordEvents() {
		event.Kind, event.Commit = "commit", &jsonCommit{
			Rev: e.Rev, Operation: e.Action, Collection: e.Record.Collection(), Rkey: e.Record.Key(),
		}
		if e.Record.CID.Defined() {
			text, failed := recordJSON(e.Record)
			if failed != nil {
				faults = append(faults, failed)
				continue
			}
			event.Commit.Record, event.Commit.CID = text, e.Record.CID.String()
		}
		b, failed := json.Marshal(event)
		if failed != nil {
			faults = append(faults, fmt.Errorf("sync: %s: %w", e.Record.Path, failed))
			break
		}
		all = append(all, b)
	}
	return all, errors.Join(faults...)
}

func recordJSON(r repo.Record) ([]byte, error) {
	var members lex.Extra
	err := lex.DecodeCBOR(r.Data, &members)
	if err == nil {
		var b []byte
		if b, err = lex.MarshalJSON(members); err == nil {
			return b, nil
		}
	}
	return nil, fmt.Errorf("sync: %s: %w", r.Path, err)
}

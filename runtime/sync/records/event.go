package records

import (
	"encoding/json"
	"fmt"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// StatusDeleted is the status of an account that was deleted. With the event that says
// so all of its records are gone; there are no events for each.
const StatusDeleted = sync.StatusDeleted

// An Event is what an application is told: of a record, or of an account. One of Record
// and Account is set.
type Event struct {
	ID      int64 // rises within an account; each event has another one
	DID     syntax.DID
	Record  *RecordEvent
	Account *AccountEvent
}

// A RecordEvent says what happened to a record.
type RecordEvent struct {
	// Live says that a commit did it that came over the stream; otherwise it was found
	// by comparing the repository with what is stored.
	Live   bool
	Rev    syntax.TID // of the commit, or of the repository that was compared
	Action repo.Action
	Path   string  // COLLECTION/KEY
	CID    cid.CID // undefined for a record that was deleted
	Data   []byte  // DAG-CBOR; nil for a record that was deleted
}

// Record returns the record, whose CID is undefined if it was deleted.
func (e *RecordEvent) Record() repo.Record {
	return repo.Record{Path: e.Path, CID: e.CID, Data: e.Data}
}

// An AccountEvent says how an account is: after a change of its identity, or of its
// status (SN-07, SN-08). The records of one that is not active are not to be shown, and
// those of one whose status is [StatusDeleted] are to be removed.
type AccountEvent struct {
	Handle syntax.Handle // that was verified, or handle.invalid
	Active bool
	Status string // "" if there is nothing to say
}

// The JSON of events is that of Tap, for which there are clients in many languages.
type jsonEvent struct {
	ID       int64         `json:"id"`
	Type     string        `json:"type"`
	Record   *jsonRecord   `json:"record,omitempty"`
	Identity *jsonIdentity `json:"identity,omitempty"`
}

type jsonRecord struct {
	Live       bool             `json:"live"`
	DID        syntax.DID       `json:"did"`
	Rev        syntax.TID       `json:"rev"`
	Collection syntax.NSID      `json:"collection"`
	Rkey       syntax.RecordKey `json:"rkey"`
	Action     repo.Action      `json:"action"`
	Record     json.RawMessage  `json:"record,omitempty"`
	CID        string           `json:"cid,omitempty"`
}

type jsonIdentity struct {
	DID      syntax.DID    `json:"did"`
	Handle   syntax.Handle `json:"handle"`
	IsActive bool          `json:"is_active"`
	Status   string        `json:"status"`
}

// JSON returns the event in the form of Tap: with type record, or, for what happens to
// an account, with type identity. A record that is no DAG-CBOR of the data model is left
// out, and its CID stays.
func (e *Event) JSON() ([]byte, error) {
	out := jsonEvent{ID: e.ID}
	switch {
	case e.Record != nil:
		r := e.Record.Record()
		out.Type = "record"
		out.Record = &jsonRecord{
			Live: e.Record.Live, DID: e.DID, Rev: e.Record.Rev, Collection: r.Collection(), Rkey: r.Key(), Action: e.Record.Action,
		}
		if r.CID.Defined() {
			out.Record.CID, out.Record.Record = r.CID.String(), recordJSON(r)
		}
	case e.Account != nil:
		out.Type = "identity"
		out.Identity = &jsonIdentity{DID: e.DID, Handle: e.Account.Handle, IsActive: e.Account.Active, Status: e.Account.Status}
		if out.Identity.Status == "" && e.Account.Active {
			out.Identity.Status = "active"
		}
		if out.Identity.Handle == "" {
			out.Identity.Handle = syntax.HandleInvalid
		}
	}
	b, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("records: event %d: %w", e.ID, err)
	}
	return b, nil
}

// recordJSON returns a record as JSON, nil if it has none.
func recordJSON(r repo.Record) []byte {
	var members lex.Extra
	if err := lex.DecodeCBOR(r.Data, &members); err != nil {
		return nil
	}
	b, err := lex.MarshalJSON(members)
	if err != nil {
		return nil
	}
	return b
}

// Decode returns the record as one of the types, or, if it is none of them or does not
// fit its type, as a [*lex.UnknownObject]; nil if it was deleted. types may be nil.
func (e *RecordEvent) Decode(types *lex.Types) (lex.Object, error) {
	if !e.CID.Defined() {
		return nil, nil //nolint:nilnil // there is none
	}
	if types != nil {
		if o, err := types.DecodeCBOR(e.Data); err == nil {
			return o, nil
		}
	}
	o := &lex.UnknownObject{}
	if err := lex.DecodeCBOR(e.Data, o); err != nil {
		return nil, fmt.Errorf("records: %s: %w", e.Path, err)
	}
	return o, nil
}

package plc

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// Limits of a log. A directory takes 100 operations a week (ID-29), undone ones
// not counted.
const (
	MaxLog     = 10_000   // operations
	MaxLogJSON = 32 << 20 // bytes
)

// A Log is all that a directory keeps of a DID, in the order in which it came
// in, undone operations included.
type Log []Entry

// An Entry is an operation with what a directory says of it.
type Entry struct {
	DID       syntax.DID
	Operation Operation
	CID       cid.CID
	// Nullified says that a later operation has undone this one (ID-32).
	Nullified bool
	// CreatedAt is when the directory took the operation.
	CreatedAt time.Time
}

// TimeFormat is how directories write times, in UTC.
const TimeFormat = "2006-01-02T15:04:05.000Z"

// entryJSON is the form of an Entry in /DID/log/audit (ID-34).
type entryJSON struct {
	DID       string          `json:"did"`
	Operation json.RawMessage `json:"operation"`
	CID       string          `json:"cid"`
	Nullified bool            `json:"nullified"`
	CreatedAt string          `json:"createdAt"`
}

// ParseLog reads the audit log of a DID, a JSON array of entries. It looks at the
// form only; [Log.Verify] says whether it is true.
func ParseLog(text []byte) (Log, error) {
	return readItems(text, ParseEntry)
}

// readItems reads a JSON array of what a log is made of.
func readItems[T any](text []byte, parse func(item []byte) (T, error)) ([]T, error) {
	if len(text) > MaxLogJSON {
		return nil, failf(ErrLimit, "a log of %d bytes, more than %d", len(text), MaxLogJSON)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if token, err := d.Token(); err != nil || token != json.Delim('[') {
		return nil, failf(ErrMalformed, "a log must be an array (ID-34)")
	}
	var all []T
	for d.More() {
		if len(all) == MaxLog {
			return nil, failf(ErrLimit, "a log of more than %d operations", MaxLog)
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, at(len(all), failf(ErrMalformed, "an entry that cannot be read: %v (ID-34)", err))
		}
		item, err := parse(raw)
		if err != nil {
			return nil, at(len(all), err)
		}
		all = append(all, item)
	}
	if _, err := d.Token(); err != nil {
		return nil, failf(ErrMalformed, "the log breaks off: %v (ID-34)", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, failf(ErrMalformed, "something follows on the log (ID-34)")
	}
	return all, nil
}

// ParseEntry reads one entry of an audit log, or one line of an export (ID-37).
// Members that it does not know are left out.
func ParseEntry(text []byte) (Entry, error) {
	var raw entryJSON
	if err := json.Unmarshal(text, &raw); err != nil {
		return Entry{}, failf(ErrMalformed, "an entry that cannot be read: %v (ID-34)", err)
	}
	did, err := syntax.ParseDID(raw.DID)
	if err != nil {
		return Entry{}, failf(ErrMalformed, "member %q: %v (ID-34)", "did", err)
	}
	op, err := ParseOperation(raw.Operation)
	if err != nil {
		return Entry{}, err
	}
	c, err := cid.Parse(raw.CID)
	if err != nil {
		return Entry{}, failf(ErrMalformed, "member %q: %v (ID-34)", "cid", err)
	}
	created, err := time.Parse(time.RFC3339Nano, raw.CreatedAt)
	if err != nil {
		return Entry{}, failf(ErrMalformed, "member %q: %q is no time (ID-34)", "createdAt", raw.CreatedAt)
	}
	return Entry{DID: did, Operation: op, CID: c, Nullified: raw.Nullified, CreatedAt: created}, nil
}

// MarshalJSON returns the entry as directories write it (ID-34).
func (e Entry) MarshalJSON() ([]byte, error) {
	op, err := marshal(e.Operation)
	if err != nil {
		return nil, err
	}
	//nolint:wrapcheck // there is nothing in it that could not be written
	return json.Marshal(entryJSON{
		DID: string(e.DID), Operation: op, CID: e.CID.String(), Nullified: e.Nullified,
		CreatedAt: e.CreatedAt.UTC().Format(TimeFormat),
	})
}

package firehose

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// syncLine is the line of a #sync, for which Jetstream has no form.
type syncLine struct {
	DID    syntax.DID `json:"did"`
	TimeUS int64      `json:"time_us"`
	Kind   string     `json:"kind"`
	Sync   struct {
		Rev string `json:"rev"`
	} `json:"sync"`
}

// lines returns an event in the form of Jetstream, with its seq in front, which is what
// a cursor is made of, and what is wrong with each record that has none.
func lines(seq int64, result *sync.Result, at time.Time) (all [][]byte, faults []error) {
	all, err := result.JSONEvents(at)
	faults = separate(err)
	if m, ok := result.Event.(*comatproto.SyncSubscribeReposSync); ok {
		line := syncLine{DID: m.DID, TimeUS: at.UnixMicro(), Kind: "sync"}
		line.Sync.Rev = m.Rev
		text, err := json.Marshal(line)
		if err != nil {
			return nil, append(faults, err)
		}
		all = append(all, text)
	}
	for i, line := range all {
		all[i] = append(fmt.Appendf(nil, `{"seq":%d,`, seq), bytes.TrimPrefix(line, []byte("{"))...)
	}
	return all, faults
}

// separate returns the errors of which errors.Join has made one.
func separate(err error) []error {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}

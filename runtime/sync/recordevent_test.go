package sync_test

import (
	"testing"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/sync"
)

// TestRecordsThatAreNoJSONAreJoinedOnce has a commit of many records that are none. Its
// error has one for each, side by side, so that it takes no more than that to print it.
func TestRecordsThatAreNoJSONAreJoinedOnce(t *testing.T) {
	t.Parallel()
	const records = 1000
	r := &sync.Result{Event: &comatproto.SyncSubscribeReposCommit{}, Commit: &repo.Commit{}}
	bad := cid.Sum(cid.DagCBOR, []byte{0xff})
	for range records {
		r.Operations = append(r.Operations, repo.Op{Action: repo.ActionCreate, Path: "com.example.post/a", CID: bad})
		r.Records = append(r.Records, repo.Record{Path: "com.example.post/a", CID: bad, Data: []byte{0xff}})
	}
	lines, err := r.JSONEvents(time.Unix(0, 0))
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || len(joined.Unwrap()) != records || len(lines) != 0 {
		t.Errorf("%d lines and %T", len(lines), err)
	}
}

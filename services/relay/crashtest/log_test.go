package crashtest

import (
	"context"
	"fmt"
	"iter"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/services/store/eventlog"
)

// commitsOf yields all that a log has, which are commits, with seqs from 1 without a gap.
func commitsOf(ctx context.Context, db *eventlog.DB) iter.Seq2[*comatproto.SyncSubscribeReposCommit, error] {
	return func(yield func(*comatproto.SyncSubscribeReposCommit, error) bool) {
		for after := int64(0); ; {
			entries, err := db.Read(ctx, after, 1000, 8<<20)
			if err != nil {
				yield(nil, err)
				return
			}
			if len(entries) == 0 {
				return
			}
			for _, e := range entries {
				m, err := parseCommit(e.Frame)
				if err == nil && (e.Seq != after+1 || m.Seq != e.Seq) {
					err = fmt.Errorf("after the seq %d there is %d, of an event with seq %d", after, e.Seq, m.Seq)
				}
				if !yield(m, err) || err != nil {
					return
				}
				after = e.Seq
			}
		}
	}
}

package atclient

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// MaxWrites is how many writes a batch may have, because no commit has more (SN-05).
const MaxWrites = 200

// A Batch is writes that become one commit: all of them or none. The zero Batch is
// empty. It is not safe for concurrent use.
type Batch struct {
	writes []lex.Object
	err    error // of the first record that does not fit its schema
}

// Create adds a record to the collection of its type. With a key of "" the server
// makes one, unless the schema has one for all.
func (b *Batch) Create(key syntax.RecordKey, record lex.Record) {
	if literal, ok := strings.CutPrefix(record.LexRecordKey(), "literal:"); ok && key == "" {
		key = syntax.RecordKey(literal)
	}
	w := &comatproto.RepoApplyWritesCreate{Collection: collection(record), Value: record}
	if key != "" {
		w.Rkey = lex.Some(key)
	}
	b.add(w, check(record, w.Rkey))
}

// Update replaces a record, which must be there.
func (b *Batch) Update(key syntax.RecordKey, record lex.Record) {
	b.add(&comatproto.RepoApplyWritesUpdate{Collection: collection(record), Rkey: key, Value: record}, check(record, lex.Some(key)))
}

// Delete removes a record.
func (b *Batch) Delete(collection syntax.NSID, key syntax.RecordKey) {
	b.add(&comatproto.RepoApplyWritesDelete{Collection: collection, Rkey: key}, nil)
}

func (b *Batch) add(write lex.Object, err error) {
	if b.writes = append(b.writes, write); err != nil && b.err == nil {
		b.err = fmt.Errorf("write %d: %w", len(b.writes), err)
	}
}

var errOneRecord = errors.New("atclient: WithKey, IfRecord and IfAbsent are for the write of one record, not for a batch")

// Apply makes all writes. It returns a reference to each record in the order of the
// writes, nil for one that was deleted; nothing at all from a server that does not say.
// A record that does not fit its schema is [*lex.Violations], and then nothing is
// sent. Of the options InRepo, WithValidate and IfCommit are for batches.
func (b *Batch) Apply(ctx context.Context, c *xrpc.Client, opts ...WriteOption) ([]*comatproto.RepoStrongRef, error) {
	w, err := newWrite(c, opts)
	switch {
	case err != nil:
		return nil, err
	case b.err != nil:
		return nil, b.err
	case w.key.IsSome() || w.swapRecord.State != lex.Absent:
		return nil, errOneRecord
	case len(b.writes) > MaxWrites:
		return nil, fmt.Errorf("atclient: a batch of %d writes; a commit has %d at most, so make several batches", len(b.writes), MaxWrites)
	}
	out, err := comatproto.RepoApplyWrites.Call(ctx, c, &comatproto.RepoApplyWritesInput{
		Repo: w.repo, Validate: w.validate, SwapCommit: w.swapCommit, Writes: b.writes,
	})
	if err != nil || len(out.Results) == 0 {
		return nil, err
	}
	if len(out.Results) != len(b.writes) {
		return nil, fmt.Errorf("atclient: the server made the writes, and gives %d results for %d", len(out.Results), len(b.writes))
	}
	refs := make([]*comatproto.RepoStrongRef, len(out.Results))
	for i, result := range out.Results {
		switch r := result.(type) {
		case *comatproto.RepoApplyWritesCreateResult:
			refs[i] = &comatproto.RepoStrongRef{URI: r.URI, CID: r.CID}
		case *comatproto.RepoApplyWritesUpdateResult:
			refs[i] = &comatproto.RepoStrongRef{URI: r.URI, CID: r.CID}
		}
	}
	return refs, nil
}

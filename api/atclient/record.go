package atclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// A WriteOption is a property of a write.
type WriteOption func(*write)

type write struct {
	repo       syntax.AtIdentifier
	key        lex.Opt[syntax.RecordKey]
	validate   lex.Opt[bool]
	swapCommit lex.Opt[syntax.CID]
	swapRecord lex.Nullable[syntax.CID]
}

// InRepo writes into that repository, instead of that of the client's session.
func InRepo(repo syntax.AtIdentifier) WriteOption { return func(w *write) { w.repo = repo } }

// WithKey creates the record with that key. Without it the server makes one, unless
// the schema has one for all.
func WithKey(key syntax.RecordKey) WriteOption { return func(w *write) { w.key = lex.Some(key) } }

// WithValidate has the server always, or never, validate the record; by default it
// does if it knows the schema (LX-29).
func WithValidate(always bool) WriteOption { return func(w *write) { w.validate = lex.Bool(always) } }

// IfCommit writes only if the repository's commit is that.
func IfCommit(cid syntax.CID) WriteOption { return func(w *write) { w.swapCommit = lex.Some(cid) } }

// IfRecord puts or deletes only if the record is that.
func IfRecord(cid syntax.CID) WriteOption {
	return func(w *write) { w.swapRecord = lex.PresentOf(cid) }
}

// IfAbsent puts only if there is no such record.
func IfAbsent() WriteOption { return func(w *write) { w.swapRecord = lex.NullOf[syntax.CID]() } }

var errNoRepo = errors.New("atclient: in which repository? The client has no session: use InRepo")

func newWrite(c *xrpc.Client, opts []WriteOption) (*write, error) {
	w := &write{}
	if s, ok := c.Credentials().(interface{ DID() syntax.DID }); ok {
		w.repo = syntax.AtIdentifier(s.DID())
	}
	for _, o := range opts {
		o(w)
	}
	if w.repo == "" {
		return nil, errNoRepo
	}
	return w, nil
}

// Create adds a record to the collection of its type, and returns a reference to
// it. A record that does not fit its schema is [*lex.Violations], and is not sent.
func Create(ctx context.Context, c *xrpc.Client, record lex.Record, opts ...WriteOption) (*comatproto.RepoStrongRef, error) {
	w, err := newWrite(c, opts)
	if err != nil {
		return nil, err
	}
	if literal, ok := strings.CutPrefix(record.LexRecordKey(), "literal:"); ok && !w.key.IsSome() {
		w.key = lex.Some(syntax.RecordKey(literal))
	}
	if err := check(record, w.key); err != nil {
		return nil, err
	}
	out, err := comatproto.RepoCreateRecord.Call(ctx, c, &comatproto.RepoCreateRecordInput{
		Repo: w.repo, Collection: collection(record), Rkey: w.key, Validate: w.validate, Record: record, SwapCommit: w.swapCommit,
	})
	if err != nil {
		return nil, err
	}
	return &comatproto.RepoStrongRef{URI: out.URI, CID: out.CID}, nil
}

// Put writes a record with that key, whether there is one or not; see IfRecord and
// IfAbsent.
func Put(ctx context.Context, c *xrpc.Client, key syntax.RecordKey, record lex.Record, opts ...WriteOption) (*comatproto.RepoStrongRef, error) {
	w, err := newWrite(c, opts)
	if err != nil {
		return nil, err
	}
	if err := check(record, lex.Some(key)); err != nil {
		return nil, err
	}
	out, err := comatproto.RepoPutRecord.Call(ctx, c, &comatproto.RepoPutRecordInput{
		Repo: w.repo, Collection: collection(record), Rkey: key, Validate: w.validate, Record: record,
		SwapRecord: w.swapRecord, SwapCommit: w.swapCommit,
	})
	if err != nil {
		return nil, err
	}
	return &comatproto.RepoStrongRef{URI: out.URI, CID: out.CID}, nil
}

// Delete removes a record, if there is one.
func Delete(ctx context.Context, c *xrpc.Client, collection syntax.NSID, key syntax.RecordKey, opts ...WriteOption) error {
	w, err := newWrite(c, opts)
	if err != nil {
		return err
	}
	in := &comatproto.RepoDeleteRecordInput{Repo: w.repo, Collection: collection, Rkey: key, SwapCommit: w.swapCommit}
	if w.swapRecord.State == lex.Present {
		in.SwapRecord = lex.Some(w.swapRecord.Value)
	}
	_, err = comatproto.RepoDeleteRecord.Call(ctx, c, in)
	return err
}

// check holds a record against its schema. The schema of the write does not say what
// a record is, so that nobody else does before the server.
func check(record lex.Record, key lex.Opt[syntax.RecordKey]) error {
	err := lex.Validate(record)
	if k, ok := key.Get(); ok && err == nil {
		err = lex.CheckKey(record, k)
	}
	if err != nil {
		return fmt.Errorf("atclient: %s: %w", record.LexType(), err)
	}
	return nil
}

func collection(record lex.Record) syntax.NSID { return syntax.NSID(record.LexType()) }

// An Entry is a record with its name. R is a pointer to a generated type.
type Entry[R lex.Record] struct {
	URI    syntax.ATURI
	CID    syntax.CID // "" if the server does not say
	Record R
}

// Get reads a record of a type, a pointer to a generated struct.
//
//	profile, err := atclient.Get[*appbsky.ActorProfile](ctx, client, "alice.example", "self")
func Get[R lex.Record](ctx context.Context, c *xrpc.Client, repo syntax.AtIdentifier, key syntax.RecordKey) (*Entry[R], error) {
	record := newOf[R]()
	out, err := comatproto.RepoGetRecord.Call(ctx, c, &comatproto.RepoGetRecordParams{Repo: repo, Collection: collection(record), Rkey: key})
	if err != nil {
		return nil, err
	}
	if err := lex.As(out.Value, record); err != nil {
		return nil, fmt.Errorf("atclient: %s: %w", out.URI, err)
	}
	return &Entry[R]{URI: out.URI, CID: out.CID.Or(""), Record: record}, nil
}

// List reads all records of a type in a repository, page by page, newest first. A pair
// with both an entry and an error is a record that does not fit the type, whose
// Record is nil; the loop may go on behind it. An error without an entry ends it.
func List[R lex.Record](ctx context.Context, c *xrpc.Client, repo syntax.AtIdentifier) iter.Seq2[*Entry[R], error] {
	params := &comatproto.RepoListRecordsParams{Repo: repo, Collection: collection(newOf[R]()), Limit: lex.Int(100)}
	return func(yield func(*Entry[R], error) bool) {
		for page, err := range Pages(ctx, c, &comatproto.RepoListRecords, params) {
			if err != nil {
				yield(nil, err)
				return
			}
			for _, r := range page.Records {
				if !yield(entryOf[R](r)) {
					return
				}
			}
		}
	}
}

func entryOf[R lex.Record](r *comatproto.RepoListRecordsRecord) (*Entry[R], error) {
	e := &Entry[R]{URI: r.URI, CID: r.CID}
	record := newOf[R]()
	if err := lex.As(r.Value, record); err != nil {
		return e, fmt.Errorf("atclient: %s: %w", r.URI, err)
	}
	e.Record = record
	return e, nil
}

// UploadBlob sends a blob, which records may refer to from then on. mediaType is
// such as image/png.
func UploadBlob(ctx context.Context, c *xrpc.Client, r io.Reader, mediaType string, opts ...xrpc.CallOption) (*lex.Blob, error) {
	out, err := comatproto.RepoUploadBlob.Call(ctx, c, &xrpc.Body{Reader: r, Type: mediaType}, opts...)
	if err != nil {
		return nil, err
	}
	return out.Blob, nil
}

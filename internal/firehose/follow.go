package firehose

import (
	"context"
	"errors"
	stdsync "sync"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/internal/cli"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// workers is how many events are verified at a time. Most of them wait for the
// identity of an account that has not been seen before.
const workers = 64

// Follow implements [cli.Follower].
func Follow(ctx context.Context, f *cli.Following) error {
	r := &reader{Following: f}
	if f.Directory != nil {
		return r.verified(ctx)
	}
	return r.believed(ctx)
}

// A reader follows one server.
type reader struct {
	*cli.Following

	mu stdsync.Mutex // makes calls of Each, Broken and Reconnecting one at a time
}

// believed follows a server whose events are taken as they come.
func (r *reader) believed(ctx context.Context) error {
	params := &comatproto.SyncSubscribeReposParams{Cursor: r.Cursor}
	for m, err := range comatproto.SyncSubscribeRepos.Subscribe(ctx, r.Client, params, xrpc.WithOnReconnect(r.Reconnecting)) {
		if broken, ok := errors.AsType[*xrpc.FrameError](err); ok {
			r.Broken(broken)
			continue
		}
		if err != nil {
			return err
		}
		seq, _ := lex.IntegerOf(m, "seq")
		result, unreadable := read(m)
		if err := r.event(seq, result, unreadable, ""); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// verified follows a server whose events are held against the accounts' identities.
func (r *reader) verified(ctx context.Context) error {
	known := newAccounts()
	c := &sync.Consumer{
		Client:   r.Client,
		Verifier: &sync.Verifier{Directory: r.Directory, Accounts: known, Now: r.Now},
		Cursors:  beginning(r.Cursor),
		Workers:  workers,
		Sleep:    r.Sleep,
		Broken: func(err *xrpc.FrameError) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.Broken(err)
		},
		Stream: []xrpc.StreamOption{xrpc.WithOnReconnect(func(attempt int, err error) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.Reconnecting(attempt, err)
		})},
		Handle: func(_ context.Context, seq int64, result *sync.Result) error {
			r.mu.Lock()
			defer r.mu.Unlock()
			err := r.event(seq, result, nil, result.Verdict.String())
			goOn(result)
			return err
		},
	}
	return c.Run(ctx)
}

// goOn lets the account go on behind a gap. Nobody here keeps records that would miss
// something, and the gap has been told.
func goOn(result *sync.Result) {
	if result.Verdict != sync.Gap || result.Commit == nil {
		return
	}
	a := sync.Account{DID: result.DID, Active: true}
	if result.Account != nil {
		a = *result.Account
	}
	a.Rev, a.Data, a.Desynchronized = result.Commit.Rev, result.Commit.Data, false
	result.Account = &a
}

// read makes a result of an event that is believed. A record that the blocks do not
// have is told, and left out.
func read(m lex.Object) (*sync.Result, []error) {
	result := &sync.Result{Verdict: sync.Accepted, DID: sync.AccountOf(m), Event: m}
	commit, ok := m.(*comatproto.SyncSubscribeReposCommit)
	if !ok {
		return result, nil
	}
	result.Commit = &repo.Commit{DID: commit.Repo, Rev: commit.Rev}
	var unreadable []error
	result.Operations, result.Records, unreadable = recordsOf(commit)
	return result, unreadable
}

// event passes an event on, without what is not kept.
func (r *reader) event(seq int64, result *sync.Result, unreadable []error, verdict string) error {
	if r.Account != nil && !r.Account(result.DID) {
		return nil
	}
	e := &cli.FirehoseEvent{Seq: seq, DID: result.DID, Verdict: verdict, Reason: string(result.Reason), Err: result.Err, Unreadable: unreadable}
	e.Kind, e.Time = described(result.Event)
	if e.Kind == "commit" {
		if r.Collection != nil {
			keepRecords(result, r.Collection)
		}
		for _, op := range result.Operations {
			e.Records = append(e.Records, cli.FirehoseRecord{Collection: repo.Record{Path: op.Path}.Collection(), Action: string(op.Action)})
		}
	}
	fine := result.Verdict == sync.Accepted || result.Verdict == sync.Gap && result.Reason != sync.ReasonUnavailable
	if r.Collection != nil && len(e.Records) == 0 && fine {
		return nil
	}
	if fine {
		var faults []error
		e.Lines, faults = lines(seq, result, r.Now())
		e.Unreadable = append(e.Unreadable, faults...)
	}
	return r.Each(e)
}

// keepRecords takes out of a result the operations that are not wanted.
func keepRecords(result *sync.Result, wanted func(syntax.NSID) bool) {
	records := result.Records
	var operations []repo.Op
	var some []repo.Record
	for _, op := range result.Operations {
		kept := wanted(repo.Record{Path: op.Path}.Collection())
		if kept {
			operations = append(operations, op)
		}
		if op.CID.Defined() {
			if kept {
				some = append(some, records[0])
			}
			records = records[1:]
		}
	}
	result.Operations, result.Records = operations, some
}

// described returns the kind of an event and when it was.
func described(m lex.Object) (kind string, at time.Time) {
	var text syntax.Datetime
	switch m := m.(type) {
	case *comatproto.SyncSubscribeReposCommit:
		kind, text = "commit", m.Time
	case *comatproto.SyncSubscribeReposSync:
		kind, text = "sync", m.Time
	case *comatproto.SyncSubscribeReposIdentity:
		kind, text = "identity", m.Time
	case *comatproto.SyncSubscribeReposAccount:
		kind, text = "account", m.Time
	case *comatproto.SyncSubscribeReposInfo:
		kind = "info"
	case nil:
		return "", at
	default:
		kind = m.LexType()
	}
	at, _ = text.Time()
	return kind, at
}

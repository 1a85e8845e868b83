package sync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	stdsync "sync"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// Cursors keep how far a stream was processed. Implementations are safe for concurrent
// use.
type Cursors interface {
	// Cursor returns the seq of the last event; ok is false if there was none.
	Cursor(ctx context.Context) (seq int64, ok bool, err error)
	SetCursor(ctx context.Context, seq int64) error
}

// A Consumer follows the events of one server and verifies them. Its fields must not
// change while it runs.
type Consumer struct {
	Client   *xrpc.Client // of the server, or relay
	Verifier *Verifier
	// Wants, if not nil, says which messages are verified and handled. Others are passed
	// over, at no cost but that of the question. An error ends [Consumer.Run].
	Wants func(ctx context.Context, m lex.Object) (bool, error)
	// Cursors say where to begin: behind their cursor, or, without one, with what is
	// new. The cursor moves past an event only after that and all before it were
	// processed, so that after a crash some events come again, and none is left out.
	Cursors Cursors
	// Handle processes an event that was verified, whatever the verdict; that is where
	// those that were not accepted are counted. Events of one account come one after
	// another, those of different accounts side by side. What is known of the account
	// is stored afterwards. What waits for a server is for [Away]. An error ends
	// [Consumer.Run].
	Handle func(ctx context.Context, seq int64, r *Result) error
	// Broken is told of frames that cannot be read, which are passed over, perhaps
	// while Handle is at work; it may be nil.
	Broken func(err *xrpc.FrameError)
	// Info is told of a message that is no event, such as that the cursor is older than
	// what is kept (ES-09); it may be nil.
	Info func(m *comatproto.SyncSubscribeReposInfo)
	// Admit is called with each event before it is verified, and no other one is read
	// until it returns: who has a limit waits there. An error ends [Consumer.Run]. It
	// may be nil.
	Admit func(ctx context.Context, seq int64, m lex.Object) error
	// Stream are options of the stream, such as how often it is connected anew.
	Stream []xrpc.StreamOption
	// Workers is how many events are verified at a time, 8 if it is 0, and Pending how
	// many may wait besides, 1,000 if it is 0; then no more are read. An event whose
	// account is being looked up waits.
	Workers, Pending int
	// PendingBytes is how many bytes the frames of all these events may have, of which
	// there may always be one, or one besides those of accounts that wait to be tried again,
	// if these have no more than half; 64 MiB if it is 0. Then no more are read.
	PendingBytes int
	// Share, if not nil, says how many bytes that may be now, if it is less than
	// PendingBytes: who has many consumers divides what there is among them. It is asked
	// before an event is taken, and must not wait.
	Share func() int
	// SaveEvery is after how many events the cursor is stored, 100 if it is 0. As many
	// may come again after a crash, besides those that were under way.
	SaveEvery int
	// Attempts is how often an event is verified while something of the network that it
	// needs is not available, 4 if it is 0, with a second in between that doubles each
	// time. The last one ends with [ReasonUnavailable]. Others are not held up by one
	// account for long: an event is tried once if more than a 32nd of what may wait, or
	// four events, are of its account and wait behind it, and not even that if one of
	// its account has ended so within ten seconds; and once, unless it is an #account, if
	// one has within ten minutes. From the second attempt on it is not tried again as soon
	// as so many wait behind it; nor where there is no room for another event, as accounts
	// whose DID does not lead to the directory of did:plc, and that wait so with all that is
	// behind their events, have more than half of it: those with the most are given up first.
	Attempts int
	// Sleep waits until the time is over or ctx ends, whose error it returns then. It
	// must be set.
	Sleep func(ctx context.Context, d time.Duration) error
}

// Defaults of a Consumer.
const (
	defaultWorkers   = 8
	defaultPending   = 1000
	defaultAttempts  = 4
	firstPause       = time.Second
	defaultSaveEvery = 100
	defaultBytes     = 64 << 20
)

// Run follows the stream until ctx ends or something final happens: an error of Handle
// or of what is stored, [ErrAccounts] too, or one that the server sends, such as for a
// cursor that is ahead of the stream. It returns after all events that have come were
// processed, and the cursor was stored.
func (c *Consumer) Run(ctx context.Context) error {
	params := &comatproto.SyncSubscribeReposParams{}
	cursor, ok, err := c.Cursors.Cursor(ctx)
	if err != nil {
		return fmt.Errorf("sync: the cursor: %w", err)
	}
	if ok {
		params.Cursor = lex.Some(cursor)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r := &run{
		Consumer: c, ctx: ctx, cancel: cancel, saved: cursor,
		lanes: newLanes(orDefault(c.Pending, defaultPending)+orDefault(c.Workers, defaultWorkers), orDefault(c.Workers, defaultWorkers),
			orDefault(c.PendingBytes, defaultBytes)),
	}
	r.ctx = context.WithValue(ctx, lanesKey{}, r.lanes)
	r.verifier = *c.Verifier
	r.verifier.Directory = lookUps{c.Verifier.Directory, r.lanes}
	r.lanes.share = c.Share
	r.patience = newPatience(c, r.lanes)
	err = r.follow(params)
	r.lanes.wait.Wait()
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return errors.Join(err, r.save(context.WithoutCancel(ctx)))
}

func orDefault(n, otherwise int) int {
	if n > 0 {
		return n
	}
	return otherwise
}

// A run is one call of Run.
type run struct {
	*Consumer

	ctx      context.Context //nolint:containedctx // a run lives as long as one call
	cancel   context.CancelCauseFunc
	lanes    *lanes
	verifier Verifier // which holds up nobody while it looks up
	patience *patience
	progress progress

	begun  bool // a cursor is stored
	saving stdsync.Mutex
	events int   // since the cursor was stored
	saved  int64 // the cursor that was stored
}

// follow reads events until there are no more.
func (r *run) follow(params *comatproto.SyncSubscribeReposParams) error {
	_, r.begun = params.Cursor.Get()
	length := 0 // of the last frame
	opts := append(slices.Clip(r.Stream), xrpc.WithOnFrame(func(n int) { length = n }))
	for m, err := range comatproto.SyncSubscribeRepos.Subscribe(r.ctx, r.Client, params, opts...) {
		if broken, ok := errors.AsType[*xrpc.FrameError](err); ok {
			if r.Broken != nil {
				r.Broken(broken)
			}
			continue
		}
		if err != nil {
			return err
		}
		seq, numbered := lex.IntegerOf(m, "seq")
		if !numbered {
			if info, ok := m.(*comatproto.SyncSubscribeReposInfo); ok && r.Info != nil {
				r.Info(info)
			}
			continue
		}
		if err := r.take(seq, m, length); err != nil {
			return err
		}
	}
	return nil
}

// take has an event processed, when there is room for it and the bytes of its frame.
func (r *run) take(seq int64, m lex.Object, bytes int) error {
	if r.Admit != nil {
		if err := r.Admit(r.ctx, seq, m); err != nil {
			return err
		}
	}
	if !r.begun { // with what was new then it goes on after a crash
		if err := r.Cursors.SetCursor(r.ctx, seq-1); err != nil {
			return fmt.Errorf("sync: store the cursor %d: %w", seq-1, err)
		}
		r.begun = true
	}
	own(m)
	step := r.progress.begin(seq)
	return r.lanes.add(r.ctx, AccountOf(m), work{func() { r.process(step, m) }, bytes})
}

// own gives the texts of an event that say whose it is, and how the account is, memory of
// their own: whoever remembers them would keep the whole frame.
func own(m lex.Object) {
	switch m := m.(type) {
	case *comatproto.SyncSubscribeReposCommit:
		m.Repo, m.Rev = owned(m.Repo), owned(m.Rev)
	case *comatproto.SyncSubscribeReposSync:
		m.DID, m.Rev = owned(m.DID), owned(m.Rev)
	case *comatproto.SyncSubscribeReposIdentity:
		m.DID = owned(m.DID)
	case *comatproto.SyncSubscribeReposAccount:
		m.DID = owned(m.DID)
		if status, ok := m.Status.Get(); ok {
			m.Status = lex.Some(owned(status))
		}
	}
}

// process verifies and handles an event. After an error of another one nothing is
// processed any more: the events come again with the next run.
func (r *run) process(s *step, m lex.Object) {
	if r.ctx.Err() != nil {
		return
	}
	wanted, err := true, error(nil)
	if r.Wants != nil {
		wanted, err = r.Wants(r.ctx, m)
	}
	if err == nil && wanted {
		err = r.handle(s.seq, m)
	}
	if err != nil {
		r.cancel(err)
		return
	}
	r.progress.end(s)
	if err := r.saveSometimes(); err != nil {
		r.cancel(err)
	}
}

// handle verifies an event, handles it, and stores what is known then.
func (r *run) handle(seq int64, m lex.Object) error {
	result, err := r.verify(m)
	if err == nil {
		err = r.ctx.Err()
	}
	if err != nil {
		return err
	}
	if err := r.Handle(r.ctx, seq, result); err != nil || result.Account == nil {
		return err
	}
	return r.Verifier.Accounts.SetAccount(r.ctx, result.Account)
}

// verify tries again while something is not available.
func (r *run) verify(m lex.Object) (*Result, error) {
	did := AccountOf(m)
	_, status := m.(*comatproto.SyncSubscribeReposAccount)
	if _, hint := m.(*comatproto.SyncSubscribeReposIdentity); !hint && r.patience.left(did) {
		return r.Verifier.Unavailable(r.ctx, m, errLeft)
	}
	for n := 1; ; n++ {
		result, err := r.verifier.Verify(r.ctx, m)
		switch {
		case err == nil:
			r.patience.ended(did, false)
			return result, nil
		case r.ctx.Err() != nil:
			return nil, r.ctx.Err()
		case errors.Is(err, ErrAccounts):
			return nil, err
		}
		last := n >= r.patience.of(did, status)
		if !last {
			var ended error
			if last, ended = r.patience.wait(r.ctx, did, n); ended != nil {
				return nil, ended
			}
		}
		if last {
			r.patience.ended(did, true)
			return r.Verifier.Unavailable(r.ctx, m, err)
		}
	}
}

// errLeft says that an account was not asked for.
var errLeft = errors.New("it was given up moments ago, and many of its events wait")

// saveSometimes stores the cursor once in a while.
func (r *run) saveSometimes() error {
	r.saving.Lock()
	defer r.saving.Unlock()
	if r.events++; r.events < orDefault(r.SaveEvery, defaultSaveEvery) {
		return nil
	}
	return r.store(r.ctx)
}

func (r *run) save(ctx context.Context) error {
	r.saving.Lock()
	defer r.saving.Unlock()
	return r.store(ctx)
}

func (r *run) store(ctx context.Context) error {
	seq := r.progress.cursor()
	if seq == 0 || seq == r.saved {
		return nil
	}
	if err := r.Cursors.SetCursor(ctx, seq); err != nil {
		return fmt.Errorf("sync: store the cursor %d: %w", seq, err)
	}
	r.events, r.saved = 0, seq
	return nil
}

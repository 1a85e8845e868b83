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

// A Log gives the events of a service their seqs, keeps them, and sends them to all who
// follow. It may be used by any number of goroutines.
type Log struct {
	store LogStore
	turn  chan struct{} // has an item while somebody appends

	now  func() time.Time
	last Entry // where the next one begins, and what its time is at least; of whoever has the turn

	owner int64 // as the store knows this log

	mu      stdsync.Mutex
	waiting []*appending // what is to be appended next
	state   LogState     // of what is stored
	refused error        // why nothing is appended any more
	failed  error        // why nothing was stored the last time that something was to be
	tail    tail
	changed chan struct{}

	erased     []Erasure // the last ones
	lastErased int64     // the number of the last of them
}

// Sizes of a log.
const (
	readLength = 1000    // entries that are read at a time
	readBytes  = 1 << 20 // and bytes, unless the first entry has more

	batchLength = 4096     // entries that are stored together
	batchBytes  = 32 << 20 // and bytes, of which there may be one call of AppendAll more
	maxTogether = 16       // entries of one call
)

// A LogOption is one of a log.
type LogOption func(*Log)

// WithLogClock sets the clock that says when entries are appended; time.Now.
func WithLogClock(now func() time.Time) LogOption { return func(l *Log) { l.now = now } }

// WithTail bounds the last entries, which are kept in memory for those who are live:
// 4,096, and 16 MiB of their frames, of which there may be a quarter more. A larger one is
// of use when many call Follow and are a little behind.
func WithTail(entries, bytes int) LogOption {
	return func(l *Log) { l.tail.maxEntries, l.tail.maxBytes = entries, bytes }
}

// ErrSeqs says that a log has no seq left.
var ErrSeqs = errors.New("sync: the log is at its last seq")

// ErrReadOnly says that a log was opened to be followed.
var ErrReadOnly = errors.New("sync: the log was opened for reading: events are appended where it was opened with OpenLog")

// OpenLog returns the log in a store, which appends to it from here on: one that was opened
// before, by whatever process, appends nothing any more. Its events are refused with
// [ErrFenced].
func OpenLog(ctx context.Context, store LogStore, opts ...LogOption) (*Log, error) {
	owner, err := store.Own(ctx) // first, so that nothing is appended behind what is read
	if err != nil {
		return nil, fmt.Errorf("sync: open the log: %w", err)
	}
	l, err := openLog(ctx, store, opts)
	if err != nil {
		return nil, err
	}
	l.owner = owner
	return l, nil
}

func openLog(ctx context.Context, store LogStore, opts []LogOption) (*Log, error) {
	l := &Log{
		store: store, turn: make(chan struct{}, 1), now: time.Now, changed: make(chan struct{}),
		tail: tail{maxEntries: 4096, maxBytes: 16 << 20},
	}
	for _, o := range opts {
		o(l)
	}
	var err error
	if l.state, err = store.State(ctx); err != nil {
		return nil, fmt.Errorf("sync: open the log: %w", err)
	}
	l.tail.reset(l.state.Latest)
	if l.last, err = l.lastEntry(ctx); err != nil {
		return nil, fmt.Errorf("sync: open the log: %w", err)
	}
	return l, nil
}

// OpenLogReader returns the log in a store to which another process appends. What that
// has appended, dropped and erased is known with each Poll.
func OpenLogReader(ctx context.Context, store LogStore, opts ...LogOption) (*Log, error) {
	l, err := openLog(ctx, store, opts)
	if err != nil {
		return nil, err
	}
	l.refused = ErrReadOnly
	return l, nil
}

// Poll asks the store what another process has appended, and tells those who follow. It
// is to be called again and again for a log of [OpenLogReader], and does nothing for one
// that appends.
func (l *Log) Poll(ctx context.Context) error {
	l.mu.Lock()
	reads := l.refused != nil
	l.mu.Unlock()
	if !reads {
		return nil
	}
	state, err := l.store.State(ctx)
	if err != nil {
		return fmt.Errorf("sync: poll the log: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	// A later Poll may have been faster, and each of these only rises.
	state.Dropped, state.Latest = max(state.Dropped, l.state.Dropped), max(state.Latest, l.state.Latest)
	state.Erased = max(state.Erased, l.state.Erased)
	if state == l.state {
		return nil
	}
	l.state = state
	l.tail.reset(state.Latest)
	l.wake()
	return nil
}

// Err says what keeps events from being appended: [ErrFenced] or [ErrReadOnly] if it stays so;
// otherwise why the store has not taken the last ones, and nil if it has, or has not been
// asked yet.
func (l *Log) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.refused != nil {
		return l.refused
	}
	return l.failed
}

// appending is a call of AppendAll.
type appending struct {
	events []lex.Object
	done   chan struct{}
	last   int64 // the seq of the last one
	err    error
}

// Append gives an event of an account the next seq, which it sets, and keeps it. When
// it returns, the event is durable, and on its way to those who follow (ES-08). What
// many append at a time is stored together. It returns when that is known, whether ctx
// has ended or not.
//
// After an error the event is not in the log, unless the store says otherwise later:
// then it is sent with the others, under a seq that is not used again.
func (l *Log) Append(ctx context.Context, event lex.Object) (seq int64, err error) {
	return l.AppendAll(ctx, event)
}

// AppendAll appends some events, one behind another, all or none, and returns the seq of the
// last one; otherwise it is as Append. There may be 16 of them.
func (l *Log) AppendAll(ctx context.Context, events ...lex.Object) (last int64, err error) {
	if len(events) == 0 || len(events) > maxTogether {
		return 0, fmt.Errorf("sync: %d events are to be appended at once: want from 1 to %d", len(events), maxTogether)
	}
	for _, event := range events { // side by side with others
		if err := checkEvent(event); err != nil {
			return 0, err
		}
	}
	a := &appending{events: events, done: make(chan struct{})}
	l.mu.Lock()
	if err := l.refused; err != nil {
		l.mu.Unlock()
		return 0, err
	}
	l.waiting = append(l.waiting, a)
	l.mu.Unlock()
	for {
		select {
		case <-a.done:
			return a.last, a.err
		default:
		}
		select {
		case <-a.done:
			return a.last, a.err
		case l.turn <- struct{}{}:
			l.appendAll(context.WithoutCancel(ctx))
			<-l.turn
		}
	}
}

// appendAll stores what waits, as much as one transaction should have.
func (l *Log) appendAll(ctx context.Context) {
	l.mu.Lock()
	batch, seq, refused := l.waiting, l.state.Latest, l.refused
	l.waiting = nil
	l.mu.Unlock()
	at := later(l.now(), l.last.Time)
	entries := make([]Entry, 0, min(len(batch), batchLength))
	stored := make([]*appending, 0, cap(entries))
	end := l.last.end()
	for i, a := range batch {
		if len(entries) > 0 && len(entries)+len(a.events) > batchLength || end-l.last.end() >= batchBytes {
			l.putBack(batch[i:])
			break
		}
		more, err := entriesOf(a.events, Entry{Seq: seq, Time: at, Offset: end})
		if refused != nil {
			err = refused
		}
		if err != nil {
			a.err = err
			close(a.done)
			continue
		}
		last := more[len(more)-1]
		seq, end = last.Seq, last.end()
		a.last, entries, stored = seq, append(entries, more...), append(stored, a)
	}
	if len(entries) == 0 {
		return
	}
	l.last = Entry{Time: at, Offset: end}
	err := l.appendTo(ctx, entries)
	for _, a := range stored {
		if a.err = err; err != nil {
			a.last = 0
		}
		close(a.done)
	}
}

// appendTo stores entries, and notes how that has ended.
func (l *Log) appendTo(ctx context.Context, entries []Entry) error {
	err := l.store.Append(ctx, l.owner, entries)
	if err == nil {
		l.extend(entries)
		return nil
	}
	err = fmt.Errorf("sync: append to the log: %w", err)
	fenced, used := errors.Is(err, ErrFenced), entries[len(entries)-1].Seq
	if fenced {
		used = 0 // nothing of it is there
	}
	err = errors.Join(err, l.reload(ctx, used))
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failed = err
	if fenced {
		l.refused = fmt.Errorf("sync: %w: end this process, or the other one", ErrFenced)
	}
	return err
}

// later returns a time in whole milliseconds, which is never before another one.
func later(now, last time.Time) time.Time {
	if now = now.Truncate(time.Millisecond).UTC(); now.Before(last) {
		return last
	}
	return now
}

// putBack lets some wait for the next turn, before those who came meanwhile.
func (l *Log) putBack(rest []*appending) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = slices.Concat(rest, l.waiting)
}

// checkEvent holds an event against its schema.
func checkEvent(event lex.Object) error {
	if event == nil || AccountOf(event) == "" {
		return fmt.Errorf("sync: %q is no event of an account", typeOf(event))
	}
	if err := lex.Validate(event); err != nil {
		return fmt.Errorf("sync: an event of %s: %w", AccountOf(event), err)
	}
	return nil
}

// entriesOf encodes events behind a seq, from an offset on.
func entriesOf(events []lex.Object, before Entry) ([]Entry, error) {
	entries := make([]Entry, len(events))
	for i, event := range events {
		entry, err := entryOf(event, before.Seq+1)
		if err != nil {
			return nil, err
		}
		entry.Time, entry.Offset = before.Time, before.end()
		entries[i], before = entry, entry
	}
	return entries, nil
}

// entryOf encodes an event under a seq.
func entryOf(event lex.Object, seq int64) (Entry, error) {
	if seq > xrpc.MaxSeq {
		return Entry{}, ErrSeqs
	}
	switch e := event.(type) {
	case *comatproto.SyncSubscribeReposCommit:
		e.Seq = seq
	case *comatproto.SyncSubscribeReposSync:
		e.Seq = seq
	case *comatproto.SyncSubscribeReposIdentity:
		e.Seq = seq
	case *comatproto.SyncSubscribeReposAccount:
		e.Seq = seq
	default:
		return Entry{}, fmt.Errorf("sync: %q is no event of an account", typeOf(event))
	}
	frame, err := xrpc.AppendFrame(nil, comatproto.SyncSubscribeRepos.NSID, event)
	if err != nil {
		return Entry{}, fmt.Errorf("sync: an event of %s: %w", AccountOf(event), err)
	}
	return Entry{Seq: seq, DID: AccountOf(event), Frame: slices.Clip(frame)}, nil
}

// extend makes stored entries known to those who follow.
func (l *Log) extend(entries []Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tail.add(entries)
	l.state.Latest = entries[len(entries)-1].Seq
	l.failed = nil
	l.wake()
}

// reload asks the store what it has, after an error that leaves it open, and has those who
// follow read it. The seqs up to used may be there, or come to be there, and are not given
// again.
func (l *Log) reload(ctx context.Context, used int64) error {
	state, err := l.store.State(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		l.state.Dropped = state.Dropped
	}
	l.state.Latest = max(l.state.Latest, used, state.Latest)
	l.tail.reset(l.state.Latest)
	l.wake()
	return err
}

func (l *Log) wake() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// Follow calls send with each event behind a seq, in their order: first those that are
// kept, then new ones, until ctx ends or send fails.
func (l *Log) Follow(ctx context.Context, after int64, send func(Entry) error) error {
	for {
		entries, changed, err := l.Next(ctx, after)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if err := send(e); err != nil {
				return err
			}
			after = e.Seq
		}
		if len(entries) > 0 {
			continue
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Next returns some entries behind a seq, whose frames nobody may change. If there are
// none, changed is closed when there may be, or when something was dropped or erased.
func (l *Log) Next(ctx context.Context, after int64) (entries []Entry, changed <-chan struct{}, err error) {
	entries, changed, held := l.Recent(after)
	latest := l.Window().Latest // not before: what is stored in between closes changed
	if held || after >= latest {
		return entries, changed, nil
	}
	entries, err = l.store.Read(ctx, after, readLength, readBytes)
	if err != nil {
		return nil, nil, fmt.Errorf("sync: read the log behind %d: %w", after, err)
	}
	// What is being stored, and not said to be, is not sent yet.
	n, _ := slices.BinarySearchFunc(entries, latest+1, compareSeq)
	return entries[:n], changed, nil
}

// Recent is like Next and never waits: it returns the entries behind a seq, and true, if
// all of them are in memory.
func (l *Log) Recent(after int64) (entries []Entry, changed <-chan struct{}, held bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	entries, held = l.tail.behind(after)
	return entries, l.changed, held
}

// Serve is the handler of com.atproto.sync.subscribeRepos: it sends what the cursor
// asks for, and then what is new (ES-09).
func (l *Log) Serve(ctx context.Context, r *comatproto.SyncSubscribeReposRequest, out *xrpc.Stream[comatproto.SyncSubscribeReposMessage]) error {
	after, outdated, err := l.Window().After(r.Params.Cursor)
	if err != nil {
		return err
	}
	if outdated {
		if err := out.Send(&comatproto.SyncSubscribeReposInfo{Name: xrpc.InfoOutdatedCursor}); err != nil {
			return err
		}
	}
	return l.Follow(ctx, after, func(e Entry) error { return out.SendFrame(e.Frame) })
}

package sync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	stdsync "sync"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// A Log gives the events of a service their seqs, keeps them, and sends them to all who
// follow. It may be used by any number of goroutines.
type Log struct {
	store LogStore
	turn  chan struct{} // has an item while somebody appends

	mu      stdsync.Mutex
	waiting []*appending // what is to be appended next
	window  xrpc.Window  // of what is stored
	tail    []Entry      // the last entries, in their order
	size    int          // bytes of their frames
	changed chan struct{}
}

// Sizes of a log.
const (
	tailLength = 4096     // entries that are in memory, from which those who are live are served
	tailBytes  = 16 << 20 // of their frames: there are fewer entries where these are long
	tailMore   = 8        // of both there is an eighth more before some go, so that the rest is moved rarely
	readLength = 500      // entries that are read at a time
)

// ErrSeqs says that a log has no seq left.
var ErrSeqs = errors.New("sync: the log is at its last seq")

// maxSeq is the largest seq (ES-08).
const maxSeq = 1<<53 - 1

// OpenLog returns the log in a store, of which it must be the only one.
func OpenLog(ctx context.Context, store LogStore) (*Log, error) {
	window, err := store.Window(ctx)
	if err != nil {
		return nil, fmt.Errorf("sync: open the log: %w", err)
	}
	return &Log{store: store, turn: make(chan struct{}, 1), window: window, changed: make(chan struct{})}, nil
}

// appending is a call of Append.
type appending struct {
	event lex.Object
	done  chan struct{}
	seq   int64
	err   error
}

// Append gives an event of an account the next seq, which it sets, and keeps it. When
// it returns, the event is durable, and on its way to those who follow (ES-08). What
// many append at a time is stored together. It returns when that is known, whether ctx
// has ended or not.
//
// After an error the event is not in the log, unless the store says otherwise later:
// then it is sent with the others, under a seq that is not used again.
func (l *Log) Append(ctx context.Context, event lex.Object) (seq int64, err error) {
	a := &appending{event: event, done: make(chan struct{})}
	l.mu.Lock()
	l.waiting = append(l.waiting, a)
	l.mu.Unlock()
	for {
		select {
		case <-a.done:
			return a.seq, a.err
		default:
		}
		select {
		case <-a.done:
			return a.seq, a.err
		case l.turn <- struct{}{}:
			l.appendAll(context.WithoutCancel(ctx))
			<-l.turn
		}
	}
}

// appendAll stores all that waits.
func (l *Log) appendAll(ctx context.Context) {
	l.mu.Lock()
	batch, seq := l.waiting, l.window.Latest
	l.waiting = nil
	l.mu.Unlock()
	var entries []Entry
	var stored []*appending
	for _, a := range batch {
		entry, err := entryOf(a.event, seq+1)
		if err != nil {
			a.err = err
			close(a.done)
			continue
		}
		seq++
		a.seq, entries, stored = seq, append(entries, entry), append(stored, a)
	}
	if len(entries) == 0 {
		return
	}
	err := l.store.Append(ctx, entries)
	if err != nil {
		err = errors.Join(fmt.Errorf("sync: append to the log: %w", err), l.reload(ctx, seq))
	} else {
		l.extend(entries)
	}
	for _, a := range stored {
		if a.err = err; err != nil {
			a.seq = 0
		}
		close(a.done)
	}
}

// entryOf encodes an event under a seq.
func entryOf(event lex.Object, seq int64) (Entry, error) {
	if seq > maxSeq {
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
	if err := lex.Validate(event); err != nil {
		return Entry{}, fmt.Errorf("sync: an event of %s: %w", accountOf(event), err)
	}
	frame, err := xrpc.AppendFrame(nil, comatproto.SyncSubscribeRepos.NSID, event)
	if err != nil {
		return Entry{}, fmt.Errorf("sync: an event of %s: %w", accountOf(event), err)
	}
	return Entry{Seq: seq, DID: accountOf(event), Frame: frame}, nil
}

// extend makes stored entries known to those who follow.
func (l *Log) extend(entries []Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tail = append(l.tail, entries...)
	l.size += sizeOf(entries)
	if len(l.tail) > tailLength+tailLength/tailMore || l.size > tailBytes+tailBytes/tailMore {
		l.trim()
	}
	l.window.Latest = entries[len(entries)-1].Seq
	l.wake()
}

// trim forgets the first entries of those in memory. Others may read the old slice.
func (l *Log) trim() {
	gone := max(len(l.tail)-tailLength, 0)
	l.size -= sizeOf(l.tail[:gone])
	for ; l.size > tailBytes; gone++ {
		l.size -= len(l.tail[gone].Frame)
	}
	l.tail = append([]Entry(nil), l.tail[gone:]...)
}

func sizeOf(entries []Entry) (n int) {
	for _, e := range entries {
		n += len(e.Frame)
	}
	return n
}

// reload asks the store what it has, after an error that leaves it open. The seqs up to
// used may be there, or come to be there, and are not given again.
func (l *Log) reload(ctx context.Context, used int64) error {
	window, err := l.store.Window(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		l.window.Dropped = window.Dropped
	}
	// A database may go on with what an earlier process has asked for, until that is known.
	l.window.Latest, l.tail, l.size = max(used, window.Latest), nil, 0 // what is there is read from the store
	l.wake()
	return err
}

func (l *Log) wake() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// Window says what is kept.
func (l *Log) Window() xrpc.Window {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.window
}

// Drop removes all events up to a seq. Who follows and is behind it goes on with what
// is kept.
func (l *Log) Drop(ctx context.Context, upTo int64) error {
	l.mu.Lock()
	upTo = min(upTo, l.window.Latest)
	l.mu.Unlock()
	if err := l.store.Drop(ctx, upTo); err != nil {
		return fmt.Errorf("sync: drop events up to %d: %w", upTo, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.window.Dropped = max(l.window.Dropped, upTo)
	l.forget(func(e Entry) bool { return e.Seq <= upTo })
	return nil
}

// Erase removes all events of an account but the one with a seq, which says that it
// was deleted, and those after it (SN-23).
func (l *Log) Erase(ctx context.Context, deletion *comatproto.SyncSubscribeReposAccount) error {
	if err := l.store.Erase(ctx, deletion.DID, deletion.Seq-1); err != nil {
		return fmt.Errorf("sync: erase the events of %s: %w", deletion.DID, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forget(func(e Entry) bool { return e.DID == deletion.DID && e.Seq < deletion.Seq })
	return nil
}

// forget removes entries from memory. Others may read the old slice.
func (l *Log) forget(gone func(Entry) bool) {
	kept := make([]Entry, 0, len(l.tail))
	for _, e := range l.tail {
		if !gone(e) {
			kept = append(kept, e)
		}
	}
	l.tail, l.size = kept, sizeOf(kept)
}

// Follow calls send with each event behind a seq, in their order: first those that are
// kept, then new ones, until ctx ends or send fails.
func (l *Log) Follow(ctx context.Context, after int64, send func(Entry) error) error {
	for {
		entries, changed, err := l.next(ctx, after)
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

// next returns some entries behind a seq. If there are none, changed is closed when
// there may be.
func (l *Log) next(ctx context.Context, after int64) (entries []Entry, changed <-chan struct{}, err error) {
	l.mu.Lock()
	changed = l.changed
	latest := l.window.Latest
	inMemory := len(l.tail) > 0 && l.tail[0].Seq <= after+1
	if inMemory {
		from, _ := slices.BinarySearchFunc(l.tail, after+1, compareSeq)
		entries = l.tail[from:len(l.tail):len(l.tail)]
	}
	l.mu.Unlock()
	if inMemory || after >= latest {
		return entries, changed, nil
	}
	entries, err = l.store.Read(ctx, after, readLength)
	if err != nil {
		return nil, nil, fmt.Errorf("sync: read the log behind %d: %w", after, err)
	}
	// What is being stored, and not said to be, is not sent yet.
	n, _ := slices.BinarySearchFunc(entries, latest+1, compareSeq)
	return entries[:n], changed, nil
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

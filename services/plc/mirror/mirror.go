// Package mirror follows another directory of did:plc, and believes none of it:
// every operation is replayed before it is kept, with the number and the time that
// the other directory gave it. What does not verify is set aside and counted, and
// what follows goes on. What a lying directory can cost is bounded: a page has a
// length, a line that is kept has one, and after a thousand lies on end the mirror
// waits before it asks for more.
//
// The cursor is the head of the store, which moves with what is kept: after a crash
// a mirror goes on where it was.
package mirror

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/services/plc/ledger"
	"github.com/lexgen/lexgen/services/plc/store"
)

// Options of a [Mirror]. Client, Store and After must be set.
type Options struct {
	// Client asks the other directory; its URL must be set, and its HTTP client must
	// have a transport.
	Client *plc.Client
	// Store keeps what was verified.
	Store store.Store
	// After returns a channel that is sent the time after a while.
	After func(time.Duration) <-chan time.Time
	// Log is told of what is set aside, and of faults; may be nil.
	Log *slog.Logger
	// Wait is how long it waits after a fault; 1 s if zero. It doubles up to a
	// minute while nothing is kept.
	Wait time.Duration
	// Idle is how long a stream may be silent before it is opened again, as nothing
	// else tells a directory with no news from one that is gone; 5 minutes if zero.
	Idle time.Duration
}

// What a directory may cost.
const (
	maxPage       = plc.ExportPage * maxKept // bytes of a page
	maxKept       = 16 << 10                 // bytes of a line that is set aside; more than an operation has
	maxReason     = 1 << 10                  // bytes of why it is
	maxLiesOnEnd  = 1000                     // lines that are set aside, one after the other, before it waits
	longestWait   = time.Minute
	defaultIdle   = 5 * time.Minute
	defaultWaited = time.Second
)

var errLies = fmt.Errorf("%d lines on end were set aside", maxLiesOnEnd)

// A Mirror follows a directory.
type Mirror struct {
	opts         Options
	taken, aside atomic.Int64
	lies         int // set aside on end
}

// New returns a mirror.
func New(opts Options) *Mirror {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	opts.Wait, opts.Idle = cmp.Or(opts.Wait, defaultWaited), cmp.Or(opts.Idle, defaultIdle)
	opts.Client = bounded(opts.Client)
	return &Mirror{opts: opts}
}

// Taken returns how many operations were kept since the mirror was made.
func (m *Mirror) Taken() int64 { return m.taken.Load() }

// SetAside returns how many lines were set aside since the mirror was made.
func (m *Mirror) SetAside() int64 { return m.aside.Load() }

// Run follows the directory until ctx ends, whatever happens.
func (m *Mirror) Run(ctx context.Context) {
	wait := m.opts.Wait
	for ctx.Err() == nil {
		before := m.Taken()
		err := m.follow(ctx)
		if ctx.Err() != nil {
			return
		}
		if m.Taken() > before {
			wait = m.opts.Wait
		}
		m.opts.Log.WarnContext(ctx, "the other directory is asked again", "directory", m.opts.Client.URL, "in", wait, "error", err)
		select {
		case <-ctx.Done():
		case <-m.opts.After(wait):
		}
		wait = min(2*wait, longestWait)
	}
}

// follow reads pages up to the head, and then the stream until it ends.
func (m *Mirror) follow(ctx context.Context) error {
	if err := m.catchUp(ctx); err != nil {
		return err
	}
	return m.stream(ctx)
}

func (m *Mirror) catchUp(ctx context.Context) error {
	head, err := m.opts.Store.Head(ctx)
	if err != nil {
		return err
	}
	batch := ledger.NewBatch(m.opts.Store)
	for line, err := range m.opts.Client.Export(ctx, head) {
		if err := m.add(ctx, batch, line, err); err != nil {
			return err
		}
		if batch.Additions()+batch.Asides() < plc.ExportPage {
			continue
		}
		if err := m.commit(ctx, batch); err != nil {
			return err
		}
		batch = ledger.NewBatch(m.opts.Store)
	}
	return m.commit(ctx, batch)
}

// add verifies a line. The error is one that ends the run.
func (m *Mirror) add(ctx context.Context, batch *ledger.Batch, line plc.Line, err error) error {
	if err == nil {
		err = batch.Add(ctx, line.Sequenced)
	}
	var refused *plc.Error
	if !errors.As(err, &refused) {
		m.lies = 0
		return err
	}
	m.lies++
	aside := store.Aside{
		Seq: line.Seq, Reason: refused.Reason[:min(len(refused.Reason), maxReason)], Line: bytes.Clone(line.Text[:min(len(line.Text), maxKept)]),
	}
	batch.SetAside(aside)
	m.opts.Log.WarnContext(ctx, "an operation of the other directory is set aside", "seq", line.Seq, "did", line.DID, "reason", aside.Reason)
	return nil
}

func (m *Mirror) commit(ctx context.Context, batch *ledger.Batch) error {
	if err := batch.Commit(ctx); err != nil {
		return err
	}
	m.taken.Add(int64(batch.Additions()))
	m.aside.Add(int64(batch.Asides()))
	if m.lies >= maxLiesOnEnd {
		m.lies = 0
		return errLies
	}
	return nil
}

// stream keeps what comes in until the stream ends.
func (m *Mirror) stream(ctx context.Context) error {
	head, err := m.opts.Store.Head(ctx)
	if err != nil {
		return err
	}
	address := strings.TrimSuffix(m.opts.Client.URL, "/") + "/export/stream?cursor=" + strconv.FormatInt(head, 10)
	conn, answer, err := websocket.Dial(ctx, address, &websocket.DialOptions{HTTPClient: m.opts.Client.HTTP})
	if answer != nil && answer.Body != nil {
		defer answer.Body.Close() //nolint:errcheck // nothing is in it
	}
	if err != nil {
		return fmt.Errorf("open the stream: %w", err)
	}
	defer conn.CloseNow() //nolint:errcheck // nothing is left to do for it
	conn.SetReadLimit(plc.MaxLine)
	for {
		text, err := m.read(ctx, conn)
		if err != nil {
			return fmt.Errorf("read the stream: %w", err)
		}
		line := plc.Line{Text: text}
		line.Sequenced, err = plc.ParseSequenced(text)
		batch := ledger.NewBatch(m.opts.Store)
		if err := m.add(ctx, batch, line, err); err != nil {
			return err
		}
		if err := m.commit(ctx, batch); err != nil {
			return err
		}
	}
}

// read reads a message, unless there is none for too long.
func (m *Mirror) read(ctx context.Context, conn *websocket.Conn) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, m.opts.Idle)
	defer cancel()
	_, text, err := conn.Read(ctx)
	return text, err //nolint:wrapcheck // the caller says what was read
}

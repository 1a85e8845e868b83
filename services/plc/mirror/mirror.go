// Package mirror follows another directory of did:plc, and believes none of it:
// every operation is replayed before it is kept, with the number and the time that
// the other directory gave it. What does not verify is set aside and counted, and
// what follows goes on.
//
// The cursor is the head of the store, which moves with what is kept: after a crash
// a mirror goes on where it was.
package mirror

import (
	"bytes"
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
	// Client asks the other directory; its URL must be set.
	Client *plc.Client
	// Store keeps what was verified.
	Store store.Store
	// After returns a channel that is sent the time after a while.
	After func(time.Duration) <-chan time.Time
	// Log is told of what is set aside, and of faults; may be nil.
	Log *slog.Logger
	// Wait is how long it waits after a fault; 1 s if zero. It doubles up to a
	// minute while there is no progress.
	Wait time.Duration
}

// A Mirror follows a directory.
type Mirror struct {
	opts         Options
	taken, aside atomic.Int64
}

// New returns a mirror.
func New(opts Options) *Mirror {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Wait == 0 {
		opts.Wait = time.Second
	}
	return &Mirror{opts: opts}
}

// Taken returns how many operations were kept since the mirror was made.
func (m *Mirror) Taken() int64 { return m.taken.Load() }

// SetAside returns how many lines were set aside since the mirror was made.
func (m *Mirror) SetAside() int64 { return m.aside.Load() }

// Run follows the directory until ctx ends, whatever happens.
func (m *Mirror) Run(ctx context.Context) {
	const longest = time.Minute
	wait := m.opts.Wait
	for ctx.Err() == nil {
		before := m.Taken() + m.SetAside()
		err := m.follow(ctx)
		if ctx.Err() != nil {
			return
		}
		if m.Taken()+m.SetAside() > before {
			wait = m.opts.Wait
		}
		m.opts.Log.WarnContext(ctx, "the other directory is asked again", "directory", m.opts.Client.URL, "in", wait, "error", err)
		select {
		case <-ctx.Done():
		case <-m.opts.After(wait):
		}
		wait = min(2*wait, longest)
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
		return err
	}
	batch.SetAside(store.Aside{Seq: line.Seq, Reason: refused.Reason, Line: bytes.Clone(line.Text)})
	m.opts.Log.WarnContext(ctx, "an operation of the other directory is set aside", "seq", line.Seq, "did", line.DID, "reason", refused.Reason)
	return nil
}

func (m *Mirror) commit(ctx context.Context, batch *ledger.Batch) error {
	if err := batch.Commit(ctx); err != nil {
		return err
	}
	m.taken.Add(int64(batch.Additions()))
	m.aside.Add(int64(batch.Asides()))
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
		_, text, err := conn.Read(ctx)
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

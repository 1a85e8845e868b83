package records

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"
)

// cursor keeps that of the stream as a setting.
type cursor struct {
	store Settings

	misses *misses

	known atomic.Bool // there is one
	bell  bell        // rings when there is
	early atomic.Bool // something was listed or fetched before there was one
}

const settingCursor = "cursor"

// Cursor implements [sync.Cursors].
func (c *cursor) Cursor(ctx context.Context) (seq int64, ok bool, err error) {
	text, err := c.store.Setting(ctx, settingCursor)
	if err != nil || text == "" {
		return 0, false, err
	}
	seq, err = strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, false, fmt.Errorf("records: the cursor that is stored: %w", err)
	}
	c.known.Store(true)
	c.bell.ring()
	return seq, true, nil
}

// SetCursor implements [sync.Cursors]. That something was missed before the cursor is
// stored first.
func (c *cursor) SetCursor(ctx context.Context, seq int64) error {
	if !c.known.Load() && c.early.Load() {
		// Before the first event a connection that is made anew begins with what is new
		// then.
		c.misses.note()
	}
	if err := c.misses.keep(ctx); err != nil {
		return err
	}
	if err := c.store.SetSetting(ctx, settingCursor, strconv.FormatInt(seq, 10)); err != nil {
		return err
	}
	if !c.known.Swap(true) {
		c.bell.ring()
	}
	return nil
}

// wait returns when there is a cursor, or after a time. What follows is early then.
func (c *cursor) wait(ctx context.Context, sleep func(context.Context, time.Duration) error, d time.Duration) error {
	t := c.bell.ticket(ctx)
	defer t.drop()
	if c.known.Load() {
		return ctx.Err()
	}
	err := t.wait(sleep, d)
	if !c.known.Load() {
		c.early.Store(true)
	}
	return err
}

// load says that it is early if another run has listed accounts or fetched them, and
// there was no event.
func (c *cursor) load(ctx context.Context, some bool) error {
	_, known, err := c.Cursor(ctx)
	if !known && some {
		c.early.Store(true)
	}
	return err
}

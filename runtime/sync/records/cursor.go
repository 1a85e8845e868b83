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

	known atomic.Bool // there is one
	bell  bell        // rings when there is
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

// SetCursor implements [sync.Cursors].
func (c *cursor) SetCursor(ctx context.Context, seq int64) error {
	if err := c.store.SetSetting(ctx, settingCursor, strconv.FormatInt(seq, 10)); err != nil {
		return err
	}
	if !c.known.Swap(true) {
		c.bell.ring()
	}
	return nil
}

// wait returns when there is a cursor, or after a time.
func (c *cursor) wait(ctx context.Context, sleep func(context.Context, time.Duration) error, d time.Duration) error {
	t := c.bell.ticket(ctx)
	defer t.drop()
	if c.known.Load() {
		return ctx.Err()
	}
	return t.wait(sleep, d)
}

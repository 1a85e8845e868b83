package records

import (
	"context"
	"fmt"
	"strconv"
)

// cursor keeps that of the stream as a setting.
type cursor struct{ store Settings }

const settingCursor = "cursor"

func (c cursor) Cursor(ctx context.Context) (seq int64, ok bool, err error) {
	text, err := c.store.Setting(ctx, settingCursor)
	if err != nil || text == "" {
		return 0, false, err
	}
	seq, err = strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, false, fmt.Errorf("records: the cursor that is stored: %w", err)
	}
	return seq, true, nil
}

func (c cursor) SetCursor(ctx context.Context, seq int64) error {
	return c.store.SetSetting(ctx, settingCursor, strconv.FormatInt(seq, 10))
}

package xrpc

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// A download is the body of an answer that the caller reads. What ends is the time
// of a read, not that of a caller who does something else between two.
type download struct {
	client *Client
	method *Method
	ctx    context.Context //nolint:containedctx // the body lives as long as the attempt
	cancel context.CancelCauseFunc
	reader io.Reader // of the body
	body   io.Closer
}

// Read waits for the next part, for as long as the client waits for an answer.
func (d *download) Read(b []byte) (int, error) {
	o := &d.client.opts
	limit := newTimer(o.world, o.timeout, func() { d.cancel(errTimeout) })
	n, err := d.reader.Read(b)
	limit.stop()
	if err != nil && errors.Is(context.Cause(d.ctx), errTimeout) {
		err = fmt.Errorf("xrpc: %s: nothing more came within %v: %w", d.method.NSID, o.timeout, context.DeadlineExceeded)
	}
	return n, err
}

// Close ends the transfer.
func (d *download) Close() error {
	err := d.body.Close()
	d.cancel(nil)
	return err
}

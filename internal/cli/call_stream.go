package cli

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/lexgen/lexgen/internal/visible"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// follow prints the messages of a stream, each as a line, until it ends, there are
// enough of them, or the run is interrupted, which is as good an end as another.
func (k *calling) follow(ctx context.Context, params url.Values) error {
	stream := &xrpc.Subscription[*url.Values, lex.Object]{NSID: k.method.NSID, Resumes: k.resumes}
	printed := 0
	for message, err := range stream.Subscribe(ctx, k.client, &params, xrpc.WithOnReconnect(k.reconnecting)) {
		if broken, ok := errors.AsType[*xrpc.FrameError](err); ok {
			tellLinef(k.stderr, "warning: %s", strings.TrimPrefix(broken.Error(), "xrpc: "))
			continue
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return k.failed(ctx, err)
		}
		if err := k.message(message); err != nil {
			return err
		}
		if printed++; printed == k.limit {
			break
		}
	}
	return nil
}

// message prints a message, and says what is wrong with it.
func (k *calling) message(m lex.Object) error {
	text, err := lex.MarshalJSON(m)
	if err != nil {
		return &exitError{statusInternal, err}
	}
	if k.world.isTerminal(k.stdout) {
		text = visible.JSON(text)
	}
	if err := k.printText(text); err != nil {
		return err
	}
	if k.endpoint.Message != nil {
		k.warn("message "+m.LexType(), lex.ValidateData(k.endpoint.Message, m))
	}
	return nil
}

// reconnecting says why the stream is connected anew.
func (k *calling) reconnecting(attempt int, err error) {
	tellLinef(k.stderr, "%s; connecting again (attempt %d)", strings.TrimPrefix(err.Error(), "xrpc: "), attempt)
}

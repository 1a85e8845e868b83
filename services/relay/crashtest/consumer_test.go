package crashtest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// consumer follows a relay, and verifies all that it sends.
func (p *part) consumer() error {
	ctx := context.Background()
	s, err := openSeen(ctx, p.Database)
	if err != nil {
		return err
	}
	directory := identity.NewDirectory(
		identity.NewResolver(identity.ResolverOptions{Directory: p.PLC, Environment: syntax.Development, Timeout: time.Minute, Now: time.Now}),
		identity.CacheOptions{Timeout: time.Minute, Unavailable: time.Second, Now: time.Now}, // a busy machine is no fault
	)
	c := &sync.Consumer{
		Client:   xrpc.NewClient(p.Relay, xrpc.WithHTTPClient(http.DefaultClient)),
		Verifier: &sync.Verifier{Directory: directory, Accounts: s, Now: time.Now},
		Cursors:  s,
		Handle:   s.handle,
		Broken:   func(err *xrpc.FrameError) { s.fault(err.Error()) },
		Attempts: 10,
		Sleep:    sleep,
		Stream: []xrpc.StreamOption{xrpc.WithOnReconnect(func(_ int, err error) {
			if errors.Is(err, xrpc.ErrSeq) {
				s.fault(err.Error())
			}
		})},
	}
	go func() {
		for sleep(ctx, 50*time.Millisecond) == nil {
			if err := s.flush(ctx); err != nil {
				fmt.Fprintln(os.Stderr, "consumer:", err)
				os.Exit(1)
			}
		}
	}()
	for ctx.Err() == nil {
		// A relay that is down is no fault; one that knows less than it has said is.
		if err := c.Run(ctx); errors.Is(err, xrpc.ErrFutureCursor) {
			s.fault(err.Error())
		}
		if err := sleep(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// sleep waits until the time is over or ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// revOf returns the rev of a commit, "" for other events.
func revOf(m lex.Object) syntax.TID {
	if m, ok := m.(*comatproto.SyncSubscribeReposCommit); ok {
		return m.Rev
	}
	return ""
}

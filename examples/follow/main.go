// Command follow keeps the posts of a server's or relay's accounts in step, and prints
// what happens to them: first those that there are, and then those that come.
//
//	follow https://pds.example.com
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"sync"
	"time"

	"github.com/lexgen/lexgen/api/appbsky"
	"github.com/lexgen/lexgen/runtime/guard"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/sync/records"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: follow URL")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	directory := identity.NewDirectory(identity.NewResolver(identity.ResolverOptions{}), identity.CacheOptions{})
	defer directory.Close()
	err := follow(ctx, os.Stdout, records.Options{
		Upstream:  xrpc.NewClient(os.Args[1]),
		Clients:   records.Guarded(guard.Options{}),
		Directory: directory,
		Store:     &records.MemoryStore{}, // services/store/records keeps it over restarts
		Filter:    records.Filter{"app.bsky.feed.post"},
		Now:       time.Now,
		Sleep:     sleep,
	})
	if ctx.Err() == nil {
		log.Print(err)
	}
}

// follow prints events until ctx ends, or something final happens.
func follow(ctx context.Context, w io.Writer, opts records.Options) error {
	syncer, err := records.Open(ctx, opts)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wait sync.WaitGroup
	defer wait.Wait() // what was acknowledged is removed until then
	wait.Go(func() { cancel(syncer.Run(ctx)) })
	for d, err := range syncer.Events(ctx, lex.NewTypes((*appbsky.FeedPost)(nil))) {
		if err != nil {
			return context.Cause(ctx)
		}
		show(w, d)
		d.Ack()
	}
	return nil
}

// show prints an event. What strangers have written is quoted.
func show(w io.Writer, d *records.Delivery) {
	switch post := d.Value.(type) {
	case *appbsky.FeedPost:
		fmt.Fprintf(w, "%s %s %s: %q\n", d.Record.Action, d.DID, d.Record.Path, post.Text)
	default:
		if d.Account != nil {
			fmt.Fprintf(w, "account %s: %s, active: %t\n", d.DID, d.Account.Handle, d.Account.Active)
			return
		}
		fmt.Fprintf(w, "%s %s %s\n", d.Record.Action, d.DID, d.Record.Path)
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

package xrpc_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/runtime/xrpc/xrpctest"
)

// TestCursors has a stream that is at 9, of which 1 to 4 are not kept any more and 7
// never was. It says what comes for a cursor, up to a message that is sent when the
// stream is live.
func TestCursors_ES08_ES09(t *testing.T) {
	t.Parallel()
	window := xrpc.Window{Dropped: 4, Latest: 9}
	kept := []int64{5, 6, 8, 9}
	server := xrpc.NewServer()
	comatproto.SyncSubscribeRepos.Handle(server,
		func(ctx context.Context, r *comatproto.SyncSubscribeReposRequest, out *xrpc.Stream[comatproto.SyncSubscribeReposMessage]) error {
			after, outdated, err := window.After(r.Params.Cursor)
			if err != nil {
				return err
			}
			if outdated {
				if err := out.Send(&comatproto.SyncSubscribeReposInfo{Name: xrpc.InfoOutdatedCursor}); err != nil {
					return err
				}
			}
			for _, seq := range append(kept, 10) {
				if seq > after {
					if err := out.Send(account(seq)); err != nil {
						return err
					}
				}
			}
			<-ctx.Done()
			return ctx.Err()
		})
	client := xrpctest.NewClient(t, server)
	for _, c := range []struct {
		name   string
		cursor lex.Opt[int64]
		want   string
	}{
		{"none: what is new", lex.Opt[int64]{}, "10"},
		{"0: all that is kept", lex.Some[int64](0), "5 6 8 9 10"},
		{"older than what is kept", lex.Some[int64](3), "info 5 6 8 9 10"},
		{"all behind it is kept", lex.Some[int64](4), "5 6 8 9 10"},
		{"within", lex.Some[int64](6), "8 9 10"},
		{"where nothing is", lex.Some[int64](7), "8 9 10"},
		{"the latest", lex.Some[int64](9), "10"},
		{"ahead", lex.Some[int64](10), `com.atproto.sync.subscribeRepos: FutureCursor: "The cursor 10 is ahead of the stream, which is at 9"`},
		{"far ahead", lex.Some[int64](1<<53 - 1), `com.atproto.sync.subscribeRepos: FutureCursor: "The cursor 9007199254740991 is ahead of the stream, which is at 9"`},
		{"below all", lex.Some[int64](-1), "info 5 6 8 9 10"},
	} {
		var got []string
		for m, err := range comatproto.SyncSubscribeRepos.Subscribe(t.Context(), client, &comatproto.SyncSubscribeReposParams{Cursor: c.cursor}) {
			got = append(got, pair(m, err))
			if err != nil || got[len(got)-1] == "10" {
				break
			}
		}
		if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// TestAnEmptyWindow has a stream that has not begun, of which nobody can have missed
// anything.
func TestAnEmptyWindow_ES09(t *testing.T) {
	t.Parallel()
	for cursor, want := range map[lex.Opt[int64]]string{{}: "0 false <nil>", lex.Some[int64](0): "0 false <nil>", lex.Some[int64](-1): "0 false <nil>"} {
		after, outdated, err := xrpc.Window{}.After(cursor)
		if got := fmt.Sprint(after, outdated, err); got != want {
			t.Errorf("%v: %s", cursor, got)
		}
	}
	if _, _, err := (xrpc.Window{}).After(lex.Some[int64](1)); text(err) != `FutureCursor: "The cursor 1 is ahead of the stream, which is at 0"` {
		t.Error(err)
	}
}

// TestSeqsRise has a handler that sends two messages, and says what the second Send
// returns.
func TestSeqsRise_ES08(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		seqs [2]int64
		want string
	}{
		{[2]int64{1, 2}, ""},
		{[2]int64{1, 1<<53 - 1}, ""},
		{[2]int64{2, 2}, "xrpc: com.atproto.sync.subscribeRepos: seq 2 after 2"},
		{[2]int64{2, 1}, "xrpc: com.atproto.sync.subscribeRepos: seq 1 after 2"},
		{[2]int64{2, 0}, "xrpc: com.atproto.sync.subscribeRepos: seq 0 is none"},
		{[2]int64{2, -1}, "xrpc: com.atproto.sync.subscribeRepos: seq -1 is none"},
		{[2]int64{2, 1 << 53}, "xrpc: com.atproto.sync.subscribeRepos: seq 9007199254740992 is none"},
	} {
		said := make(chan string, 1)
		server := xrpc.NewServer()
		comatproto.SyncSubscribeRepos.Handle(server,
			func(_ context.Context, _ *comatproto.SyncSubscribeReposRequest, out *xrpc.Stream[comatproto.SyncSubscribeReposMessage]) error {
				if err := out.Send(account(c.seqs[0])); err != nil {
					said <- err.Error()
					return err
				}
				err := out.Send(account(c.seqs[1]))
				said <- text(err)
				return err
			})
		for range comatproto.SyncSubscribeRepos.Subscribe(t.Context(), xrpctest.NewClient(t, server), nil) {
			break
		}
		if got := <-said; got != c.want {
			t.Errorf("%d: %q, want %q", c.seqs, got, c.want)
		}
	}
}

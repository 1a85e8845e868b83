package xrpc_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/runtime/xrpc/xrpctest"
)

// TestAStreamGoesOnBehindWhatIsBroken_ES04_ES12 follows, without cuts, streams with
// something between the messages 7 and 8 that would end the connection otherwise, and
// come again over the next one.
func TestAStreamGoesOnBehindWhatIsBroken_ES04_ES12(t *testing.T) {
	t.Parallel()
	seq := func(n int64) string { return frame(t, account(n)) }
	end := string(xrpc.AppendErrorFrame(nil, "End", ""))
	for name, c := range map[string]struct {
		between string
		why     error  // what the error is, if it is one of those
		text    string // of the error
	}{
		"no CBOR":   {"\xff", nil, "a malformed frame"},
		"text":      {"text x", nil, "a frame of text"},
		"the same":  {seq(7), xrpc.ErrSeq, "seq 7 after 7"},
		"lower":     {seq(3), xrpc.ErrSeq, "seq 3 after 7"},
		"none":      {seq(0), xrpc.ErrSeq, "seq 0 is none"},
		"too long":  {strings.Repeat("x", 1001), xrpc.ErrFrameTooLong, "too long a frame: more than 1000 bytes"},
		"by far":    {strings.Repeat("x", 15_000), xrpc.ErrFrameTooLong, "too long a frame: more than 1000 bytes"},
		"a payload": {"\xa2\x61t\x68#account\x62op\x01\xa0", nil, ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			var got []string
			cuts := 0
			for m, err := range comatproto.SyncSubscribeRepos.Subscribe(t.Context(),
				xrpctest.NewClient(t, &connections{scripts: [][]string{{seq(7), c.between, seq(8), end}}}), nil,
				xrpc.WithoutCuts(), xrpc.WithMaxFrame(1000), xrpc.WithOnReconnect(func(int, error) { cuts++ })) {
				if broken, ok := err.(*xrpc.FrameError); ok { //nolint:errorlint // it is yielded as it is
					if c.why != nil && !errors.Is(broken, c.why) || !strings.Contains(broken.Error(), c.text) || len(broken.Frame) > 64<<10 {
						t.Errorf("%s: %v", name, broken)
					}
					got = append(got, "broken")
					continue
				}
				got = append(got, pair(m, err))
			}
			want := "7 broken 8 com.atproto.sync.subscribeRepos: End"
			if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" || cuts != 0 {
				t.Errorf("%s, %d cuts (-want +got):\n%s", name, cuts, diff)
			}
		})
	}
}

// TestWhyAStreamEndsIsSaidOnce has services that open no stream, or send a frame that does
// not end, and reads what a caller is told.
func TestWhyAStreamEndsIsSaidOnce(t *testing.T) {
	t.Parallel()
	for first, want := range map[string]string{
		"status 200":                "xrpc: com.atproto.sync.subscribeRepos: the service answers with status 200, and opens no stream",
		strings.Repeat("x", 30_000): "xrpc: com.atproto.sync.subscribeRepos: a frame without end",
	} {
		server := &connections{scripts: [][]string{{first}}}
		for _, err := range comatproto.SyncSubscribeRepos.Subscribe(t.Context(), xrpctest.NewClient(t, server), nil,
			xrpc.WithoutCuts(), xrpc.WithMaxFrame(1000), xrpc.WithReconnects(0)) {
			if err == nil || err.Error() != want {
				t.Errorf("got %v, want %s", err, want)
			}
		}
		if len(server.cursors) != 1 {
			t.Errorf("%d connections", len(server.cursors))
		}
	}
}

// TestIgnoredFramesAreTold_ES04 follows a stream with frames of types and operations that
// are not known, which cost who follows something, too.
func TestIgnoredFramesAreTold_ES04(t *testing.T) {
	t.Parallel()
	one, two, end := frame(t, account(1)), frame(t, account(2)), string(xrpc.AppendErrorFrame(nil, "End", ""))
	typ, op := frame(t, &lex.UnknownObject{Type: "com.atproto.sync.subscribeRepos#new"}), "\xa1\x62op\x02\xa0"
	var got []string
	for m, err := range comatproto.SyncSubscribeRepos.Subscribe(t.Context(),
		xrpctest.NewClient(t, &connections{scripts: [][]string{{typ, one, op, two, end}}}), nil,
		xrpc.WithOnIgnored(func() { got = append(got, "ignored") })) {
		got = append(got, pair(m, err))
	}
	want := "ignored 1 ignored 2 com.atproto.sync.subscribeRepos: End"
	if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

package cli

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/lexgen/lexgen/runtime/xrpc"
)

// TestWhatIsKnownOfAFailedWrite has a row for each way in which a write fails: what is
// said must not claim more than anybody knows.
func TestWhatIsKnownOfAFailedWrite(t *testing.T) {
	t.Parallel()
	answer := func(name xrpc.ErrorName, status int) *xrpc.Error {
		return &xrpc.Error{Name: name, Status: status}
	}
	slow := answer(xrpc.ErrRateLimitExceeded, 429)
	slow.RetryAfter = time.Minute
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"the connection broke": {errors.New("unexpected EOF"), "it may have been written nevertheless"},
		"the server broke":     {answer("InternalServerError", 500), "it may have been written nevertheless"},
		"a proxy gave up":      {answer("UpstreamTimeout", 504), "it may have been written nevertheless"},
		"somebody was faster":  {answer("InvalidSwap", 400), "somebody else has changed it meanwhile"},
		"not permitted":        {answer(xrpc.ErrForbidden, 403), "the session does not permit it"},
		"not signed in":        {answer("AuthMissing", 401), "the session does not permit it"},
		"too often":            {slow, "the server asks to wait 1m0s"},
		"refused":              {answer(xrpc.ErrInvalidRequest, 400), ""},
	} {
		p := &publication{generation: &generation{program: &program{stderr: &bytes.Buffer{}}}}
		text := p.writeError(t.Context(), "com.example.a", c.err).Error()
		_, advice, _ := strings.Cut(text, "\n")
		if !strings.HasPrefix(text, "com.example.a: ") || c.want == "" && advice != "" || !strings.HasPrefix(advice, c.want) {
			t.Errorf("%s: %q, want %q", name, text, c.want)
		}
	}
	var told bytes.Buffer
	p := &publication{generation: &generation{program: &program{stderr: &told}}}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.writeError(ctx, "com.example.a", errors.New("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	if !strings.Contains(told.String(), "nobody knows whether it was written") {
		t.Errorf("interrupted, and told %q", told.String())
	}
}

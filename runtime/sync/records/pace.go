package records

import (
	"context"
	"errors"
	"io"
	"time"
)

// A pace is how long a server may be waited for until it has sent a repository (SN-42): as
// long as it keeps to a rate, and for a time in all. What passes while nobody waits for
// it, such as in a store, does not count.
type pace struct {
	limits   Limits
	patience time.Duration // with the first byte, and one that is slow for a while
	now      func() time.Time
	ctx      context.Context         //nolint:containedctx // that of one request
	end      context.CancelCauseFunc // ends the request

	waited time.Duration
	came   int64 // bytes
}

var errPace = errors.New("the server is too slow")

func (s *Syncer) pace(ctx context.Context, patience time.Duration) *pace {
	p := &pace{limits: s.Limits, patience: patience, now: s.Now}
	p.ctx, p.end = context.WithCancelCause(ctx)
	return p
}

// beginning is the patience with a server that has sent a repository before.
const beginning = time.Minute

// left is how long it may be waited for still.
func (p *pace) left() time.Duration {
	atRate := time.Duration(p.came/int64(p.limits.MinRate)) * time.Second
	return min(p.limits.Time, p.patience+atRate) - p.waited
}

// wait does what waits for the server, and ends the request when that takes too long.
func (p *pace) wait(do func() error) error {
	limited, stop := context.WithTimeout(p.ctx, p.left())
	defer stop()
	defer context.AfterFunc(limited, func() { p.end(errPace) })()
	began := p.now()
	err := do()
	p.waited += p.now().Sub(began)
	return err
}

// over reports whether the request was ended.
func (p *pace) over() bool { return errors.Is(context.Cause(p.ctx), errPace) }

// A paced body is one that is read at a pace.
type paced struct {
	*pace

	body io.Reader
}

// Read implements [io.Reader].
func (p paced) Read(b []byte) (n int, err error) {
	err = p.wait(func() (err error) {
		n, err = p.body.Read(b)
		p.came += int64(n)
		return err
	})
	return n, err
}

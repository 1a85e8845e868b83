package records

import (
	"context"
	"errors"

	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// settingUnanswered has accounts of whose status the upstream is to be asked again, as it
// did not answer.
const settingUnanswered = "unanswered"

// refuses reports whether an error of the upstream is an answer, which it would give again.
func refuses(err error) bool {
	why, ok := errors.AsType[*failure](classified(err))
	return lacks(err) || ok && why.reason != sync.ReasonUnavailable
}

// askUntilAnswered asks how an account is, and again later if there is no answer.
func (s *Syncer) askUntilAnswered(ctx context.Context, did syntax.DID) error {
	answered, err := s.ask(ctx, did)
	if answered || err != nil {
		return err
	}
	if _, err := s.unanswered.add(ctx, did); err != nil {
		return storeFailed(did, err)
	}
	s.unanswered.bell.ring()
	return nil
}

// askAgain asks for what was not answered until ctx ends: one account after another as long
// as there are answers, and after pauses that grow while there are none. One that there is
// no answer for is behind all others then.
func (s *Syncer) askAgain(ctx context.Context) error {
	for failures := 1; ; {
		did, waited, err := s.nextUnanswered(ctx)
		pause := s.Limits.PageEvery
		if waited {
			failures = 1
		}
		if failures > 0 {
			pause = s.Limits.pause(failures)
		}
		if err != nil || s.Sleep(ctx, pause) != nil {
			return nil //nolint:nilerr // ctx has ended, and the next run asks
		}
		answered, err := s.ask(ctx, did)
		switch {
		case ctx.Err() != nil:
			return nil //nolint:nilerr // as above
		case err != nil:
			return err
		case answered:
			failures, err = 0, s.unanswered.remove(ctx, did)
		default:
			failures++
			_, err = s.unanswered.add(ctx, did)
		}
		if err != nil {
			return storeFailed(did, err)
		}
	}
}

// nextUnanswered returns the account that is to be asked for, and whether there was none at
// first.
func (s *Syncer) nextUnanswered(ctx context.Context) (did syntax.DID, waited bool, err error) {
	for {
		t := s.unanswered.bell.ticket(ctx)
		if did = s.unanswered.first(); did == "" {
			waited, err = true, t.wait(s.Sleep, -1)
		}
		t.drop()
		if did != "" || err != nil {
			return did, waited, err
		}
	}
}

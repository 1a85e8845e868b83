package records

import (
	"context"

	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// settingNewcomers has accounts that are kept because of events which nobody could verify.
// There need not be such accounts: the roster bounds how many of them the store has. One
// that was looked up or is tracked meanwhile stays when it falls off, and the next event of
// any other one brings it back.
const settingNewcomers = "newcomers"

// unverified is for a #commit or #sync that could not be verified in time.
func (s *Syncer) unverified(ctx context.Context, r *sync.Result) (func(*Repo) *Change, error) {
	decide := func(row *Repo) *Change { return s.missed(row, r) }
	row, err := s.Store.Repo(ctx, r.DID)
	if err != nil {
		return nil, storeFailed(r.DID, err)
	}
	if row != nil {
		return decide, nil
	}
	off, err := s.newcomers.add(ctx, r.DID)
	if err != nil {
		return nil, storeFailed("accounts that are new", err)
	}
	for _, did := range off {
		if err := s.forgetNewcomer(ctx, did); err != nil {
			return nil, err
		}
	}
	if row, err = s.Store.Repo(ctx, r.DID); err == nil && row != nil { // it was tracked or listed in between
		err = s.newcomers.remove(ctx, r.DID)
	}
	if err != nil {
		return nil, storeFailed(r.DID, err)
	}
	return decide, nil
}

// missed is for an event that could not be verified in time.
func (s *Syncer) missed(row *Repo, r *sync.Result) *Change {
	switch {
	case row == nil:
		return s.desynchronize(found(r.DID), "", ReasonNew)
	case row.State == Desynchronized:
		return nil
	}
	return s.desynchronize(row, "", r.Reason)
}

// forgetNewcomer forgets an account of which nothing was ever found.
func (s *Syncer) forgetNewcomer(ctx context.Context, did syntax.DID) error {
	return s.replace(ctx, did, &s.forgetting, func(r *Repo) (*Change, error) {
		if r == nil || r.Rev != "" || r.Want != "" || r.Host != "" || r.Handle != "" {
			return nil, nil
		}
		return &Change{Repo: *r, Forget: true}, nil
	})
}

// add adds accounts that are not kept, none with a host, and returns how many those are. They
// are wanted for another reason than an event from then on.
func (s *Syncer) add(ctx context.Context, repos []Repo) (added int, err error) {
	if added, err = s.Store.Add(ctx, repos); err != nil {
		return 0, err
	}
	dids := make([]syntax.DID, len(repos))
	for i := range repos {
		dids[i] = repos[i].DID
	}
	if added > 0 {
		s.schedule.wake("", s.Now())
	}
	return added, s.newcomers.remove(ctx, dids...)
}

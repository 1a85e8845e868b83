package dataplane

import (
	"context"
	"errors"
	"fmt"

	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/internal/networktest"
	"github.com/lexgen/lexgen/services/relay/store"
)

// Check implements [networktest.Checker]: what the relay has stored of an account, and
// what its log says of it, is so. With it comes all that was ever wrong.
func (s *System) Check(ctx context.Context, a *networktest.Account) error {
	if s.logged == nil {
		var err error
		if s.logged, err = s.readLog(ctx); err != nil {
			return err
		}
	}
	return errors.Join(s.took(), s.checkRelay(ctx, a))
}

func (s *System) checkRelay(ctx context.Context, a *networktest.Account) error {
	is, err := s.accounts.Account(ctx, a.DID)
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("%s at %s: the relay does not know it", a.DID, a.Home.Name)
	}
	said := s.logged[a.DID]
	switch {
	case err != nil:
		return err
	case said == nil:
		return fmt.Errorf("%s at %s: the log says nothing of it", a.DID, a.Home.Name)
	case is.Active != a.Active():
		return fmt.Errorf("%s at %s: for the relay active is %t, and its status is %q", a.DID, a.Home.Name, is.Active, a.Status())
	case said.told && said.active != a.Active():
		return fmt.Errorf("%s at %s: the log says that active is %t, and its status is %q", a.DID, a.Home.Name, said.active, a.Status())
	case !a.Active():
		return nil
	}
	r, err := a.Repo(ctx)
	if err != nil {
		return err
	}
	commit := r.Commit()
	switch {
	case is.Host != a.Home.Name:
		return fmt.Errorf("%s at %s: for the relay it is at %s", a.DID, a.Home.Name, is.Host)
	case is.Rev != commit.Rev || is.Data != commit.Data || is.Head != r.Head():
		return fmt.Errorf("%s at %s: its rev is %s with %s, and for the relay %s with %s (desynchronized: %t)",
			a.DID, a.Home.Name, commit.Rev, commit.Data, is.Rev, is.Data, is.Desynchronized)
	case said.rev != commit.Rev:
		return fmt.Errorf("%s at %s: its rev is %s, and the last one in the log %s", a.DID, a.Home.Name, commit.Rev, said.rev)
	}
	return nil
}

// Waits implements [networktest.Waiter]: the relay says that the account is
// desynchronized.
func (s *System) Waits(did syntax.DID) bool {
	a, err := s.accounts.Account(context.Background(), did)
	return err == nil && a.Desynchronized
}

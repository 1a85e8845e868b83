package networktest

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	events "github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// CreateAccount makes an account with an empty repository, and announces it (SN-20).
func (h *Host) CreateAccount(ctx context.Context, name string) (*Account, error) {
	a, err := newAccount(name)
	if err != nil {
		return nil, err
	}
	h.world.Directory.Set(a.DID, a.Handle, a.Key.PublicKey(), h.Origin())
	change, err := a.writer(repo.MessageLimits).Init(ctx, a.DID)
	if err != nil {
		return nil, err
	}
	event, err := events.CommitEvent(change, time.Now())
	if err != nil {
		return nil, err
	}
	h.take(a)
	return a, errors.Join(h.Identity(ctx, a), h.Announce(ctx, a.DID, ""), h.append(ctx, event), h.Sync(ctx, a))
}

// Commit writes records, none included, and returns the event of it, which nobody is
// told of yet.
func (a *Account) Commit(ctx context.Context, writes ...repo.Write) (*comatproto.SyncSubscribeReposCommit, error) {
	change, err := a.writer(repo.MessageLimits).Apply(ctx, writes...)
	if err != nil {
		return nil, err
	}
	return events.CommitEvent(change, time.Now())
}

// Write writes records, and announces that.
func (h *Host) Write(ctx context.Context, a *Account, writes ...repo.Write) error {
	event, err := a.Commit(ctx, writes...)
	if err != nil {
		return err
	}
	return h.append(ctx, event)
}

// Sync says where the repository of an account is now (SN-06).
func (h *Host) Sync(ctx context.Context, a *Account) error {
	r, err := a.Repo(ctx)
	if err != nil {
		return err
	}
	event, err := events.SyncEvent(r.Commit(), time.Now())
	if err != nil {
		return err
	}
	return h.append(ctx, event)
}

// Identity says that the identity of an account has changed (SN-07).
func (h *Host) Identity(ctx context.Context, a *Account) error {
	return h.append(ctx, events.IdentityEvent(a.DID, a.Handle, time.Now()))
}

// Announce says what the status of an account is, "" for active (SN-08).
func (h *Host) Announce(ctx context.Context, did syntax.DID, status string) error {
	return h.append(ctx, accountEvent(did, status))
}

func accountEvent(did syntax.DID, status string) *comatproto.SyncSubscribeReposAccount {
	return events.AccountEvent(did, status == "", status, time.Now())
}

// SetStatus gives an account a status, such as deactivated or takendown, and announces
// it. Who becomes active again says where the repository is, too (SN-24).
func (h *Host) SetStatus(ctx context.Context, a *Account, status string) error {
	a.setStatus(status)
	err := h.Announce(ctx, a.DID, status)
	if err == nil && status == "" {
		err = h.Sync(ctx, a)
	}
	return err
}

// Rename gives an account another handle (SN-24).
func (h *Host) Rename(ctx context.Context, a *Account, handle syntax.Handle) error {
	a.Handle = handle
	h.world.Directory.Set(a.DID, a.Handle, a.Key.PublicKey(), h.Origin())
	return h.Identity(ctx, a)
}

// RotateKey gives an account another signing key, with which it makes an empty commit
// (SN-10). The #identity that says so is left out on demand.
func (h *Host) RotateKey(ctx context.Context, a *Account, silently bool) error {
	if err := a.newKey(); err != nil {
		return err
	}
	h.world.Directory.Set(a.DID, a.Handle, a.Key.PublicKey(), h.Origin())
	if !silently {
		if err := h.Identity(ctx, a); err != nil {
			return err
		}
	}
	return h.Write(ctx, a)
}

// Import puts records into the repository of an account that no #commit tells of, and
// says where it is then (SN-06).
func (h *Host) Import(ctx context.Context, a *Account, writes ...repo.Write) error {
	if _, err := a.writer(repo.NoLimits).Apply(ctx, writes...); err != nil {
		return err
	}
	return h.Sync(ctx, a)
}

// DeleteAccount deletes an account, announces that, and removes its older events
// (SN-23).
func (h *Host) DeleteAccount(ctx context.Context, a *Account) error {
	a.setStatus("deleted")
	h.leave(a, "deleted")
	event := accountEvent(a.DID, "deleted")
	if err := h.append(ctx, event); err != nil {
		return err
	}
	return h.Log().Erase(ctx, event)
}

// Migrate moves an account to another host: its repository is exported and imported
// there, the DID document is updated with a new key, and the account is activated there
// and deactivated here (SN-21, SN-22). The new host says where it is by a #sync, or by
// an empty #commit.
func (h *Host) Migrate(ctx context.Context, a *Account, to *Host, bySync bool) error {
	old, err := a.Repo(ctx)
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if err := old.Export(ctx, &file); err != nil {
		return err
	}
	store := blockstore.NewMemory()
	id := repo.Identity{DID: a.DID, Key: a.Key.PublicKey()}
	if _, err := repo.Import(ctx, store, &file, id, repo.VerifyOptions{Now: time.Now}); err != nil {
		return err
	}
	if err := a.newKey(); err != nil {
		return err
	}
	h.world.Directory.Set(a.DID, a.Handle, a.Key.PublicKey(), to.Origin())
	h.leave(a, "deactivated")
	a.setStore(store)
	to.take(a)
	event, err := a.Commit(ctx)
	if err != nil {
		return err
	}
	err = errors.Join(to.Identity(ctx, a), to.Announce(ctx, a.DID, ""))
	if err == nil && bySync {
		err = to.Sync(ctx, a)
	} else if err == nil {
		err = to.append(ctx, event)
	}
	if h.Up() {
		err = errors.Join(err, h.Announce(ctx, a.DID, "deactivated"))
	}
	return err
}

// Reannounce says what there is to say of an account after events of it were lost: its
// identity, its status, and where its repository is.
func (h *Host) Reannounce(ctx context.Context, did syntax.DID) error {
	a, status := h.account(did)
	if a == nil {
		if status == "" {
			return nil // it was never here
		}
		return h.Announce(ctx, did, status)
	}
	err := errors.Join(h.Identity(ctx, a), h.Announce(ctx, did, status))
	if err == nil && status == "" {
		err = h.Sync(ctx, a)
	}
	return err
}

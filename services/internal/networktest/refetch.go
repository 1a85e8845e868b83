package networktest

import (
	"context"
	"errors"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/repo"
	events "github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// resync fetches the repository, and tries until it is there, or not to be had from
// this host. What is known of the account then goes into the result.
func (v *view) resync(ctx context.Context, r *events.Result) error {
	chance := v.host.world.Chance.Of("resync", v.host.Name, r.DID, time.Now().UnixNano())
	for pause := time.Second; ; pause = min(2*pause, 30*time.Second) {
		commit, err := v.fetch(ctx, r)
		v.Trace.Addf(v.host.Name+" "+string(r.DID), "fetched: %v", err)
		if err == nil {
			v.Counts.Add("resync")
			v.settle(ctx, r, func(a *events.Account) { a.Rev, a.Data, a.Desynchronized = commit.Rev, commit.Data, false })
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		v.Counts.Add("resync failed")
		if isFinal(err) {
			v.settle(ctx, r, func(a *events.Account) { a.Desynchronized = true })
			return nil
		}
		if err := Sleep(ctx, between(chance, pause/2, pause)); err != nil {
			return err
		}
	}
}

// errElsewhere says that another host has the account now.
var errElsewhere = errors.New("the account is at another host")

// isFinal says whether a host will not give a repository whenever it is asked.
func isFinal(err error) bool {
	if errors.Is(err, errElsewhere) || errors.Is(err, identity.ErrNotFound) {
		return true
	}
	answer, ok := errors.AsType[*xrpc.Error](err)
	return ok && answer.Status == 400
}

func (v *view) settle(ctx context.Context, r *events.Result, change func(*events.Account)) {
	a := events.Account{DID: r.DID, Active: true}
	if known, err := v.accounts.Account(ctx, r.DID); err == nil && known != nil {
		a = *known
	}
	if r.Account != nil {
		a = *r.Account
	}
	change(&a)
	r.Account = &a
}

// fetch gets a repository and replaces what is known of it. After a gap it asks for the
// status first, of which an event may have been missed (SN-54a).
func (v *view) fetch(ctx context.Context, r *events.Result) (*repo.Commit, error) {
	did := r.DID
	id, err := v.Directory.LookupUnnamed(ctx, did, false)
	if err == nil && id.PDS != v.host.Origin() {
		id, err = v.Directory.LookupUnnamed(ctx, did, true)
	}
	if err != nil {
		return nil, err
	}
	if id.PDS != v.host.Origin() {
		return nil, errElsewhere
	}
	if r.Verdict == events.Gap {
		status, err := comatproto.SyncGetRepoStatus.Call(ctx, v.client, &comatproto.SyncGetRepoStatusParams{DID: did})
		if err != nil {
			return nil, err
		}
		v.settle(ctx, r, func(a *events.Account) { a.Active, a.Status = status.Active, status.Status.Or("") })
	}
	records := map[string]cid.CID{}
	contents, err := v.download(ctx, did, id, records)
	if errors.Is(err, repo.ErrSignature) {
		if _, err := v.Directory.LookupUnnamed(ctx, did, true); err != nil { // for the next attempt
			return nil, err
		}
	}
	if err != nil {
		return nil, err
	}
	v.fold(did).set(contents.Commit.Rev, records)
	return contents.Commit, nil
}

func (v *view) download(ctx context.Context, did syntax.DID, id *identity.Identity, records map[string]cid.CID) (_ *repo.Contents, err error) {
	body, err := comatproto.SyncGetRepo.Call(ctx, v.client, &comatproto.SyncGetRepoParams{DID: did})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, body.Close()) }()
	return repo.Verify(ctx, body, repo.Identity{DID: did, Key: id.SigningKey}, repo.VerifyOptions{
		Now: time.Now, Record: func(r repo.Record) error { records[r.Path] = r.CID; return nil },
	})
}

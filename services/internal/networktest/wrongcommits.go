package networktest

import (
	"errors"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/car"
	events "github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
)

type operation = comatproto.SyncSubscribeReposRepoOp

// stranger is a CID that leads nowhere.
var stranger = lex.Link{CID: cid.Sum(cid.DagCBOR, []byte("stranger"))}

// The operations of the good event are an update, a deletion and two creations, in this
// order.
var commitTable = []misbehaviour{
	{WrongSignature, "wrong signature", "SN33", "refused signature; accepted", recommit(ownKey,
		func(c *repo.Commit) { c.Data, c.Prev = stranger.CID, c.Data },
		func(c *repo.Commit) { c.Data, c.Prev = c.Prev, cid.CID{} })},
	{WrongKey, "wrong key", "SN33", "refused signature; accepted", recommit(foreignKey, unchanged, unchanged)},
	{WrongPrevData, "wrong prevData", "SN37", "refused operations; accepted", fields(func(_ *forgery, e *commitEvent) { e.PrevData = lex.Some(stranger) })},
	{NoPrevData, "no prevData", "SN03", "refused operations; accepted", fields(func(_ *forgery, e *commitEvent) {
		e.PrevData = lex.Opt[lex.Link]{}
	})},
	{WrongSince, "wrong since", "SN36", "gap since, resync; ignored old-rev", fields(func(f *forgery, e *commitEvent) {
		e.Since = f.before.Since
	})},
	{Fork, "fork", "SN36", "gap prev-data, resync; ignored old-rev", fork},
	{OmittedOperation, "omitted operation", "SN37", "refused operations; accepted", fields(func(_ *forgery, e *commitEvent) { e.Ops = e.Ops[:3] })},
	{AllOperationsOmitted, "all operations omitted", "SN37", "refused operations; accepted", fields(func(_ *forgery, e *commitEvent) {
		e.Ops = []*operation{}
	})},
	{InventedDeletion, "invented deletion", "SN37", "refused operations; accepted", fields(func(_ *forgery, e *commitEvent) {
		e.Ops = append(e.Ops, &operation{Action: "delete", Path: string(Posts) + "/never", Prev: lex.Some(stranger)})
	})},
	{InventedCreation, "invented creation", "SN37", "refused operations; accepted", blocks(func(_ *forgery, e *commitEvent, file *file) error {
		data := post("invented")
		id := cid.Sum(cid.DagCBOR, data)
		file.blocks = append(file.blocks, car.Block{CID: id, Data: data})
		e.Ops = append(e.Ops, &operation{Action: "create", Path: string(Posts) + "/never", CID: lex.Some(lex.Link{CID: id})})
		return nil
	})},
	{RepeatedOperation, "repeated operation", "SN37", "refused operations; accepted", fields(func(_ *forgery, e *commitEvent) {
		e.Ops = append(e.Ops, e.Ops[2])
	})},
	{WrongPrevInOperation, "wrong prev in an operation", "SN37", "refused operations; accepted", fields(func(_ *forgery, e *commitEvent) {
		e.Ops[0].Prev = lex.Some(stranger)
	})},
	{WrongCIDInOperation, "wrong CID in an operation", "SN37", "refused operations; accepted", fields(func(_ *forgery, e *commitEvent) {
		e.Ops[2].CID = lex.Some(lex.Link{CID: e.Commit.CID})
	})},
	{WrongAction, "wrong action", "SN37", "refused operations; accepted", fields(func(_ *forgery, e *commitEvent) { e.Ops[0].Action = "create" })},
	{WrongPath, "wrong path", "SN37", "refused operations; accepted", fields(func(_ *forgery, e *commitEvent) { e.Ops[2].Path += "x" })},
	{Replay, "replay", "SN35", "ignored old-rev; accepted", func(f *forgery) error {
		again := *f.before
		return errors.Join(f.injectEvent(f.host, &again), f.tellGood())
	}},
	{OldRev, "old rev", "SN35", "ignored old-rev; accepted", recommit(ownKey, func(c *repo.Commit) { c.Rev = ahead(-time.Hour) }, unchanged)},
	{FutureRev, "future rev", "SN35", "refused future-rev; accepted", recommit(ownKey, func(c *repo.Commit) {
		c.Rev = ahead(repo.MaxRevLead + 24*time.Hour)
	}, unchanged)},
	{AnnouncedRev, "another rev is announced", "SN34", "refused mismatch; accepted", fields(func(_ *forgery, e *commitEvent) { e.Rev = ahead(time.Second) })},
	{AnnouncedCommit, "another commit is announced", "SN34", "refused mismatch; accepted", fields(func(_ *forgery, e *commitEvent) { e.Commit = stranger })},
	{AnnouncedAccount, "another account is announced", "SN34", "refused mismatch; accepted", announcedAccount},
	{ForeignHost, "foreign host", "SN31", "refused foreign-host; accepted", func(f *forgery) error {
		other, err := f.foreign()
		if err != nil {
			return err
		}
		bad, err := f.good()
		if err != nil {
			return err
		}
		copied := *bad
		return errors.Join(f.injectEvent(other, &copied), Sleep(f.ctx, time.Second), f.tellGood())
	}},
	{UnknownAccount, "unknown account", "SN30", "accepted", fields(func(_ *forgery, e *commitEvent) { e.Repo = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa" })},
	{OversizeBlocks, "oversize blocks", "SN05 SN38", "refused malformed; accepted", fields(func(_ *forgery, e *commitEvent) {
		e.Blocks = append(e.Blocks, make([]byte, repo.MaxBlocks)...)
	})},
	{OversizeRecord, "oversize record", "SN05 SN38", "refused oversize; accepted", blocks(func(_ *forgery, e *commitEvent, file *file) error {
		data := make([]byte, repo.MaxRecord+1)
		id := cid.Sum(cid.DagCBOR, data)
		file.blocks = append(file.blocks, car.Block{CID: id, Data: data})
		e.Ops[2].CID = lex.Some(lex.Link{CID: id})
		return nil
	})},
	{TooManyOperations, "too many operations", "SN05 SN38", "refused malformed; accepted", fields(func(_ *forgery, e *commitEvent) {
		for len(e.Ops) <= repo.MaxOps {
			e.Ops = append(e.Ops, e.Ops[2])
		}
	})},
	{
		InactiveAccount, "commit of an inactive account", "SN09 SN32 SN70",
		"accepted; ignored inactive; accepted; accepted, resync; ignored old-rev", func(f *forgery) error {
			bad, err := f.good()
			if err != nil {
				return err
			}
			copied := *bad
			return errors.Join(f.host.SetStatus(f.ctx, f.account, "deactivated"), f.injectEvent(f.host, &copied),
				f.host.SetStatus(f.ctx, f.account, ""), f.tellGood())
		},
	},
	{SilentRotation, "key rotation without notice", "SN33", "accepted; accepted", func(f *forgery) error {
		f.host.fired(f.name)
		return errors.Join(f.host.RotateKey(f.ctx, f.account, true), f.tellGood())
	}},
	{DocumentWithoutKey, "DID document without key", "SN30", "accepted; ignored no-key-or-pds; accepted; accepted, resync", func(f *forgery) error {
		a, directory := f.account, f.host.world.Directory
		directory.Set(a.DID, a.Handle, nil, f.host.Origin())
		f.host.fired(f.name)
		err := errors.Join(f.host.Identity(f.ctx, a), f.tellGood(), Sleep(f.ctx, 20*time.Second))
		directory.Set(a.DID, a.Handle, a.Key.PublicKey(), f.host.Origin())
		return errors.Join(err, f.host.Identity(f.ctx, a), f.host.Sync(f.ctx, a))
	}},
	{Tombstone, "tombstone", "SN30", "accepted; ignored no-identity; accepted; accepted, resync", func(f *forgery) error {
		a, directory := f.account, f.host.world.Directory
		directory.Remove(a.DID)
		f.host.fired(f.name)
		err := errors.Join(f.host.Identity(f.ctx, a), f.tellGood(), Sleep(f.ctx, 20*time.Second))
		directory.Set(a.DID, a.Handle, a.Key.PublicKey(), f.host.Origin())
		return errors.Join(err, f.host.Identity(f.ctx, a), f.host.Sync(f.ctx, a))
	}},
}

// announcedAccount has the commit of an account in the event of another one. The
// verdict is about that one, so that it is made from its side.
func announcedAccount(f *forgery) error {
	good, err := f.good()
	if err != nil {
		return err
	}
	var other *Account
	for _, a := range f.host.Accounts() {
		if a != f.account && a.Active() {
			other = a
		}
	}
	if other == nil {
		return errors.New("networktest: it needs another account of the host")
	}
	if err := Sleep(f.ctx, time.Second); err != nil { // so that its rev is a later one
		return err
	}
	foreign, err := other.Commit(f.ctx)
	if err != nil {
		return err
	}
	bad := *foreign
	bad.Repo = f.account.DID
	return errors.Join(f.injectEvent(f.host, &bad), f.host.append(f.ctx, foreign), f.host.append(f.ctx, good))
}

// fork makes the good event twice, the first time on a tree that nobody was told of,
// whose commit has the rev of the one that was published.
func fork(f *forgery) error {
	if _, err := f.good(); err != nil {
		return err
	}
	a := f.account
	when := syntax.NewTIDClock(syntax.TIDClockOptions{Now: func() time.Time { return f.before.Rev.Time() }, ClockID: new(uint16)})
	store := blockstore.NewMemory()
	hidden := repo.NewWriter(store, a.Key, repo.WriterOptions{Clock: when})
	first, err := hidden.Init(f.ctx, a.DID, Create("hidden", "hidden"))
	if err != nil {
		return err
	}
	change, err := repo.NewWriter(store, a.Key, repo.WriterOptions{Clock: newClock()}).Apply(f.ctx, Create("hiddentoo", "hidden"))
	if err != nil {
		return err
	}
	if first.Rev != f.before.Rev {
		return errors.New("networktest: the hidden commit has another rev: " + string(first.Rev))
	}
	bad, err := events.CommitEvent(change, time.Now())
	if err != nil {
		return err
	}
	return errors.Join(f.injectEvent(f.host, bad), f.tellGood())
}

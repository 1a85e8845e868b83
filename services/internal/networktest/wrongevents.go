package networktest

import (
	"errors"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/car"
	events "github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
)

type syncEvent = comatproto.SyncSubscribeReposSync

var eventTable = []misbehaviour{
	{SyncWrongRev, "#sync of another rev", "SN34", "refused mismatch; accepted", editedSync(func(_ *forgery, e *syncEvent) error {
		e.Rev = string(ahead(time.Second))
		return nil
	})},
	{SyncOldRev, "#sync of an old rev", "SN39", "ignored old-rev; accepted", resync(ownKey, func(c *repo.Commit) { c.Rev = ahead(-time.Hour) })},
	{SyncFutureRev, "#sync of a future rev", "SN35", "refused future-rev; accepted", resync(ownKey, func(c *repo.Commit) {
		c.Rev = ahead(repo.MaxRevLead + 24*time.Hour)
	})},
	{SyncWrongKey, "#sync of another key", "SN33", "refused signature; accepted", resync(foreignKey, unchanged)},
	{SyncOfForeignHost, "#sync of a foreign host", "SN31", "refused foreign-host; accepted", func(f *forgery) error {
		e, err := f.synced()
		if err != nil {
			return err
		}
		other, err := f.foreign()
		if err != nil {
			return err
		}
		return errors.Join(f.injectEvent(other, e), Sleep(f.ctx, time.Second), f.tellGood())
	}},
	{SyncOfNoCommit, "#sync of no commit", "SN06 SN38", "refused malformed; accepted", editedSync(func(_ *forgery, e *syncEvent) error {
		data := post("no commit")
		id := cid.Sum(cid.DagCBOR, data)
		var err error
		e.Blocks, err = (&file{roots: []cid.CID{id}, blocks: []car.Block{{CID: id, Data: data}}}).bytes()
		return err
	})},
	{SyncWithMore, "#sync with more than the commit", "SN06 SN39", "ignored unchanged; accepted", editedSync(func(_ *forgery, e *syncEvent) error {
		parsed, err := open(e.Blocks)
		if err != nil {
			return err
		}
		data := post("of no use")
		parsed.blocks = append(parsed.blocks, car.Block{CID: cid.Sum(cid.DagCBOR, data), Data: data})
		e.Blocks, err = parsed.bytes()
		return err
	})},
	{SyncOversize, "oversize #sync", "SN06 SN38", "refused malformed; accepted", editedSync(func(_ *forgery, e *syncEvent) error {
		e.Blocks = append(e.Blocks, make([]byte, events.MaxSync)...)
		return nil
	})},
	{AccountOfForeignHost, "#account of a foreign host", "SN53", "refused foreign-host; accepted", func(f *forgery) error {
		other, err := f.foreign()
		if err != nil {
			return err
		}
		return errors.Join(f.injectEvent(other, accountEvent(f.account.DID, "deleted")), Sleep(f.ctx, time.Second), f.tellGood())
	}},
	{AccountWithStrangeStatus, "#account with a status that is not known", "SN70", "accepted; accepted", func(f *forgery) error {
		e := accountEvent(f.account.DID, "")
		e.Status = lex.Some("something new")
		return errors.Join(f.injectEvent(f.host, e), f.tellGood())
	}},
	{IdentityOfForeignHost, "#identity of a foreign host", "SN07 SN53", "accepted; accepted", func(f *forgery) error {
		other, err := f.foreign()
		if err != nil {
			return err
		}
		e := &comatproto.SyncSubscribeReposIdentity{
			DID: f.account.DID, Handle: lex.Some(syntax.Handle("other.example.com")), Time: syntax.DatetimeOf(time.Now()),
		}
		return errors.Join(f.injectEvent(other, e), Sleep(f.ctx, time.Second), f.tellGood())
	}},
}

// editedSync is a misbehaviour that publishes a #sync that was edited, and then the
// good event.
func editedSync(edit func(f *forgery, e *syncEvent) error) func(*forgery) error {
	return func(f *forgery) error {
		e, err := f.synced()
		if err != nil {
			return err
		}
		if err := edit(f, e); err != nil {
			return err
		}
		return errors.Join(f.injectEvent(f.host, e), f.tellGood())
	}
}

// resync is a misbehaviour that publishes a #sync with another commit.
func resync(key func(*forgery) (*crypto.PrivateKey, error), edit func(*repo.Commit)) func(*forgery) error {
	return editedSync(func(f *forgery, e *syncEvent) error {
		signer, err := key(f)
		if err != nil {
			return err
		}
		r, err := f.account.Repo(f.ctx)
		if err != nil {
			return err
		}
		c := *r.Commit()
		edit(&c)
		if err := c.Sign(signer); err != nil {
			return err
		}
		changed, err := events.SyncEvent(&c, time.Now())
		if err != nil {
			return err
		}
		*e = *changed
		return nil
	})
}

package networktest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/car"
	events "github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

type commitEvent = comatproto.SyncSubscribeReposCommit

// A forgery is one misbehaviour under way.
type forgery struct {
	ctx     context.Context //nolint:containedctx // it lives as long as one call
	name    string
	host    *Host
	account *Account
	before  *commitEvent // the event before, which was published
	writes  []repo.Write // of the good one

	made *commitEvent
}

func writesOf(writes ...repo.Write) []repo.Write { return writes }

// good makes the good event, once.
func (f *forgery) good() (*commitEvent, error) {
	if f.made == nil {
		e, err := f.account.Commit(f.ctx, f.writes...)
		if err != nil {
			return nil, err
		}
		f.made = e
	}
	return f.made, nil
}

// tellGood publishes the good event.
func (f *forgery) tellGood() error {
	e, err := f.good()
	if err != nil {
		return err
	}
	return f.host.append(f.ctx, e)
}

// inject puts a frame into the log of a host, under a seq of its own.
func (f *forgery) inject(at *Host, frame func(seq int64) []byte) error {
	at.store.next(frame)
	f.host.fired(f.name)
	return at.Identity(f.ctx, f.account) // its frame is not used
}

// injectEvent puts an event into the log of a host, whatever it says.
func (f *forgery) injectEvent(at *Host, e lex.Object) error {
	var failed error
	err := f.inject(at, func(seq int64) []byte {
		b, err := frameOf(e, seq)
		failed = err
		return b
	})
	return errors.Join(err, failed)
}

// frameOf encodes an event with a seq, and does not check it.
func frameOf(e lex.Object, seq int64) ([]byte, error) {
	switch e := e.(type) {
	case *commitEvent:
		e.Seq = seq
	case *comatproto.SyncSubscribeReposSync:
		e.Seq = seq
	case *comatproto.SyncSubscribeReposAccount:
		e.Seq = seq
	case *comatproto.SyncSubscribeReposIdentity:
		e.Seq = seq
	}
	return xrpc.AppendFrame(nil, comatproto.SyncSubscribeRepos.NSID, e)
}

// edited is a misbehaviour that publishes an edited copy of the good event before it.
func edited(edit func(f *forgery, e *commitEvent) error) func(*forgery) error {
	return func(f *forgery) error {
		good, err := f.good()
		if err != nil {
			return err
		}
		bad := *good
		bad.Blocks, bad.Ops = slices.Clone(good.Blocks), slices.Clone(good.Ops)
		for i, op := range bad.Ops {
			other := *op
			bad.Ops[i] = &other
		}
		if err := edit(f, &bad); err != nil {
			return err
		}
		return errors.Join(f.injectEvent(f.host, &bad), f.tellGood())
	}
}

// fields is edited for what cannot fail.
func fields(edit func(f *forgery, e *commitEvent)) func(*forgery) error {
	return edited(func(f *forgery, e *commitEvent) error {
		edit(f, e)
		return nil
	})
}

// A file is a CAR file, taken apart.
type file struct {
	roots  []cid.CID
	blocks []car.Block
}

// open takes the blocks of an event apart.
func open(b []byte) (*file, error) {
	r, err := car.Parse(b, car.Options{})
	if err != nil {
		return nil, err
	}
	f := &file{roots: r.Roots()}
	for block, err := range r.Blocks() {
		if err != nil {
			return nil, err
		}
		f.blocks = append(f.blocks, block)
	}
	return f, nil
}

// bytes puts it together again.
func (f *file) bytes() ([]byte, error) {
	var b bytes.Buffer
	w, err := car.NewWriter(&b, f.roots...)
	for _, block := range f.blocks {
		if err == nil {
			err = w.Write(block)
		}
	}
	return b.Bytes(), err
}

// without removes a block.
func (f *file) without(id cid.CID) {
	f.blocks = slices.DeleteFunc(f.blocks, func(b car.Block) bool { return b.CID == id })
}

// blocks is a misbehaviour that publishes a copy of the good event with other blocks.
func blocks(edit func(f *forgery, e *commitEvent, file *file) error) func(*forgery) error {
	return edited(func(f *forgery, e *commitEvent) error {
		file, err := open(e.Blocks)
		if err != nil {
			return err
		}
		if err := edit(f, e, file); err != nil {
			return err
		}
		e.Blocks, err = file.bytes()
		return err
	})
}

// recommit is a misbehaviour that publishes a copy of the good event with another
// commit, which a key signs. The edit between changes what is signed, the one after it
// the commit as it stands.
func recommit(key func(*forgery) (*crypto.PrivateKey, error), edit, after func(*repo.Commit)) func(*forgery) error {
	return blocks(func(f *forgery, e *commitEvent, file *file) error {
		signer, err := key(f)
		if err != nil {
			return err
		}
		c, err := file.commit(e.Commit.CID)
		if err != nil {
			return err
		}
		edit(c)
		if err := c.Sign(signer); err != nil {
			return err
		}
		after(c)
		file.without(e.Commit.CID)
		block := c.Block()
		file.blocks, file.roots = append([]car.Block{block}, file.blocks...), []cid.CID{block.CID}
		e.Commit, e.Rev = lex.Link{CID: block.CID}, c.Rev
		return nil
	})
}

func (f *file) commit(id cid.CID) (*repo.Commit, error) {
	for _, b := range f.blocks {
		if b.CID == id {
			return repo.ParseCommit(b.Data)
		}
	}
	return nil, errors.New("networktest: there is no commit among the blocks")
}

func ownKey(f *forgery) (*crypto.PrivateKey, error) { return f.account.Key, nil }

func foreignKey(*forgery) (*crypto.PrivateKey, error) { return Key("a stranger") }

func unchanged(*repo.Commit) {}

// ahead returns the rev of a time that is ahead of the clock.
func ahead(d time.Duration) syntax.TID {
	rev, err := syntax.TIDOf(time.Now().Add(d).UnixMicro(), 0)
	if err != nil {
		return "" // the clock of a test is not at the end of time
	}
	return rev
}

// ErrNoOtherHost says that a misbehaviour needs another host that serves. Nothing wrong
// was done.
var ErrNoOtherHost = errors.New("networktest: it needs another host")

// foreign returns another host.
func (f *forgery) foreign() (*Host, error) {
	for _, h := range f.host.world.Hosts {
		if h != f.host && h.Up() {
			return h, nil
		}
	}
	return nil, ErrNoOtherHost
}

// synced returns a #sync of the repository as it is.
func (f *forgery) synced() (*comatproto.SyncSubscribeReposSync, error) {
	r, err := f.account.Repo(f.ctx)
	if err != nil {
		return nil, err
	}
	return events.SyncEvent(r.Commit(), time.Now())
}

package dataplane

import (
	"context"
	"errors"
	"time"

	events "github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/sync/records"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/internal/networktest"
	"github.com/lexgen/lexgen/services/relay/store"
)

// errDead says that a process was killed, which stores nothing any more.
var errDead = errors.New("dataplane: the process was killed")

// check returns the error of a life that is over.
func (l *life) check() error {
	if l.dead.Load() {
		return errDead
	}
	return nil
}

// slowly does something that takes a while. Who is killed meanwhile has done it, or not.
func (l *life) slowly(chance networktest.Chance, name any, do func() error) error {
	r := chance.Of("store", name, time.Now().UnixNano())
	time.Sleep(between(r, 100*time.Microsecond, 3*time.Millisecond))
	if l.dead.Load() {
		if r.IntN(2) == 0 {
			_ = do() // who is dead does not hear of it
		}
		return errDead
	}
	return do()
}

// A relayStore is that of a relay for one life.
type relayStore struct {
	*store.Memory

	alive  *life
	chance networktest.Chance
}

func (s relayStore) Commit(ctx context.Context, b *store.Batch) error {
	if err := s.alive.check(); err != nil {
		return err
	}
	return s.alive.slowly(s.chance, "accounts", func() error { return s.Memory.Commit(ctx, b) })
}

func (s relayStore) PutHost(ctx context.Context, h store.Host) error {
	if err := s.alive.check(); err != nil {
		return err
	}
	return s.Memory.PutHost(ctx, h)
}

// A relayLog is the store of the events of a relay for one life.
type relayLog struct {
	*events.MemoryLog

	alive  *life
	chance networktest.Chance
}

func (s relayLog) Append(ctx context.Context, owner int64, entries []events.Entry) error {
	if err := s.alive.check(); err != nil {
		return err
	}
	return s.alive.slowly(s.chance, "log", func() error { return s.MemoryLog.Append(ctx, owner, entries) })
}

func (s relayLog) Erase(ctx context.Context, did syntax.DID, upTo int64) error {
	if err := s.alive.check(); err != nil {
		return err
	}
	return s.MemoryLog.Erase(ctx, did, upTo)
}

// A recordStore is that of an indexer for one life.
type recordStore struct {
	*records.MemoryStore

	alive *life
}

func (s recordStore) Add(ctx context.Context, repos []records.Repo) (int, error) {
	if err := s.alive.check(); err != nil {
		return 0, err
	}
	return s.MemoryStore.Add(ctx, repos)
}

func (s recordStore) Change(ctx context.Context, c *records.Change) error {
	if err := s.alive.check(); err != nil {
		return err
	}
	return s.MemoryStore.Change(ctx, c)
}

func (s recordStore) Acknowledge(ctx context.Context, ids []int64) error {
	if err := s.alive.check(); err != nil {
		return err
	}
	return s.MemoryStore.Acknowledge(ctx, ids)
}

func (s recordStore) SetSetting(ctx context.Context, name, value string) error {
	if err := s.alive.check(); err != nil {
		return err
	}
	return s.MemoryStore.SetSetting(ctx, name, value)
}

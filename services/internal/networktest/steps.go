package networktest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A stepKind is something that can happen in a simulation. Where it cannot happen now,
// such as at a host that is down, nothing does.
type stepKind struct {
	name   string
	weight int
	do     func(s *simulation, ctx context.Context) error
}

var steps = []stepKind{
	{"write", 80, ofAccount("write", (*simulation).write)},
	{"empty commit", 3, ofAccount("empty commit", func(_ *simulation, ctx context.Context, a *Account) error { return a.Home.Write(ctx, a) })},
	{"import", 4, ofAccount("import", (*simulation).importRecords)},
	{"migrate", 8, ofAccount("migrate", (*simulation).migrate)},
	{"rotate", 6, ofAccount("rotate", func(_ *simulation, ctx context.Context, a *Account) error { return a.Home.RotateKey(ctx, a, false) })},
	{"rotate silently", 3, ofAccount("rotate silently", func(s *simulation, ctx context.Context, a *Account) error {
		s.silent[a.DID] = true
		return a.Home.RotateKey(ctx, a, true)
	})},
	{"rename", 3, ofAccount("rename", func(s *simulation, ctx context.Context, a *Account) error {
		s.records++
		return a.Home.Rename(ctx, a, syntax.Handle(fmt.Sprintf("renamed%d.example.com", s.records)))
	})},
	{"deactivate", 4, ofAccount("deactivate", func(_ *simulation, ctx context.Context, a *Account) error {
		return a.Home.SetStatus(ctx, a, "deactivated")
	})},
	{"take down", 2, ofAccount("take down", func(_ *simulation, ctx context.Context, a *Account) error {
		return a.Home.SetStatus(ctx, a, "takendown")
	})},
	{"activate", 6, (*simulation).activate},
	{"delete", 2, ofAccount("delete", func(_ *simulation, ctx context.Context, a *Account) error { return a.Home.DeleteAccount(ctx, a) })},
	{"crash", 3, ofHost("crash", (*simulation).crash)},
	{"crash with loss", 3, ofHost("crash with loss", (*simulation).crashWithLoss)},
	{"restart", 12, (*simulation).restartOne},
	{"kill", 4, (*simulation).kill},
	{"cut", 5, ofHost("", func(s *simulation, _ context.Context, h *Host) error { s.world.Net.Cut(h.Name); return nil })},
	{"cut inside", 4, ofHost("", func(s *simulation, _ context.Context, h *Host) error {
		s.world.Net.CutInside(h.Name, s.chance.IntN(200))
		return nil
	})},
	{"end inside", 3, ofHost("", func(s *simulation, _ context.Context, h *Host) error {
		s.world.Net.EndInside(h.Name, s.chance.IntN(200))
		return nil
	})},
	{"stall", 5, ofHost("", func(s *simulation, _ context.Context, h *Host) error {
		s.world.Net.Stall(h.Name, between(s.chance, time.Second, 90*time.Second))
		return nil
	})},
	{"slow", 4, ofHost("", func(s *simulation, _ context.Context, h *Host) error {
		p := usualPace
		p.BytesPerSecond = 300 + s.chance.IntN(3000)
		s.world.Net.SetPace(h.Name, p)
		return nil
	})},
	{"directory down", 2, func(s *simulation, _ context.Context) error {
		s.world.Directory.Down(between(s.chance, time.Second, 20*time.Second))
		s.did(nil, "directory down")
		return nil
	}},
	{"misbehave", 12, ofAccount("", (*simulation).misbehave)},
}

// ofAccount does something with an active account whose host is up.
func ofAccount(name string, do func(s *simulation, ctx context.Context, a *Account) error) func(*simulation, context.Context) error {
	return func(s *simulation, ctx context.Context) error {
		a := s.accounts[s.chance.IntN(len(s.accounts))]
		if !a.Active() || !a.Home.Up() {
			return nil
		}
		if name != "" {
			s.did(a, name)
		}
		return do(s, ctx, a)
	}
}

// ofHost does something with a host that is up.
func ofHost(name string, do func(s *simulation, ctx context.Context, h *Host) error) func(*simulation, context.Context) error {
	return func(s *simulation, ctx context.Context) error {
		h := s.pick(s.world.Hosts)
		if !h.Up() {
			return nil
		}
		if name != "" {
			s.did(nil, name)
		}
		return do(s, ctx, h)
	}
}

// write creates, updates or deletes up to three records.
func (s *simulation) write(ctx context.Context, a *Account) error {
	writes, err := s.writes(ctx, a, 1+s.chance.IntN(3))
	if err != nil {
		return err
	}
	return a.Home.Write(ctx, a, writes...)
}

func (s *simulation) writes(ctx context.Context, a *Account, n int) ([]repo.Write, error) {
	records, err := a.Records(ctx)
	if err != nil {
		return nil, err
	}
	paths := slices.Sorted(maps.Keys(records))
	s.chance.Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
	var writes []repo.Write
	for range n {
		s.records++
		text := fmt.Sprintf("text %d", s.records)
		kind := s.chance.IntN(10)
		if kind < 5 || len(paths) == 0 {
			writes = append(writes, Create(syntax.RecordKey(fmt.Sprintf("key%d", s.records)), text))
			continue
		}
		_, key, _ := strings.Cut(paths[0], "/")
		paths = paths[1:]
		if kind < 8 {
			writes = append(writes, Update(syntax.RecordKey(key), text))
		} else {
			writes = append(writes, Delete(syntax.RecordKey(key)))
		}
	}
	return writes, nil
}

func (s *simulation) importRecords(ctx context.Context, a *Account) error {
	writes, err := s.writes(ctx, a, 5)
	if err != nil {
		return err
	}
	return a.Home.Import(ctx, a, writes...)
}

func (s *simulation) migrate(ctx context.Context, a *Account) error {
	to := s.pick(s.world.Hosts)
	if to == a.Home || !to.Up() {
		return nil
	}
	s.report.Counts.Add("migrated")
	return a.Home.Migrate(ctx, a, to, s.chance.IntN(2) == 0)
}

// activate has an account that is not active, and not deleted, come back.
func (s *simulation) activate(ctx context.Context) error {
	for _, a := range s.accounts {
		if status := a.Status(); a.Home.Up() && (status == "deactivated" || status == "takendown") {
			s.did(a, "activate")
			return a.Home.SetStatus(ctx, a, "")
		}
	}
	return nil
}

func (s *simulation) crash(ctx context.Context, h *Host) error {
	h.Crash(ctx, 0)
	return nil
}

// crashWithLoss has a host crash that loses its last events, and start again at once.
func (s *simulation) crashWithLoss(ctx context.Context, h *Host) error {
	affected := h.Crash(ctx, 1+s.chance.IntN(5))
	return s.restart(ctx, h, affected)
}

// restart starts a host, which says where the repositories are of which it has lost
// events, and what the status of the accounts is.
func (s *simulation) restart(ctx context.Context, h *Host, affected []syntax.DID) error {
	if err := h.Start(ctx); err != nil {
		return err
	}
	for _, did := range affected {
		if err := h.Reannounce(ctx, did); err != nil {
			return err
		}
	}
	return nil
}

func (s *simulation) restartOne(ctx context.Context) error {
	for _, h := range s.world.Hosts {
		if !h.Up() {
			s.did(nil, "restart")
			return s.restart(ctx, h, nil)
		}
	}
	return nil
}

// kill kills the system, and starts it again after a while.
func (s *simulation) kill(ctx context.Context) error {
	s.did(nil, "kill")
	if err := s.pause(); err != nil {
		return err
	}
	if err := s.sleep(ctx, 20*time.Second); err != nil {
		return err
	}
	s.resume(ctx)
	return nil
}

func (s *simulation) misbehave(ctx context.Context, a *Account) error {
	m := s.Misbehaviours[s.chance.IntN(len(s.Misbehaviours))]
	s.did(a, "misbehave")
	s.report.Trace.Addf("schedule", "misbehave %s", m)
	if m == SilentRotation {
		s.silent[a.DID] = true
	}
	err := a.Home.Misbehave(ctx, m, a)
	if errors.Is(err, ErrNoOtherHost) {
		return nil
	}
	return err
}

package networktest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// A Plan is how much happens in a simulation. A field that is zero stands for what its
// comment names; with that, a seed has some 270 commits and needs a tenth of a second.
type Plan struct {
	Accounts int // 50
	Hosts    int // 5
	// Steps is how many things happen after the accounts were made; 300. Half of them
	// are writes, of one to three records each.
	Steps int
	// Pause is the longest time between two steps; 2 s.
	Pause time.Duration
	// Quiet is how long nothing happens in the end, before views are compared; 3 min.
	Quiet time.Duration
	// Misbehaviours are what hosts do wrong among the steps. Nil stands for
	// [Harmless].
	Misbehaviours []Misbehaviour
	// Full has the trace keep its lines.
	Full bool
}

func (p Plan) orDefault() Plan {
	set := func(n *int, value int) {
		if *n == 0 {
			*n = value
		}
	}
	set(&p.Accounts, 50)
	set(&p.Hosts, 5)
	set(&p.Steps, 300)
	if p.Pause == 0 {
		p.Pause = 2 * time.Second
	}
	if p.Quiet == 0 {
		p.Quiet = 3 * time.Minute
	}
	if p.Misbehaviours == nil {
		p.Misbehaviours = Harmless()
	}
	return p
}

// Harmless returns the misbehaviours that leave the world as it is after them: an
// account goes on as if there had been none.
func Harmless() []Misbehaviour {
	not := []Misbehaviour{
		OversizeBlocks, OversizeRecord, OversizeFrame, OversizeFrameKept, Flood, // they take much time
		SlowSocket, DocumentWithoutKey, Tombstone, // they take a while, in which others may move
		AnnouncedAccount,  // another account writes, too
		FutureCursorFrame, // after which an operator is asked for
	}
	return slices.DeleteFunc(Misbehaviours(), func(m Misbehaviour) bool { return slices.Contains(not, m) })
}

// A Report is what has come of a simulation.
type Report struct {
	Trace  *Trace
	Counts Counts // of all that was done, and of faults that were committed
}

// A Start makes the system that a simulation tries.
type Start func(w *World, trace *Trace) (s System, end func(), err error)

// StartFollower starts a [Follower].
func StartFollower(w *World, trace *Trace) (System, func(), error) {
	f := NewFollower(w, trace)
	return f, f.Close, nil
}

// Simulate has a world live through a schedule that comes from a seed, while a system
// follows it, and returns an error if they do not agree at the end about the status and
// every record of every account. It must be called in a bubble of testing/synctest.
func Simulate(ctx context.Context, seed Chance, plan Plan, start Start) (_ *Report, err error) {
	plan = plan.orDefault()
	w, err := NewWorld(ctx, seed, plan.Hosts)
	if err != nil {
		return nil, err
	}
	defer w.Close()
	trace := NewTrace(plan.Full)
	system, end, err := start(w, trace)
	if err != nil {
		return nil, err
	}
	defer end()
	s := &simulation{Plan: plan, world: w, report: &Report{Trace: trace}, silent: map[syntax.DID]bool{}, system: system, chance: seed.Of("schedule")}
	s.resume(ctx)
	err = s.run(ctx)
	if err = errors.Join(err, s.pause()); err == nil || s.ended {
		err = errors.Join(err, s.check(ctx))
	}
	s.report.Counts.Merge(&w.Net.Faults)
	if c, ok := system.(Counter); ok {
		s.report.Counts.Merge(c.Counted())
	}
	s.report.Counts.addN("directory unanswered", w.Directory.Unanswered())
	return s.report, err
}

// A simulation is one under way.
type simulation struct {
	Plan

	world  *World
	report *Report
	system System
	chance *rand.Rand

	accounts []*Account          // all that ever were
	records  int                 // how many keys were given
	silent   map[syntax.DID]bool // those that have a key of which nobody was told
	stop     context.CancelFunc
	wait     sync.WaitGroup
	failed   error // of the system
	ended    bool  // the schedule
}

// resume runs the system.
func (s *simulation) resume(ctx context.Context) {
	ctx, s.stop = context.WithCancel(ctx)
	s.wait.Go(func() {
		if err := s.system.Run(ctx); err != nil && ctx.Err() == nil {
			s.failed = fmt.Errorf("the system has ended: %w", err)
		}
	})
}

// pause stops the system, as if it were killed.
func (s *simulation) pause() error {
	s.stop()
	s.wait.Wait()
	return s.failed
}

// run goes through the schedule.
func (s *simulation) run(ctx context.Context) error {
	for i := range s.Accounts {
		a, err := s.pick(s.world.Hosts).CreateAccount(ctx, fmt.Sprintf("account%d", i))
		if err != nil {
			return err
		}
		s.accounts = append(s.accounts, a)
		s.did(a, "create")
		if err := s.sleep(ctx, s.Pause/8); err != nil {
			return err
		}
	}
	for range s.Steps {
		if err := s.step(ctx); err != nil {
			return err
		}
		// Some steps follow so closely on each other that the events are on their way
		// together.
		if err := s.sleep(ctx, s.Pause>>(4*s.chance.IntN(3))); err != nil {
			return err
		}
	}
	if err := s.calmDown(ctx); err != nil {
		return err
	}
	s.ended = true
	return s.compare(ctx)
}

func (s *simulation) sleep(ctx context.Context, most time.Duration) error {
	return Sleep(ctx, between(s.chance, 1, most))
}

func (s *simulation) pick(hosts []*Host) *Host { return hosts[s.chance.IntN(len(hosts))] }

// did notes a step.
func (s *simulation) did(a *Account, what string) {
	s.report.Counts.Add(what)
	if a == nil {
		s.report.Trace.Addf("schedule", "%s", what)
		return
	}
	s.report.Trace.Addf("schedule", "%s %s at %s", what, a.DID, a.Home.Name)
}

// step does one thing by chance.
func (s *simulation) step(ctx context.Context) error {
	total := 0
	for _, k := range steps {
		total += k.weight
	}
	n := s.chance.IntN(total)
	for _, k := range steps {
		if n -= k.weight; n < 0 {
			if err := k.do(s, ctx); err != nil {
				return fmt.Errorf("step %s: %w", k.name, err)
			}
			return nil
		}
	}
	return nil
}

// calmDown ends all faults, and waits. Accounts that nobody was told of that they have
// another key write once more: where the DID document was looked up just before, and is
// not looked up again so soon, their last event was refused, and nobody would miss it
// before the next one.
func (s *simulation) calmDown(ctx context.Context) error {
	if c, ok := s.system.(Calmer); ok {
		c.CalmDown()
	}
	for _, h := range s.world.Hosts {
		if !h.Up() {
			if err := s.restart(ctx, h, nil); err != nil {
				return err
			}
		}
		s.world.Net.SetPace(h.Name, usualPace)
	}
	if err := Sleep(ctx, time.Minute); err != nil {
		return err
	}
	for _, a := range s.accounts {
		w, ok := s.system.(Waiter)
		if waits := s.silent[a.DID] || ok && w.Waits(a.DID); !waits || !a.Active() {
			continue
		}
		if err := a.Home.Write(ctx, a); err != nil {
			return err
		}
		s.did(a, "last word")
		if err := s.sleep(ctx, s.Pause/8); err != nil {
			return err
		}
	}
	return Sleep(ctx, s.Quiet)
}

// compare holds what is believed against what is.
func (s *simulation) compare(ctx context.Context) error {
	var all []error
	for _, a := range s.accounts {
		if err := Compare(ctx, s.system, a); err != nil {
			all = append(all, err)
		}
		records, err := a.Records(ctx)
		if err != nil {
			all = append(all, err)
		}
		s.report.Counts.addN("records compared", len(records))
		for _, path := range slices.Sorted(maps.Keys(records)) {
			s.report.Trace.Addf("end", "%s %s %s", a.DID, path, records[path])
		}
	}
	return errors.Join(all...)
}

// check has the system compare what else it has.
func (s *simulation) check(ctx context.Context) error {
	c, ok := s.system.(Checker)
	if !ok {
		return nil
	}
	var all []error
	for _, a := range s.accounts {
		all = append(all, c.Check(ctx, a))
	}
	return errors.Join(all...)
}

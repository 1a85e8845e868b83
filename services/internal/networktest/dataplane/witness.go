package dataplane

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/services/internal/networktest"
)

// A witness follows the relay and remembers what it was sent.
type witness struct {
	mu     sync.Mutex // guards said
	last   int64
	frames map[int64][]byte // by seq
	said   map[int64]said
}

// runWitness follows the relay until ctx ends.
func (s *System) runWitness(ctx context.Context) error {
	w := &s.witness
	if w.frames == nil {
		w.frames, w.said = map[int64][]byte{}, map[int64]said{}
	}
	client := s.world.Client("witness", "https://"+RelayName)
	for tries := 0; ctx.Err() == nil; tries++ {
		params := &comatproto.SyncSubscribeReposParams{Cursor: lex.Int(w.last)}
		for m, err := range comatproto.SyncSubscribeRepos.Subscribe(ctx, client, params) {
			if err != nil {
				if answer, ok := err.(*xrpc.Error); ok && answer.Name == xrpc.ErrFutureCursor { //nolint:errorlint // it is not wrapped
					return fmt.Errorf("the witness was refused: %w", err)
				}
				break
			}
			if err := s.saw(m); err != nil {
				return err
			}
		}
		chance := s.world.Chance.Of("witness", tries, time.Now().UnixNano())
		if networktest.Sleep(ctx, between(chance, time.Second, 3*time.Second)) != nil {
			return nil
		}
	}
	return nil
}

// saw notes an event.
func (s *System) saw(m lex.Object) error {
	seq, numbered := lex.IntegerOf(m, "seq")
	if !numbered {
		return nil
	}
	frame, err := xrpc.AppendFrame(nil, comatproto.SyncSubscribeRepos.NSID, m)
	if err != nil {
		return err
	}
	if seq <= s.witness.last {
		s.wrongf("the relay sends the seq %d after %d", seq, s.witness.last)
	}
	e := eventOf(m)
	s.witness.last, s.witness.frames[seq] = seq, frame
	s.witness.mu.Lock()
	s.witness.said[seq] = e
	s.witness.mu.Unlock()
	s.trace.Addf("relay", "%d %s", seq, e)
	return nil
}

// A said is what an event of the log says of an account.
type said struct {
	did    syntax.DID
	kind   string
	rev    syntax.TID
	active bool
}

func (s said) String() string { return fmt.Sprintf("%s %s %s %t", s.kind, s.did, s.rev, s.active) }

func eventOf(m lex.Object) said {
	switch m := m.(type) {
	case *comatproto.SyncSubscribeReposCommit:
		return said{m.Repo, "commit", m.Rev, false}
	case *comatproto.SyncSubscribeReposSync:
		return said{m.DID, "sync", syntax.TID(m.Rev), false}
	case *comatproto.SyncSubscribeReposAccount:
		return said{m.DID, "account", "", m.Active}
	case *comatproto.SyncSubscribeReposIdentity:
		return said{m.DID, "identity", "", false}
	}
	return said{}
}

// A logged is what the log of the relay says of an account in the end.
type logged struct {
	rev    syntax.TID // of the last commit or #sync
	life   int        // of the relay, when it was said
	told   bool       // whether there was an #account
	active bool       // what the last one has said
}

// readLog reads the log of the relay from its beginning, and holds it against what must
// be: seqs rise, within one life of the relay the revs of an account rise, and the
// witness has seen all of it, as it is.
func (s *System) readLog(ctx context.Context) (map[syntax.DID]*logged, error) {
	entries, err := s.log.Read(ctx, 0, math.MaxInt32, math.MaxInt)
	if err != nil {
		return nil, err
	}
	all := map[syntax.DID]*logged{}
	last := int64(0)
	for i := range entries {
		e := &entries[i]
		if e.Seq <= last {
			s.wrongf("the log has the seq %d after %d", e.Seq, last)
		}
		last = e.Seq
		switch frame, seen := s.witness.frames[e.Seq]; {
		case !seen:
			s.wrongf("the witness has not seen the seq %d of %s", e.Seq, e.DID)
			continue
		case !bytes.Equal(frame, e.Frame):
			s.wrongf("the witness has seen something else with the seq %d of %s", e.Seq, e.DID)
			continue
		}
		s.follow(all, e.Seq, s.witness.said[e.Seq])
	}
	return all, nil
}

// follow notes what an event says, after those before it.
func (s *System) follow(all map[syntax.DID]*logged, seq int64, e said) {
	a := all[e.did]
	if a == nil {
		a = &logged{}
		all[e.did] = a
	}
	life := s.lifeOf(seq)
	switch e.kind {
	case "account":
		a.told, a.active = true, e.active
	case "commit", "sync":
		if life == a.life && (e.rev < a.rev || e.kind == "commit" && e.rev == a.rev) {
			s.wrongf("%s: the rev %s of the #%s with the seq %d comes after %s", e.did, e.rev, e.kind, seq, a.rev)
		}
		a.rev, a.life = e.rev, life
	}
}

// Sent returns what a subscriber of the relay was sent of an account, in the order of
// the seqs: the kind of each event with its rev, or with whether the account is active.
func (s *System) Sent(did syntax.DID) (all []string) {
	s.witness.mu.Lock()
	defer s.witness.mu.Unlock()
	for _, seq := range slices.Sorted(maps.Keys(s.witness.said)) {
		e := s.witness.said[seq]
		if e.did != did {
			continue
		}
		text := strings.TrimSpace(e.kind + " " + string(e.rev))
		if e.kind == "account" {
			text = fmt.Sprintf("account %t", e.active)
		}
		all = append(all, text)
	}
	return all
}

// Strangers returns of which accounts besides some the subscriber was sent anything.
func (s *System) Strangers(known ...syntax.DID) (all []syntax.DID) {
	s.witness.mu.Lock()
	defer s.witness.mu.Unlock()
	for _, e := range s.witness.said {
		if !slices.Contains(known, e.did) {
			all = append(all, e.did)
		}
	}
	return all
}

// Rejected returns what the relay has counted that it did not pass on, by reason.
func (s *System) Rejected() map[string]int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[string]int64{}
	for reason, n := range s.relay.Overview().Rejected {
		all[string(reason)] = n
	}
	return all
}

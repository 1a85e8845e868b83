package networktest

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// A stage has two hosts, three accounts and a follower, who is heard.
type stage struct {
	world             *World
	follower          *Follower
	alice, bob, carol *Account // bob is where alice is, carol is elsewhere

	mu    sync.Mutex
	heard map[syntax.DID][]string
}

// onStage runs a test in a bubble.
func onStage(t *testing.T, seed Chance, test func(t *testing.T, s *stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w, err := NewWorld(t.Context(), seed, 2)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		s := &stage{world: w, follower: NewFollower(w, NewTrace(true)), heard: map[syntax.DID][]string{}}
		s.follower.Heard = func(_ *Host, did syntax.DID, said string) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.heard[did] = append(s.heard[did], said)
		}
		defer s.follower.Close()
		ctx, stop := context.WithCancel(t.Context())
		var wait sync.WaitGroup
		wait.Go(func() {
			if err := s.follower.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		defer wait.Wait()
		defer stop()
		for i, a := range []**Account{&s.alice, &s.bob, &s.carol} {
			*a, err = w.Hosts[i/2].CreateAccount(ctx, []string{"alice", "bob", "carol"}[i])
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Second)
		}
		test(t, s)
		if t.Failed() {
			t.Log(s.follower.Trace.Text())
		}
	})
}

// since returns what was heard of an account, and forgets it.
func (s *stage) since(a *Account) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	said := strings.Join(s.heard[a.DID], "; ")
	delete(s.heard, a.DID)
	return said
}

// write has an account write, and waits until that has come.
func (s *stage) write(t *testing.T, a *Account, key syntax.RecordKey) string {
	t.Helper()
	s.since(a)
	if err := a.Home.Write(t.Context(), a, Create(key, "of "+string(key))); err != nil {
		t.Fatal(err)
	}
	time.Sleep(20 * time.Second)
	return s.since(a)
}

// agree holds what the follower believes of an account against its host.
func agree(t *testing.T, f System, a *Account) {
	t.Helper()
	if err := Compare(t.Context(), f, a); err != nil {
		t.Error(err)
	}
}

// Each of these tests has a host do each thing of a table wrong once. The bad event is
// refused, ignored, a gap or nothing at all, as the table says; the good one after it is
// taken, and so are the next ones of that account, of another one of the host, and of
// one at another host. In the end the follower has the records of all three. The fault
// has happened, and was counted.

func TestWrongCommits_SN03_SN05_SN30_SN31_SN32_SN33_SN34_SN35_SN36_SN37_SN38_SN70(t *testing.T) {
	t.Parallel()
	eachOf(t, commitTable)
}

func TestWrongBlocks_SN34_SN37_SN38(t *testing.T) {
	t.Parallel()
	eachOf(t, fileTable)
}

func TestWrongEvents_SN06_SN07_SN31_SN33_SN34_SN35_SN38_SN39_SN53_SN70(t *testing.T) {
	t.Parallel()
	eachOf(t, eventTable)
}

func TestWrongFrames_ES03_ES04_ES06_ES08_ES12_SN05(t *testing.T) {
	t.Parallel()
	eachOf(t, frameTable)
}

func TestBadConnections_ES03_ES11_ES12_ES15_SN41(t *testing.T) {
	t.Parallel()
	eachOf(t, connectionTable)
}

func eachOf(t *testing.T, table []misbehaviour) {
	t.Helper()
	for _, entry := range table {
		m := entry.is
		t.Run(strings.ReplaceAll(entry.name+" "+entry.ids, " ", "_"), func(t *testing.T) {
			t.Parallel()
			onStage(t, Chance(m)+1, func(t *testing.T, s *stage) { s.misbehave(t, m) })
		})
	}
}

// What is no verdict, and yet counted: messages that could not be read, and how often
// the connection was made anew.
var (
	unread = map[Misbehaviour]string{
		MalformedPayload: "broken #commit", IncompletePayload: "broken #commit", TrailingBytes: "broken #identity",
		MalformedHeaderKept: "broken ", OversizeFrameKept: "broken ", SeqFallsKept: "broken #identity", SeqNegativeKept: "broken #identity",
	}
	anew = map[Misbehaviour]int{
		MalformedHeader: 1, TextInsteadOfHeader: 1, OversizeFrame: 1, SeqRepeated: 1, SeqFalls: 1, SeqZero: 1, SeqNegative: 1, SeqTooLarge: 1,
		MalformedHeaderKept: 1, OversizeFrameKept: 1, SeqFallsKept: 1, SeqNegativeKept: 1, SeqLeavesGap: 1, ErrorFrame: 1, FutureCursorFrame: 1, CutInsideFrame: 1, EndInsideFrame: 1, CutBeforeFrame: 1,
	}
)

func (s *stage) misbehave(t *testing.T, m Misbehaviour) {
	t.Helper()
	s.write(t, s.alice, "before")
	if err := s.world.Hosts[0].Misbehave(t.Context(), m, s.alice); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Minute)
	first, rest, _ := strings.Cut(s.since(s.alice), "; ")
	if first != "accepted" || rest != m.Want() {
		t.Errorf("the good event before: %s\nfrom the bad one on: %s\nwant:                %s", first, rest, m.Want())
	}
	if n := s.world.Net.Faults.All()[m.String()]; n != 1 {
		t.Errorf("it has happened %d times", n)
	}
	for _, a := range []*Account{s.alice, s.bob, s.carol} {
		if got := s.write(t, a, "after"); got != "accepted" {
			t.Errorf("%s, next: %s", a.Handle, got)
		}
		agree(t, s.follower, a)
	}
	counts := s.follower.Counts.All()
	for said := range strings.SplitSeq(m.Want(), "; ") {
		if counts[said] == 0 {
			t.Errorf("%s is not counted: %v", said, counts)
		}
	}
	if broken := unread[m]; broken != "" && counts[broken] != 1 {
		t.Errorf("%s was not counted: %v", broken, counts)
	}
	if n := s.world.Hosts[0].Calls.All()["subscribeRepos"]; n != 1+anew[m] {
		t.Errorf("there were %d connections, want %d", n, 1+anew[m])
	}
}

// TestEveryMisbehaviourHasAnEntry proves that the tables have all.
func TestEveryMisbehaviourHasAnEntry(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, m := range Misbehaviours() {
		names[m.String()] = true
		if m.IDs() == "" || m.Want() == "" || m.entry().do == nil {
			t.Errorf("%s has no entry, or none that is complete", m)
		}
	}
	if len(names) != len(Misbehaviours()) {
		t.Errorf("%d names for %d misbehaviours", len(names), len(Misbehaviours()))
	}
}

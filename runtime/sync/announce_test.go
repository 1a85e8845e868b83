package sync_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	stdsync "sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// kinds are the types of events, with what they say of a status or handle.
func kinds(events []lex.Object) string {
	var all []string
	for _, e := range events {
		switch e := e.(type) {
		case *comatproto.SyncSubscribeReposCommit:
			all = append(all, "#commit")
		case *comatproto.SyncSubscribeReposSync:
			all = append(all, "#sync")
		case *comatproto.SyncSubscribeReposIdentity:
			all = append(all, strings.TrimSpace("#identity "+string(e.Handle.Or(""))))
		case *comatproto.SyncSubscribeReposAccount:
			all = append(all, strings.TrimSpace(fmt.Sprintf("#account %t %s", e.Active, e.Status.Or(""))))
		}
	}
	return strings.Join(all, ", ")
}

// A life is that of an account, as its server announces it to a strict follower.
type life struct {
	*world

	t    *testing.T
	log  *sync.Log
	said []string
}

// announces appends events, which are those that are wanted, and has them followed.
func (l *life) announces(want string, events []lex.Object, err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
	if got := kinds(events); got != want {
		l.t.Errorf("it announces %s, want %s", got, want)
	}
	last, err := l.log.AppendAll(l.t.Context(), events...)
	if err != nil {
		l.t.Fatal(err)
	}
	for i, e := range events {
		if seq, _ := lex.IntegerOf(e, "seq"); seq != last-int64(len(events)-1-i) {
			l.t.Errorf("the seq of the %dth is %d, and that of the last one %d", i, seq, last)
		}
		l.said = append(l.said, l.follow(l.t, e))
	}
}

// commit is the last one of the repository.
func (l *life) commit() *repo.Commit {
	l.t.Helper()
	change, err := l.writer.Apply(l.t.Context())
	if err != nil {
		l.t.Fatal(err)
	}
	e, err := sync.CommitEvent(change, l.clock)
	if err != nil {
		l.t.Fatal(err)
	}
	r, err := repo.OpenCAR(e.Blocks, repo.Identity{DID: l.did, Key: l.key.PublicKey()}, repo.VerifyOptions{})
	if err != nil {
		l.t.Fatal(err)
	}
	return r.Commit()
}

// TestTheLifeOfAnAccount announces that an account is created, renamed, left, active again,
// moved to another server and deleted. A strict follower accepts each event.
func TestTheLifeOfAnAccount_SN20_SN21_SN22_SN23_SN24(t *testing.T) {
	t.Parallel()
	log, err := sync.OpenLog(t.Context(), &sync.MemoryLog{})
	if err != nil {
		t.Fatal(err)
	}
	l := &life{world: newWorld(t), t: t, log: log}
	change, err := l.writer.Init(t.Context(), l.did)
	if err != nil {
		t.Fatal(err)
	}
	created, err := sync.CreationEvents(change, "alice.example.com", l.clock)
	l.announces("#identity alice.example.com, #account true, #commit, #sync", created, err)
	l.announces("#identity", []lex.Object{sync.IdentityEvent(l.did, syntax.HandleInvalid, l.clock)}, nil)
	l.announces("#identity new.example.com", []lex.Object{sync.IdentityEvent(l.did, "new.example.com", l.clock)}, nil)
	l.announces("#account false deactivated", []lex.Object{sync.AccountEvent(l.did, false, sync.StatusDeactivated, l.clock)}, nil)
	back, err := sync.ActivationEvents(l.commit(), "new.example.com", l.clock)
	l.announces("#account true, #identity new.example.com, #sync", back, err)

	l.announces("#account false deactivated", []lex.Object{sync.AccountEvent(l.did, false, sync.StatusDeactivated, l.clock)}, nil)
	l.key = newKey(t, 9) // at the new server, with a key that it has made
	l.writer = repo.NewWriter(l.store, l.key, repo.WriterOptions{Clock: syntax.NewTIDClock(syntax.TIDClockOptions{Now: func() time.Time { return l.clock }})})
	const elsewhere = "https://other.example.com"
	l.lives(t, &identity.Identity{DID: l.did, Handle: "new.example.com", SigningKey: l.key.PublicKey(), PDS: elsewhere}, true)
	l.verifier.Host = elsewhere
	moved, err := sync.ActivationEvents(l.commit(), "new.example.com", l.clock)
	l.announces("#account true, #identity new.example.com, #sync", moved, err)

	deletion := sync.AccountEvent(l.did, false, sync.StatusDeleted, l.clock)
	l.announces("#account false deleted", []lex.Object{deletion}, nil)
	if err := log.Erase(t.Context(), deletion); err != nil {
		t.Fatal(err)
	}
	want := slices.Repeat([]string{"accepted"}, len(l.said))
	want[3] = "ignored unchanged"                              // the #sync behind the first commit says nothing new
	want[9], want[13] = "accepted, resync", "accepted, resync" // of commits that nobody was told of
	if diff := cmp.Diff(want, l.said); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	entries, _, err := log.Next(t.Context(), 0)
	if err != nil || len(entries) != 1 || entries[0].Seq != deletion.Seq {
		t.Errorf("%d are left: %v", len(entries), err)
	}
}

// TestEventsAreAppendedTogether_ES08 has many announce several events each at a time: those of
// each stand one behind another. With one that is none, none of them does.
func TestEventsAreAppendedTogether_ES08(t *testing.T) {
	t.Parallel()
	log, err := sync.OpenLog(t.Context(), &sync.MemoryLog{})
	if err != nil {
		t.Fatal(err)
	}
	together := func(did syntax.DID, n int) []lex.Object {
		var all []lex.Object
		for range n {
			all = append(all, sync.AccountEvent(did, true, "", noon))
		}
		return all
	}
	const writers, times, each = 8, 50, 5
	var wait stdsync.WaitGroup
	for i := range writers {
		wait.Go(func() {
			for range times {
				if _, err := log.AppendAll(t.Context(), together(syntax.DID(fmt.Sprintf("did:web:w%d.example.com", i)), each)...); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	var all []sync.Entry
	err = log.Follow(t.Context(), 0, func(e sync.Entry) error {
		if all = append(all, e); len(all) == writers*times*each {
			return errCrash
		}
		return nil
	})
	if !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	for i, e := range all {
		if first := all[i/each*each]; e.DID != first.DID || e.Seq != int64(i+1) {
			t.Fatalf("the %dth is %d of %s, among those of %s", i, e.Seq, e.DID, first.DID)
		}
	}
	before := log.Window().Latest
	for name, events := range map[string][]lex.Object{
		"none": nil, "too many": together(alice, 17), "one that is none": append(together(alice, 2), &comatproto.SyncSubscribeReposInfo{Name: "x"}),
		"one that is invalid": append(together(alice, 2), &comatproto.SyncSubscribeReposAccount{DID: alice}),
	} {
		if last, err := log.AppendAll(t.Context(), events...); err == nil || last != 0 {
			t.Errorf("%s: %d", name, last)
		}
	}
	if now := log.Window().Latest; now != before {
		t.Errorf("%d were appended", now-before)
	}
}

package networktest

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/lex"
	events "github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// told returns what a host sends behind a seq, in a few words.
func told(t *testing.T, w *World, h *Host, after int64) string {
	t.Helper()
	var all []string
	if after == h.Log().Window().Latest {
		return ""
	}
	params := &comatproto.SyncSubscribeReposParams{Cursor: lex.Some(after)}
	for m, err := range comatproto.SyncSubscribeRepos.Subscribe(t.Context(), w.Client("reader", h.Origin()), params) {
		if err != nil {
			t.Fatal(err)
		}
		name := xrpc.FrameName(comatproto.SyncSubscribeRepos.NSID, m.LexType())
		if m, ok := m.(*comatproto.SyncSubscribeReposAccount); ok {
			name += " " + m.Status.Or("active")
		}
		all = append(all, name)
		if seq, _ := lex.IntegerOf(m, "seq"); seq == h.Log().Window().Latest {
			break
		}
	}
	return strings.Join(all, ", ")
}

// TestLives has each change of an account, and what its host, and the one that it moves
// to, tell of it.
func TestLives(t *testing.T) {
	t.Parallel()
	onStage(t, 1, func(t *testing.T, s *stage) {
		here, there := s.world.Hosts[0], s.world.Hosts[1]
		ctx := t.Context()
		for _, c := range []struct {
			name        string
			do          func() error
			here, there string
		}{
			{"a new account", func() error { _, err := here.CreateAccount(ctx, "dan"); return err }, "#identity, #account active, #commit, #sync", ""},
			{"a write", func() error { return here.Write(ctx, s.alice, Create("a", "one")) }, "#commit", ""},
			{"an import", func() error { return here.Import(ctx, s.alice, Create("b", "two")) }, "#sync", ""},
			{"another handle", func() error { return here.Rename(ctx, s.alice, "other.example.com") }, "#identity", ""},
			{"another key", func() error { return here.RotateKey(ctx, s.alice, false) }, "#identity, #commit", ""},
			{"another key, silently", func() error { return here.RotateKey(ctx, s.alice, true) }, "#commit", ""},
			{"a takedown", func() error { return here.SetStatus(ctx, s.alice, "takendown") }, "#account takendown", ""},
			{"the end of it", func() error { return here.SetStatus(ctx, s.alice, "") }, "#account active, #sync", ""},
			{"a migration", func() error { return here.Migrate(ctx, s.alice, there, true) }, "#account deactivated", "#identity, #account active, #sync"},
			{"a migration back", func() error { return there.Migrate(ctx, s.alice, here, false) }, "#identity, #account active, #commit", "#account deactivated"},
		} {
			before, beforeThere := here.Log().Window().Latest, there.Log().Window().Latest
			if err := c.do(); err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			if got, gotThere := told(t, s.world, here, before), told(t, s.world, there, beforeThere); got != c.here || gotThere != c.there {
				t.Errorf("%s: %s; at the other host: %s", c.name, got, gotThere)
			}
			time.Sleep(30 * time.Second)
			agree(t, s.follower, s.alice)
		}
	})
}

// TestADeletedAccountLeavesTheLog has one whose older events are removed.
func TestADeletedAccountLeavesTheLog(t *testing.T) {
	t.Parallel()
	onStage(t, 1, func(t *testing.T, s *stage) {
		here, ctx := s.world.Hosts[0], t.Context()
		s.write(t, s.alice, "a")
		if err := here.DeleteAccount(ctx, s.alice); err != nil {
			t.Fatal(err)
		}
		time.Sleep(30 * time.Second)
		agree(t, s.follower, s.alice)
		if got := strings.Count(told(t, s.world, here, 0), "#account deleted"); got != 1 {
			t.Errorf("%d deletions", got)
		}
		entries, err := here.store.Read(ctx, 0, 1000, math.MaxInt)
		if err != nil {
			t.Fatal(err)
		}
		kept := 0
		for _, e := range entries {
			if e.DID == s.alice.DID {
				kept++
			}
		}
		if kept != 1 {
			t.Errorf("%d events of a deleted account are kept", kept)
		}
	})
}

// TestLostEvents has a host that crashes and loses the end of its log. It begins again
// well above, and who follows it gets all.
func TestLostEvents_ES08_ES14(t *testing.T) {
	t.Parallel()
	onStage(t, 1, func(t *testing.T, s *stage) {
		pds := s.world.Hosts[0]
		for i := range 5 {
			s.write(t, s.alice, syntax.RecordKey(fmt.Sprintf("key%d", i)))
		}
		latest := pds.Log().Window().Latest
		// One more, of which nobody hears.
		s.world.Net.Stall(pds.Name, time.Minute)
		if err := pds.Write(t.Context(), s.alice, Create("lost", "lost")); err != nil {
			t.Fatal(err)
		}
		affected := pds.Crash(t.Context(), 3)
		if pds.Up() || len(affected) != 1 || affected[0] != s.alice.DID {
			t.Fatal(pds.Up(), affected)
		}
		time.Sleep(10 * time.Second)
		if err := errors.Join(pds.Start(t.Context()), pds.Reannounce(t.Context(), s.alice.DID)); err != nil {
			t.Fatal(err)
		}
		if now := pds.Log().Window().Latest; now < latest+reseat {
			t.Errorf("it goes on at %d after %d", now, latest)
		}
		time.Sleep(2 * time.Minute)
		agree(t, s.follower, s.alice)
		if got := s.write(t, s.alice, "next"); got != "accepted" {
			t.Error(got)
		}
	})
}

// TestALyingHostIsNotForgiven has a host whose seqs leap once, so that its own cursor is
// ahead of it later. Nobody but an operator takes that back (ES-12).
func TestALyingHostIsNotForgiven_ES12(t *testing.T) {
	t.Parallel()
	onStage(t, 1, func(t *testing.T, s *stage) {
		pds := s.world.Hosts[0]
		if err := lied(leap)(&forgery{ctx: t.Context(), name: "leap", host: pds, account: s.alice, writes: writesOf(Create("a", "one"))}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		s.since(s.alice)
		if got := s.write(t, s.alice, "b"); got != "" {
			t.Errorf("who was lied to goes on: %s", got)
		}
		if got := s.write(t, s.carol, "c"); got != "accepted" {
			t.Errorf("another host: %s", got)
		}
		if !strings.Contains(s.follower.Trace.Text(), "FutureCursor") {
			t.Error("the host does not say that the cursor is ahead")
		}
		if err := s.follower.views[0].cursor.SetCursor(t.Context(), 0); err != nil { // the operator
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		agree(t, s.follower, s.alice)
	})
}

// TestListRepos reads the list of accounts one by one.
func TestListRepos(t *testing.T) {
	t.Parallel()
	onStage(t, 1, func(t *testing.T, s *stage) {
		client := s.world.Client("program", s.world.Hosts[0].Origin())
		var listed []syntax.DID
		for cursor, more := "", true; more; {
			page, err := comatproto.SyncListRepos.Call(t.Context(), client, &comatproto.SyncListReposParams{Limit: lex.Some(int64(1)), Cursor: lex.Some(cursor)})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range page.Repos {
				latest, err := comatproto.SyncGetLatestCommit.Call(t.Context(), client, &comatproto.SyncGetLatestCommitParams{DID: r.DID})
				if err != nil || latest.Rev != r.Rev || latest.CID != r.Head {
					t.Errorf("%+v, and the latest is %+v, %v", r, latest, err)
				}
				listed = append(listed, r.DID)
			}
			cursor, more = page.Cursor.Get()
		}
		if len(listed) != 2 {
			t.Errorf("listed: %v", listed)
		}
	})
}

// TestEndpoints asks a host what relays and programs ask.
func TestEndpoints(t *testing.T) {
	t.Parallel()
	onStage(t, 1, func(t *testing.T, s *stage) {
		pds := s.world.Hosts[0]
		client := s.world.Client("program", pds.Origin())
		s.write(t, s.alice, "a")
		if _, err := comatproto.ServerDescribeServer.Call(t.Context(), client, nil); err != nil {
			t.Error(err)
		}
		record, err := comatproto.RepoGetRecord.Call(t.Context(), client, &comatproto.RepoGetRecordParams{
			Repo: syntax.AtIdentifier(s.alice.DID), Collection: Posts, Rkey: "a",
		})
		if err != nil || record.CID.Or("") == "" {
			t.Errorf("%+v, %v", record, err)
		}
		if err := pds.SetStatus(t.Context(), s.alice, "takendown"); err != nil {
			t.Fatal(err)
		}
		status, err := comatproto.SyncGetRepoStatus.Call(t.Context(), client, &comatproto.SyncGetRepoStatusParams{DID: s.alice.DID})
		if err != nil || status.Active || status.Status.Or("") != "takendown" {
			t.Errorf("%+v, %v", status, err)
		}
		_, err = comatproto.SyncGetRepo.Call(t.Context(), client, &comatproto.SyncGetRepoParams{DID: s.alice.DID})
		if !errors.Is(err, comatproto.SyncGetRepoErrRepoTakendown) {
			t.Error(err)
		}
		_, err = comatproto.SyncGetRepoStatus.Call(t.Context(), client, &comatproto.SyncGetRepoStatusParams{DID: s.carol.DID})
		if !errors.Is(err, comatproto.SyncGetRepoStatusErrRepoNotFound) {
			t.Error(err)
		}
	})
}

// leap is the frame of an event of a seq that is far ahead.
func leap(e events.Entry) [][]byte { return [][]byte{identityFrame(e.Seq + 1_000_000), e.Frame} }

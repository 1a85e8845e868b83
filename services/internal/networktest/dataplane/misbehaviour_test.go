package dataplane_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/internal/networktest"
	"github.com/lexgen/lexgen/services/internal/networktest/dataplane"
)

// TestTheRelayPassesNothingWrongOn has a host do each thing of the tables wrong once. The
// relay counts the bad event with its reason, and what its subscribers are sent is what
// they would be without it: the good events, and a #sync where only that is proved. Then
// the next events of the account, of another one of the host, and of one at another host
// pass, and the indexer has the records of all three.
func TestTheRelayPassesNothingWrongOn_SN30_SN31_SN33_SN34_SN35_SN36_SN37_SN38_SN39_SN53_SN55(t *testing.T) {
	t.Parallel()
	for _, m := range networktest.Misbehaviours() {
		t.Run(strings.ReplaceAll(m.String()+" "+m.IDs(), " ", "_"), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { misbehave(t, m) })
		})
	}
}

// rejects is what the relay counts, by reason, where that is not what the table says of a
// consumer: it gets past what is no event, and counts that.
var rejects = map[networktest.Misbehaviour]string{
	networktest.UnknownAccount: "no-identity:1", networktest.Flood: "no-identity:700",
	networktest.InactiveAccount:  "old-rev:1 unchanged:1", // it has asked the host, which says that it is active
	networktest.MalformedPayload: "frame:1", networktest.IncompletePayload: "frame:1", networktest.TrailingBytes: "frame:1",
	networktest.MalformedHeader: "frame:1", networktest.TextInsteadOfHeader: "frame:1", networktest.MalformedHeaderKept: "frame:1",
	networktest.OversizeFrame: "oversize:1", networktest.OversizeFrameKept: "oversize:1",
	networktest.SeqRepeated: "seq:2", networktest.SeqFalls: "seq:1", networktest.SeqZero: "seq:1", networktest.SeqNegative: "seq:1",
	networktest.SeqTooLarge: "seq:1", networktest.SeqFallsKept: "seq:1", networktest.SeqNegativeKept: "seq:1",
}

// passes is what a subscriber is sent of the account, where it is not the good commit
// before the bad event and the one behind it.
var passes = map[networktest.Misbehaviour]string{
	networktest.Fork: "commit, sync", networktest.WrongSince: "commit, sync",
	networktest.SilentRotation:     "commit, commit, commit",                                                                      //nolint:dupword // there are so many
	networktest.DocumentWithoutKey: "commit, identity, identity, sync", networktest.Tombstone: "commit, identity, identity, sync", //nolint:dupword // two
	networktest.InactiveAccount:          "commit, account, account, commit, account", //nolint:dupword // two
	networktest.AccountWithStrangeStatus: "commit, account, commit",
	networktest.IdentityOfForeignHost:    "commit, identity, commit",
	networktest.FutureCursorFrame:        "commit", // until somebody asks for the host
}

// expected are the rejections that a misbehaviour leads to.
func expected(m networktest.Misbehaviour) string {
	if text, ok := rejects[m]; ok {
		return text
	}
	counts := map[string]int64{}
	for said := range strings.SplitSeq(m.Want(), "; ") {
		words := strings.Fields(strings.ReplaceAll(said, ",", ""))
		if words[0] != "accepted" {
			counts[words[1]]++
		}
	}
	return textOf(counts)
}

func textOf(counts map[string]int64) string {
	var all []string
	for _, reason := range slices.Sorted(maps.Keys(counts)) {
		all = append(all, fmt.Sprintf("%s:%d", reason, counts[reason]))
	}
	return strings.Join(all, " ")
}

// kinds are those of events.
func kinds(sent []string) string {
	var all []string
	for _, text := range sent {
		kind, _, _ := strings.Cut(text, " ")
		all = append(all, kind)
	}
	return strings.Join(all, ", ")
}

func misbehave(t *testing.T, m networktest.Misbehaviour) {
	t.Helper()
	w, err := networktest.NewWorld(t.Context(), networktest.Chance(m)+1, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	s, err := dataplane.New(w, networktest.NewTrace(true))
	if err != nil {
		t.Fatal(err)
	}
	s.CalmDown()
	ctx, stop := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	wait.Go(func() {
		if err := s.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	defer wait.Wait()
	defer stop()
	var all []*networktest.Account
	for i, name := range []string{"alice", "bob", "carol"} {
		a, err := w.Hosts[i/2].CreateAccount(ctx, name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, a)
		time.Sleep(time.Minute)
	}
	alice := all[0]
	before, rejected := s.Sent(alice.DID), s.Rejected()
	if err := w.Hosts[0].Misbehave(ctx, m, alice); err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * time.Minute)
	want, special := passes[m]
	if !special {
		want = "commit, commit"
	}
	if got := kinds(s.Sent(alice.DID)[len(before):]); got != want {
		t.Errorf("a subscriber was sent %s, want %s", got, want)
	}
	if got, want := textOf(difference(rejected, s.Rejected())), expected(m); got != want {
		t.Errorf("the relay has counted %q, want %q", got, want)
	}
	if m == networktest.FutureCursorFrame {
		if err := s.Crawl(ctx, w.Hosts[0]); err != nil {
			t.Fatal(err)
		}
	}
	for i, a := range all {
		next(t, s, a, syntax.RecordKey(fmt.Sprintf("after%d", i)), m == networktest.Fork && a == alice)
	}
	if strangers := s.Strangers(all[0].DID, all[1].DID, all[2].DID); len(strangers) > 0 {
		t.Errorf("a subscriber was sent events of %v", strangers)
	}
}

// next has an account write, which passes. After a fork it follows on the tree that
// nobody was told of.
func next(t *testing.T, s *dataplane.System, a *networktest.Account, key syntax.RecordKey, forked bool) {
	t.Helper()
	time.Sleep(time.Minute)
	sent := len(s.Sent(a.DID))
	if err := a.Home.Write(t.Context(), a, networktest.Create(key, "after")); err != nil {
		t.Fatal(err)
	}
	time.Sleep(20 * time.Minute)
	r, err := a.Repo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := "commit " + string(r.Rev())
	if forked {
		want = "sync " + string(r.Rev())
	}
	if got := strings.Join(s.Sent(a.DID)[sent:], "; "); got != want {
		t.Errorf("%s, next: %s, want %s", a.Handle, got, want)
	}
	if err := networktest.Compare(t.Context(), s, a); err != nil {
		t.Error(err)
	}
}

// difference is by how much counts have grown.
func difference(before, after map[string]int64) map[string]int64 {
	more := map[string]int64{}
	for reason, n := range after {
		if n > before[reason] {
			more[reason] = n - before[reason]
		}
	}
	return more
}

package sync_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
)

type commit = comatproto.SyncSubscribeReposCommit

// TestBadCommitsAreRefused has one event that is wrong in each way. It is refused or
// ignored for the reason that counts, and the good one that it was made from is taken
// after it, as is the next one.
func TestBadCommitsAreRefused_SN03_SN05_SN34_SN35_SN37_SN38(t *testing.T) {
	t.Parallel()
	other := lex.Link{CID: cid.Sum(cid.DagCBOR, []byte("other"))}
	for name, c := range map[string]struct {
		edit func(*commit)
		want string
	}{
		"another account":             {func(e *commit) { e.Repo = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa" }, "ignored no-identity"},
		"another rev":                 {func(e *commit) { e.Rev = "3mzzzzzzzzz22" }, "refused future-rev"},
		"a rev in between":            {func(e *commit) { e.Rev = e.Rev[:12] + "7" }, "refused mismatch"},
		"a rev that is none":          {func(e *commit) { e.Rev = "x" }, "refused malformed"},
		"a rev with the highest bit":  {func(e *commit) { e.Rev = "zzzzzzzzzzzzz" }, "refused malformed"},
		"another commit":              {func(e *commit) { e.Commit = other }, "refused mismatch"},
		"no blocks":                   {func(e *commit) { e.Blocks = nil }, "refused malformed"},
		"a bit of the commit":         {func(e *commit) { e.Blocks[150] ^= 1 }, "refused malformed"},
		"a bit of the last record":    {func(e *commit) { e.Blocks[len(e.Blocks)-1] ^= 1 }, "refused malformed"},
		"blocks that are cut":         {func(e *commit) { e.Blocks = e.Blocks[:len(e.Blocks)-1] }, "refused malformed"},
		"blocks that are too long":    {func(e *commit) { e.Blocks = make([]byte, repo.MaxBlocks+1) }, "refused malformed"},
		"another tree before":         {func(e *commit) { e.PrevData = lex.Some(other) }, "refused operations"},
		"no tree before":              {func(e *commit) { e.PrevData = lex.Opt[lex.Link]{} }, "refused operations"},
		"an operation is left out":    {func(e *commit) { e.Ops = e.Ops[1:] }, "refused operations"},
		"all operations are left out": {func(e *commit) { e.Ops = e.Ops[:0] }, "refused operations"},
		"an operation is made up": {func(e *commit) {
			e.Ops = append(e.Ops, &comatproto.SyncSubscribeReposRepoOp{Action: "delete", Path: "com.example.post/zzz", Prev: lex.Some(other)})
		}, "refused operations"},
		"an operation is there twice":  {func(e *commit) { e.Ops = append(e.Ops, e.Ops[0]) }, "refused operations"},
		"another path":                 {func(e *commit) { e.Ops[0].Path = "com.example.post/zzz" }, "refused operations"},
		"a path that is none":          {func(e *commit) { e.Ops[0].Path = "post" }, "refused malformed"},
		"another action":               {func(e *commit) { e.Ops[0].Action = "update" }, "refused operations"},
		"an action that is none":       {func(e *commit) { e.Ops[0].Action = "move" }, "refused operations"},
		"another record":               {func(e *commit) { e.Ops[0].CID = lex.Some(other) }, "refused malformed"},
		"no record":                    {func(e *commit) { e.Ops[0].CID = lex.Opt[lex.Link]{} }, "refused operations"},
		"too many operations":          {func(e *commit) { e.Ops = append(e.Ops, make([]*comatproto.SyncSubscribeReposRepoOp, repo.MaxOps)...) }, "refused malformed"},
		"a DID that is none":           {func(e *commit) { e.Repo = "alice" }, "refused malformed"},
		"a time that is none (SN-02)":  {func(e *commit) { e.Time = "noon" }, "refused malformed"},
		"flags that are deprecated":    {func(e *commit) { e.Rebase, e.TooBig = true, true }, "accepted"}, //nolint:staticcheck // others set them
		"a member that is not known":   {func(e *commit) { e.Extra = lex.Extra{"more": true} }, "accepted"},
		"the rev before is not known":  {func(e *commit) { e.Since = lex.Some(e.Rev[:12] + "2") }, "refused malformed"},
		"the rev before is not before": {func(e *commit) { e.Since = lex.Some(e.Rev) }, "refused malformed"},
	} {
		w := newWorld(t)
		first, good := w.post(t, "a", "b"), w.post(t, "c", "d")
		next := w.post(t, "e")
		bad := edited(good, c.edit)
		got := []string{w.follow(t, first), w.follow(t, bad), w.follow(t, good), w.follow(t, next)}
		want := []string{"accepted", c.want, "accepted", "accepted"}
		if c.want == "accepted" {
			want[2] = "ignored old-rev"
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestGaps has events of which some are missing. What follows is a gap until there is
// a #sync.
func TestGaps_SN36_SN39(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var events []*commit
	for i := range 6 {
		events = append(events, w.post(t, keyOf(i)))
	}
	var got []string
	for _, e := range []lex.Object{
		events[0], events[1], events[1], events[0], // again, and an older one
		events[3], events[2], events[4], // the third is missing
		w.synced(t, events[4]), w.synced(t, events[4]), w.synced(t, events[1]), events[5],
	} {
		got = append(got, w.follow(t, e))
	}
	want := []string{
		"accepted", "accepted", "ignored old-rev", "ignored old-rev",
		"gap since, resync", "gap desynchronized, resync", "gap desynchronized, resync",
		"accepted, resync", "ignored unchanged", "ignored old-rev", "accepted",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestAnotherTreeIsAGap has a commit that follows on the rev that is known, and on a
// tree that is not.
func TestAnotherTreeIsAGap_SN36(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, second := w.post(t, "a"), w.post(t, "b")
	if got := w.follow(t, first); got != "accepted" {
		t.Fatal(got)
	}
	a, err := w.accounts.Account(t.Context(), alice)
	if err != nil {
		t.Fatal(err)
	}
	a.Data = cid.Sum(cid.DagCBOR, nil)
	if err := w.accounts.SetAccount(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if got := w.follow(t, second); got != "gap prev-data, resync" {
		t.Error(got)
	}
}

// TestEmptyCommitsAreTaken has one for a new key (SN-10).
func TestEmptyCommitsAreTaken_SN10(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if got := []string{w.follow(t, w.post(t)), w.follow(t, w.post(t)), w.follow(t, w.post(t, "a"))}; strings.Join(got, ",") != "accepted,accepted,accepted" {
		t.Error(got)
	}
}

// TestSyncs has a #sync that is wrong in each way.
func TestSyncs_SN06_SN34_SN39(t *testing.T) {
	t.Parallel()
	type event = comatproto.SyncSubscribeReposSync
	for name, c := range map[string]struct {
		edit func(*event)
		want string
	}{
		"good":                {func(*event) {}, "accepted, resync"},
		"another account":     {func(e *event) { e.DID = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa" }, "ignored no-identity"},
		"another rev":         {func(e *event) { e.Rev = e.Rev[:12] + "7" }, "refused mismatch"},
		"a rev of the future": {func(e *event) { e.Rev = "3zzzzzzzzzz22" }, "refused future-rev"},
		"an old rev":          {func(e *event) { e.Rev = "3jzfcijpj2z2a" }, "ignored old-rev"},
		"a rev that is none":  {func(e *event) { e.Rev = "" }, "refused malformed"},
		"no blocks":           {func(e *event) { e.Blocks = nil }, "refused malformed"},
		"a bit":               {func(e *event) { e.Blocks[100] ^= 1 }, "refused malformed"},
		"too long":            {func(e *event) { e.Blocks = make([]byte, sync.MaxSync+1) }, "refused malformed"},
	} {
		w := newWorld(t)
		first := w.post(t, "a")
		good := w.synced(t, w.post(t, "b"))
		bad := *good
		bad.Blocks = append(lex.Bytes(nil), good.Blocks...)
		c.edit(&bad)
		if got := []string{w.follow(t, first), w.follow(t, &bad)}; got[0] != "accepted" || got[1] != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	// The first that is heard of an account.
	w := newWorld(t)
	e := w.synced(t, w.post(t, "a"))
	if got := []string{w.follow(t, e), w.follow(t, w.post(t, "b"))}; got[0] != "accepted, resync" || got[1] != "accepted" {
		t.Error(got)
	}
}

// TestASecondCommitOfARev_SN35_SN39 has an account sign two commits with one rev. The second
// one is not applied; announced as a #sync it has the repository fetched anew, and a commit
// that follows on it leaves a gap.
func TestASecondCommitOfARev_SN35_SN39(t *testing.T) {
	t.Parallel()
	w, fork := newWorld(t), newWorld(t)
	first, second := w.post(t, "a"), fork.post(t, "b")
	if first.Rev != second.Rev || first.Commit == second.Commit {
		t.Fatalf("%s and %s are no fork", first.Rev, second.Rev)
	}
	next := fork.post(t, "c")
	for _, c := range []struct {
		event lex.Object
		want  string
	}{
		{first, "accepted"},
		{second, "ignored old-rev"},
		{next, "gap prev-data, resync"},
	} {
		if got := w.follow(t, c.event); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	other := newWorld(t)
	if got := []string{other.follow(t, first), other.follow(t, fork.synced(t, second))}; got[0] != "accepted" || got[1] != "accepted, resync" {
		t.Errorf("%q", got)
	}
}

// TestIdentities has what the DID document says, as it is remembered and as it is now,
// and what is said of an event with a good signature of the key 1.
func TestIdentities_SN30_SN31_SN33(t *testing.T) {
	t.Parallel()
	one, two := newKey(t, 1).PublicKey(), newKey(t, 2).PublicKey()
	at := func(key byte, pds string) *identity.Identity {
		id := &identity.Identity{DID: alice, PDS: pds}
		switch key {
		case 1:
			id.SigningKey = one
		case 2:
			id.SigningKey = two
		}
		return id
	}
	for name, c := range map[string]struct {
		old, now *identity.Identity
		relay    bool
		want     string
		asked    string
	}{
		"as it was":                {at(1, home), at(1, home), false, "accepted", "look up"},
		"the key has changed to 1": {at(2, home), at(1, home), false, "accepted", "look up, refresh"},
		"the key is another":       {at(2, home), at(2, home), false, "refused signature", "look up, refresh"},
		"the key changes away":     {at(1, home), at(2, home), false, "accepted", "look up"},
		"it has moved here":        {at(1, away), at(1, home), false, "accepted", "look up, refresh"},
		"it is elsewhere":          {at(1, away), at(1, away), false, "refused foreign-host", "look up, refresh"},
		"elsewhere, by a relay":    {at(1, away), at(1, away), true, "accepted", "look up"},
		"no key":                   {at(0, home), at(0, home), false, "ignored no-key-or-pds", "look up, refresh"},
		"a key by now":             {at(0, home), at(1, home), false, "accepted", "look up, refresh"},
		"no server":                {at(1, ""), at(1, ""), false, "ignored no-key-or-pds", "look up, refresh"},
		"a tombstone":              {nil, nil, false, "ignored no-identity", "look up"},
	} {
		w := newWorld(t)
		e := w.post(t, "a")
		w.directory.old = map[syntax.DID]*identity.Identity{}
		w.directory.now = map[syntax.DID]*identity.Identity{}
		if c.old != nil {
			w.directory.old[alice], w.directory.now[alice] = c.old, c.now
		}
		if c.relay {
			w.verifier.Host = ""
		}
		got := w.follow(t, e)
		if asked := strings.Join(w.directory.asked, ", "); got != c.want || asked != c.asked {
			t.Errorf("%s: %s, asked %q; want %s, %q", name, got, asked, c.want, c.asked)
		}
	}
}

// TestWhatIsNotAvailableIsNoVerdict has a directory that does not answer.
func TestWhatIsNotAvailableIsNoVerdict(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.post(t, "a")
	w.directory.err = &identity.Error{Name: string(alice), Reason: "nobody answers", Err: identity.ErrUnavailable}
	r, err := w.verifier.Verify(t.Context(), e)
	if r != nil || !errors.Is(err, identity.ErrUnavailable) {
		t.Errorf("%+v, %v", r, err)
	}
	w.directory.err = nil
	if got := w.follow(t, e); got != "accepted" {
		t.Error(got)
	}
}

// TestWhatStaysUnavailable has a directory that has not answered for so long that nobody
// waits any more. A deletion that cannot be verified is not missed: it leaves a gap.
func TestWhatStaysUnavailable_SN32_SN36(t *testing.T) {
	t.Parallel()
	down := errors.New("nobody answers")
	w := newWorld(t)
	first := w.post(t, "a")
	for name, c := range map[string]struct {
		event lex.Object
		want  string
	}{
		"a commit":   {w.post(t, "b"), "gap unavailable, true"},
		"a sync":     {w.synced(t, w.post(t, "c")), "gap unavailable, true"},
		"a status":   {w.says(false, "deleted"), "gap unavailable, true"},
		"a new name": {&comatproto.SyncSubscribeReposIdentity{Seq: 1, DID: alice, Time: "2026-06-01T12:00:00Z"}, "ignored unavailable, false"},
	} {
		w.accounts = sync.MemoryAccounts{}
		if got := w.follow(t, first); got != "accepted" {
			t.Fatal(got)
		}
		r, err := w.verifier.Unavailable(t.Context(), c.event, down)
		if err != nil || !errors.Is(r.Err, down) {
			t.Errorf("%s: %+v, %v", name, r, err)
			continue
		}
		got := fmt.Sprintf("%s %s, %t", r.Verdict, r.Reason, r.Resync)
		if desynced := r.Account != nil && r.Account.Desynchronized && r.Account.Active; got != c.want || desynced != r.Resync {
			t.Errorf("%s: %s, %+v", name, got, r.Account)
		}
	}
}

// TestAccountsThatAreNotActive has what the server says of an account, and what
// becomes of commits then.
func TestAccountsThatAreNotActive_SN08_SN09_SN32_SN53_SN70_SN73(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var got []string
	say := func(active bool, status string) { got = append(got, w.follow(t, w.says(active, status))) }
	post := func(key string) { got = append(got, w.follow(t, w.post(t, syntax.RecordKey(key)))) }
	post("a")
	say(false, "deactivated")
	post("b")
	say(true, "")
	post("c") // b was missed
	say(true, "throttled")
	got = append(got, w.follow(t, w.synced(t, w.post(t, "d"))))
	post("e")
	say(false, "something new")
	post("f")
	want := []string{
		"accepted", "accepted", "ignored inactive", "accepted", "gap since, resync", "accepted",
		"accepted, resync", "accepted", "accepted", "ignored inactive",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	a, err := w.accounts.Account(t.Context(), alice)
	if err != nil || a.Active || a.Status != "something new" || a.Rev == "" {
		t.Errorf("%+v, %v", a, err)
	}
	// Another server says that it is active.
	w.verifier.Host = away
	if got := w.follow(t, w.says(true, "")); got != "refused foreign-host" {
		t.Error(got)
	}
	// The DID has ended.
	w.lives(t, nil, true)
	w.directory.now[alice], w.directory.old[alice] = nil, nil
	if got := []string{w.follow(t, w.says(true, "")), w.follow(t, w.says(false, "deactivated"))}; got[0] != "ignored no-identity" || got[1] != "accepted" {
		t.Error(got)
	}
	if a, err := w.accounts.Account(t.Context(), alice); err != nil || a.Status != "deleted" {
		t.Errorf("%+v, %v", a, err)
	}
}

// TestAWebServerThatHasNoDocument has what the server of an account says when its did:web leads
// nowhere: that may be for a moment, and the account is what is said.
func TestAWebServerThatHasNoDocument_SN73(t *testing.T) {
	t.Parallel()
	const did syntax.DID = "did:web:alice.example.com"
	for _, status := range []string{"deactivated", "deleted"} {
		w := newWorldOf(t, did, 1)
		w.directory.now[did], w.directory.old[did] = nil, nil
		e := w.says(false, status)
		e.DID = did
		got := w.follow(t, e)
		if a, err := w.accounts.Account(t.Context(), did); err != nil || got != "accepted" || a.Active || a.Status != status {
			t.Errorf("%s: %s, %+v, %v", status, got, a, err)
		}
	}
}

// TestIdentityEventsPurge has a hint from any host.
func TestIdentityEventsPurge_SN07(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.verifier.Host = away
	got := w.follow(t, &comatproto.SyncSubscribeReposIdentity{Seq: 1, DID: alice, Time: "2026-06-01T12:00:00Z"})
	if asked := strings.Join(w.directory.asked, ", "); got != "accepted" || asked != "purge "+string(alice) {
		t.Error(got, asked)
	}
}

// TestOtherMessagesAreIgnored has those that are no events of accounts.
func TestOtherMessagesAreIgnored_ES04(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, m := range []lex.Object{&comatproto.SyncSubscribeReposInfo{Name: "OutdatedCursor"}, &lex.UnknownObject{Type: "com.example.x"}} {
		if got := w.follow(t, m); got != "ignored unknown-type" {
			t.Errorf("%v: %s", m, got)
		}
	}
	if r, err := w.verifier.Verify(t.Context(), nil); err != nil || r.Reason != sync.ReasonUnknownType {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestRevsOfTheFuture has a clock of the server that is ahead.
func TestRevsOfTheFuture_SN35(t *testing.T) {
	t.Parallel()
	for lead, want := range map[time.Duration]string{5 * time.Minute: "accepted", 5*time.Minute + time.Millisecond: "refused future-rev"} {
		w := newWorld(t)
		e := w.post(t, "a")
		w.clock = w.clock.Add(-lead)
		if got := w.follow(t, e); got != want {
			t.Errorf("%v ahead: %s", lead, got)
		}
	}
}

// TestRelaysSpeakForOthers has an account event of a relay, for which nobody is asked.
func TestRelaysSpeakForOthers_SN08(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.verifier.Host = ""
	if got := w.follow(t, w.says(false, "takendown")); got != "accepted" || len(w.directory.asked) != 0 {
		t.Error(got, w.directory.asked)
	}
}

// TestResultsOwnTheirTexts has events whose texts are parts of a large frame, and one that
// names no account: what is remembered of them keeps no frame in memory.
func TestResultsOwnTheirTexts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.post(t, "a")
	frame := strings.Repeat("x", 1<<20) + string(e.Repo) + string(e.Rev)
	did, rev := frame[1<<20:1<<20+len(e.Repo)], frame[1<<20+len(e.Repo):]
	within := func(text string) bool {
		at, from := uintptr(unsafe.Pointer(unsafe.StringData(text))), uintptr(unsafe.Pointer(unsafe.StringData(frame)))
		return at >= from && at < from+uintptr(len(frame))
	}
	if e.Repo, e.Rev = syntax.DID(did), syntax.TID(rev); !within(string(e.Repo)) {
		t.Fatal("the event is no part of the frame")
	}
	r, err := w.verifier.Verify(t.Context(), e)
	if err != nil || r.Verdict != sync.Accepted || r.DID != alice {
		t.Fatalf("%+v: %v", r, err)
	}
	if within(string(r.DID)) || within(string(r.Account.DID)) || within(string(r.Account.Rev)) {
		t.Error("what is remembered is a part of the frame")
	}
	bad := edited(e, func(e *comatproto.SyncSubscribeReposCommit) { e.Repo = syntax.DID("did:" + frame) })
	if r, err := w.verifier.Verify(t.Context(), bad); err != nil || r.Verdict != sync.Refused || r.Reason != sync.ReasonMalformed || r.DID != "" {
		t.Errorf("%s %s of %d bytes: %v", r.Verdict, r.Reason, len(r.DID), err)
	}
}

package sync_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/sync"
)

var anotherTree = lex.Link{CID: cid.Sum(cid.DagCBOR, []byte("another tree"))}

// TestLeniencies has one event for each fault, what is said of it when everything is
// demanded, and when only that fault, or all others, are passed over.
func TestLeniencies_SN58(t *testing.T) {
	t.Parallel()
	all := sync.Leniency{NoPrevData: true, PrevData: true, Since: true, Operations: true, ForeignHost: true}
	for name, c := range map[string]faulty{
		"no tree before": {
			edit: func(e *commit) { e.PrevData = lex.Opt[lex.Link]{} },
			only: func(l *sync.Leniency) { l.NoPrevData = true }, others: func(l *sync.Leniency) { l.NoPrevData = false },
			strict: "refused operations", lenient: "accepted no-prev-data",
		},
		"another tree before": {
			known: func(a *sync.Account) { a.Data = anotherTree.CID },
			only:  func(l *sync.Leniency) { l.PrevData = true }, others: func(l *sync.Leniency) { l.PrevData = false },
			strict: "gap prev-data, resync", lenient: "accepted prev-data",
		},
		"another rev before": {
			known: func(a *sync.Account) { a.Rev = "3jzfcijpj2z2a" },
			only:  func(l *sync.Leniency) { l.Since = true }, others: func(l *sync.Leniency) { l.Since = false },
			strict: "gap since, resync", lenient: "accepted since",
		},
		"an operation that is left out": {
			edit: func(e *commit) { e.Ops = e.Ops[1:] },
			only: func(l *sync.Leniency) { l.Operations = true }, others: func(l *sync.Leniency) { l.Operations = false },
			strict: "refused operations", lenient: "accepted operations",
		},
		"another server": {
			pds:  away,
			only: func(l *sync.Leniency) { l.ForeignHost = true }, others: func(l *sync.Leniency) { l.ForeignHost = false },
			strict: "refused foreign-host", lenient: "accepted foreign-host",
		},
	} {
		for which, leniency := range map[string]sync.Leniency{"strict": {}, "only": {}, "others": all} {
			want := c.strict
			switch which {
			case "only":
				c.only(&leniency)
				want = c.lenient
			case "others":
				c.others(&leniency)
			}
			if got := c.follow(t, leniency); got != want {
				t.Errorf("%s, %s: %q, want %q", name, which, got, want)
			}
		}
	}
}

// faulty is a commit with a fault: in itself, in what is known before it, or in where
// the account is.
type faulty struct {
	edit            func(*commit)
	known           func(*sync.Account)
	pds             string
	only, others    func(*sync.Leniency) // sets it, or takes it out of all
	strict, lenient string
}

func (f faulty) follow(t *testing.T, leniency sync.Leniency) string {
	t.Helper()
	w := newWorld(t)
	first, second := w.post(t, "a", "b"), w.post(t, "c", "d")
	if got := w.follow(t, first); got != "accepted" {
		t.Fatal(got)
	}
	w.verifier.Lenient = leniency
	if f.pds != "" {
		w.lives(t, &identity.Identity{DID: alice, SigningKey: w.key.PublicKey(), PDS: f.pds}, true)
	}
	if f.known != nil {
		a, err := w.accounts.Account(t.Context(), alice)
		if err != nil {
			t.Fatal(err)
		}
		f.known(a)
		if err := w.accounts.SetAccount(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	if f.edit != nil {
		second = edited(second, f.edit)
	}
	return w.follow(t, second)
}

// TestLeniencyHasLimits has events that are refused whatever is passed over: what they
// claim is not so.
func TestLeniencyHasLimits_SN58_SN33_SN34_SN35_SN37(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edit func(*commit)
		want string
	}{
		"a record that is not in the tree": {func(e *commit) {
			e.Ops = append(e.Ops, &comatproto.SyncSubscribeReposRepoOp{Action: "create", Path: "com.example.post/zzz", CID: lex.Some(anotherTree)})
		}, "refused operations"},
		"another record":                   {func(e *commit) { e.Ops[0].CID = lex.Some(anotherTree) }, "refused operations"},
		"a deletion of what is there":      {func(e *commit) { e.Ops[0].Action, e.Ops[0].CID = "delete", lex.Opt[lex.Link]{} }, "refused operations"},
		"an operation that is there twice": {func(e *commit) { e.Ops = append(e.Ops, e.Ops[0]) }, "refused operations"},
		"another rev":                      {func(e *commit) { e.Rev = e.Rev[:12] + "7" }, "refused mismatch"},
		"another commit":                   {func(e *commit) { e.Commit = anotherTree }, "refused mismatch"},
		"a rev before that is not before":  {func(e *commit) { e.Since = lex.Some(e.Rev) }, "refused malformed"},
		"a signature":                      {func(e *commit) { e.Blocks[150] ^= 1 }, "refused malformed"},
	} {
		w := newWorld(t)
		first, second := w.post(t, "a", "b"), w.post(t, "c", "d")
		w.follow(t, first)
		w.verifier.Lenient = sync.Leniency{NoPrevData: true, PrevData: true, Since: true, Operations: true, ForeignHost: true}
		bad := edited(second, func(e *commit) {
			e.PrevData = lex.Opt[lex.Link]{}
			c.edit(e)
		})
		if got := w.follow(t, bad); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if got := w.follow(t, second); got != "accepted" {
			t.Errorf("the good one after %s: %q", name, got)
		}
	}
}

// TestWhatIsPassedOverIsTold has an event with several faults, all of which are named.
func TestWhatIsPassedOverIsTold_SN58(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.follow(t, w.post(t, "a"))
	missed, third := w.post(t, "b"), w.post(t, "c", "d")
	w.verifier.Lenient = sync.Leniency{PrevData: true, Since: true, Operations: true}
	r, err := w.verifier.Verify(t.Context(), edited(third, func(e *commit) { e.Ops = e.Ops[:1] }))
	if err != nil {
		t.Fatal(err)
	}
	if r.Verdict != sync.Accepted || r.Reason != sync.ReasonOperations || !errors.Is(r.Err, repo.ErrOperation) || r.Resync {
		t.Errorf("%+v", r)
	}
	if got := len(r.RecordEvents()); got != 1 || r.Account.Rev != third.Rev {
		t.Errorf("%d records, and the rev is %s", got, r.Account.Rev)
	}
	if text := r.Err.Error(); !containsAll(text, string(missed.Rev), "tree") {
		t.Errorf("%s", text)
	}
}

func containsAll(text string, parts ...string) bool {
	for _, p := range parts {
		if !strings.Contains(text, p) {
			return false
		}
	}
	return true
}

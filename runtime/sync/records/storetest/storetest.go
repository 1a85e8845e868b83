// Package storetest has the tests that every [records.Store] must pass.
package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/sync/records"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// Open returns a new, empty store, and reopen, which closes it and opens what it has
// kept, as after the end of a process; nil for one that keeps nothing.
type Open func(t *testing.T) (store records.Store, reopen func() records.Store)

// Run runs all tests.
func Run(t *testing.T, open Open) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, *subject){
		"Repo":         testRepo,
		"Add":          testAdd,
		"Conflict":     testConflict,
		"Records":      testRecords,
		"Pages":        testPages,
		"Queue":        testQueue,
		"Order":        testOrder,
		"Events":       testEvents,
		"Drop":         testDrop,
		"AllOrNothing": testAllOrNothing,
		"Forget":       testForget,
		"Schedule":     testSchedule,
		"Restart":      testRestart,
		"Resync":       testResync,
		"Settings":     testSettings,
		"Nothing":      testNothing,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &subject{t: t}
			s.Store, s.reopen = open(t)
			test(t, s)
		})
	}
}

// subject is a store under test. Reading goes through a store that was opened again.
type subject struct {
	records.Store

	t      *testing.T
	reopen func() records.Store
}

func (s *subject) again() {
	if s.reopen != nil {
		s.Store = s.reopen()
	}
}

const (
	alice syntax.DID = "did:web:alice.example.com"
	bob   syntax.DID = "did:web:bob.example.com"
	carol syntax.DID = "did:web:carol.example.com"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 123456000, time.UTC)

func named(text string) cid.CID { return cid.Sum(cid.DagCBOR, []byte(text)) }

func (s *subject) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// repo returns what is kept of an account, or a new one.
func (s *subject) repo(did syntax.DID) records.Repo {
	s.t.Helper()
	r, err := s.Repo(s.t.Context(), did)
	s.must(err)
	if r == nil {
		return records.Repo{DID: did, Active: true}
	}
	return *r
}

// change changes an account, with what edit adds to nothing.
func (s *subject) change(did syntax.DID, edit func(*records.Change)) {
	s.t.Helper()
	c := &records.Change{Repo: s.repo(did)}
	edit(c)
	s.must(s.Change(s.t.Context(), c))
}

// is compares two values.
func (s *subject) is(got, want any) {
	s.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Errorf("(-want +got):\n%s", diff)
	}
}

// has compares the records of an account behind a path.
func (s *subject) has(did syntax.DID, after string, limit int, want string) {
	s.t.Helper()
	s.again()
	entries, err := s.Records(s.t.Context(), did, after, limit)
	s.must(err)
	var got []string
	for _, e := range entries {
		got = append(got, e.Path)
		if e.CID != named(e.Path) && e.CID != named("new "+e.Path) {
			s.t.Errorf("%s has the CID %s", e.Path, e.CID)
		}
	}
	s.is(strings.Join(got, " "), want)
}

func entries(paths ...string) []records.Entry {
	all := make([]records.Entry, len(paths))
	for i, p := range paths {
		all[i] = records.Entry{Path: p, CID: named(p)}
	}
	return all
}

func testRepo(t *testing.T, s *subject) {
	want := records.Repo{
		DID: alice, State: records.InProgress, Rev: "3jzfcijpj2z2a", Data: named("data"), Want: "3jzfcijpj2z2b", Active: true, Status: "throttled",
		Handle: "alice.example.com", Host: "https://pds.example.com", Epoch: 7, Attempts: 3, Reason: "signature", Next: noon, Queued: 4, QueuedBytes: 1 << 40,
		QueuedRev: "3jzfcijpj2z2c",
	}
	s.must(s.Change(t.Context(), &records.Change{Repo: want}))
	s.again()
	got := s.repo(alice)
	want.Version = 1
	s.is(got, want)
	got.State, got.Data, got.Active, got.Next, got.Queued = records.Synchronized, cid.CID{}, false, time.Time{}, 0
	s.must(s.Change(t.Context(), &records.Change{Repo: got}))
	s.again()
	got.Version = 2
	s.is(s.repo(alice), got)
	counts, err := s.Counts(t.Context())
	s.must(err)
	s.is(counts, map[records.State]int64{records.Synchronized: 1})
}

func testAdd(t *testing.T, s *subject) {
	s.change(alice, func(c *records.Change) { c.Repo.Rev = "3jzfcijpj2z2a" })
	added, err := s.Add(t.Context(), []records.Repo{
		{DID: alice, Active: true}, {DID: bob, Active: true, Next: noon}, {DID: carol, Status: "deactivated"}, {DID: bob},
	})
	s.must(err)
	s.again()
	s.is(added, 2)
	s.is(s.repo(alice).Rev, syntax.TID("3jzfcijpj2z2a"))
	s.is(s.repo(bob), records.Repo{DID: bob, Active: true, Next: noon, Version: 1})
	s.is(s.repo(carol), records.Repo{DID: carol, Status: "deactivated", Version: 1})
	added, err = s.Add(t.Context(), nil)
	s.must(err)
	s.is(added, 0)
}

func testConflict(t *testing.T, s *subject) {
	s.change(alice, func(c *records.Change) { c.Records = entries("a/1") })
	old := s.repo(alice)
	s.change(alice, func(*records.Change) {})
	later := s.repo(alice)
	later.Version++
	for _, r := range []records.Repo{old, later, {DID: alice}, {DID: bob, Version: 1}} {
		for _, forget := range []bool{false, true} {
			c := &records.Change{
				Repo: r, Forget: forget, Clear: true, Records: entries("a/2"), Events: []records.Event{recordEvent("a/2")},
				Enqueue: &records.Queued{Rev: "3jzfcijpj2z2a"},
			}
			if err := s.Change(t.Context(), c); !errors.Is(err, records.ErrConflict) {
				t.Errorf("version %d of %s, forget %v: %v", r.Version, r.DID, forget, err)
			}
		}
	}
	s.has(alice, "", 10, "a/1")
	refs, err := s.Waiting(t.Context(), 0, 10)
	s.must(err)
	queued, err := s.Queue(t.Context(), alice, 10)
	s.must(err)
	if len(refs) > 0 || len(queued) > 0 {
		t.Errorf("%v, %v", refs, queued)
	}
}

func testRecords(_ *testing.T, s *subject) {
	s.change(alice, func(c *records.Change) { c.Records = entries("a/b", "a/a", "a/B", "a/_", "a/~", "b/a", "a/a-") })
	s.change(bob, func(c *records.Change) { c.Records = entries("a/c") })
	s.has(alice, "", 10, "a/B a/_ a/a a/a- a/b a/~ b/a") // by bytes
	s.has(alice, "a/a", 2, "a/a- a/b")
	s.has(alice, "a/aa", 2, "a/b a/~")
	s.has(alice, "b/a", 2, "")
	s.has(bob, "", 10, "a/c")
	s.change(alice, func(c *records.Change) {
		c.Records = append(entries("a/c"), records.Entry{Path: "a/a"}, records.Entry{Path: "a/none"}, records.Entry{Path: "a/b", CID: named("new a/b")})
	})
	s.has(alice, "", 10, "a/B a/_ a/a- a/b a/c a/~ b/a")
	s.change(alice, func(c *records.Change) { // the last one counts
		c.Records = []records.Entry{{Path: "x/1", CID: named("x/1")}, {Path: "x/1"}, {Path: "x/2"}, {Path: "x/2", CID: named("x/2")}}
	})
	s.has(alice, "a/~", 10, "b/a x/2")
	s.change(alice, func(c *records.Change) { c.Clear, c.Records = true, entries("z/1") })
	s.has(alice, "", 10, "z/1")
	s.has(bob, "", 10, "a/c")
}

func testPages(_ *testing.T, s *subject) {
	const count = 2500
	var paths []string
	for i := range count {
		paths = append(paths, fmt.Sprintf("a/%06d", i))
	}
	for page := range slices.Chunk(paths, 700) {
		s.change(alice, func(c *records.Change) { c.Records = entries(page...) })
	}
	s.again()
	var got []string
	after := ""
	for {
		page, err := s.Records(s.t.Context(), alice, after, 300)
		s.must(err)
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			got = append(got, e.Path)
		}
		after = got[len(got)-1]
	}
	s.is(got, paths)
}

func testQueue(t *testing.T, s *subject) {
	first := records.Queued{Rev: "3jzfcijpj2z2b", Since: "3jzfcijpj2z2a", PrevData: named("before"), Data: named("data"), Records: []records.RecordEvent{
		{Live: true, Rev: "3jzfcijpj2z2b", Action: repo.ActionCreate, Path: "a/1", CID: named("1"), Data: []byte("\x00\xff data")},
		{Live: true, Rev: "3jzfcijpj2z2b", Action: repo.ActionDelete, Path: "a/2"},
	}}
	second := records.Queued{Rev: "3jzfcijpj2z2c", Data: named("data 2")}
	third := records.Queued{Rev: "3jzfcijpj2z2d", Since: "3jzfcijpj2z2c", Data: named("data 3")}
	for _, q := range []*records.Queued{&second, &first, &third} {
		s.change(alice, func(c *records.Change) { c.Enqueue = q })
	}
	s.change(bob, func(c *records.Change) { c.Enqueue = &second })
	has := func(did syntax.DID, limit int, want ...records.Queued) {
		t.Helper()
		s.again()
		got, err := s.Queue(t.Context(), did, limit)
		s.must(err)
		s.is(got, append([]records.Queued(nil), want...))
	}
	has(alice, 2, first, second)
	has(alice, 9, first, second, third)
	s.change(alice, func(c *records.Change) { c.Dequeue = first.Rev })
	has(alice, 9, second, third)
	s.change(alice, func(c *records.Change) { c.Dequeue, c.Enqueue = third.Rev, &first })
	has(alice, 9, first)
	s.change(alice, func(c *records.Change) { c.Dequeue = records.AllQueued })
	has(alice, 9)
	has(bob, 9, second)
}

// testOrder has texts whose order is another one in some languages than that of their
// bytes.
func testOrder(t *testing.T, s *subject) {
	const k, y syntax.TID = "3jzfcijpj2z2k", "3jzfcijpj2z2y"
	for _, rev := range []syntax.TID{y, k} {
		s.change(alice, func(c *records.Change) {
			c.Repo.State, c.Repo.Want, c.Repo.QueuedRev, c.Enqueue = records.InProgress, k, y, &records.Queued{Rev: rev, Data: named("data")}
		})
	}
	s.change(bob, func(c *records.Change) {
		c.Repo.State, c.Repo.Want, c.Repo.QueuedRev = records.InProgress, y, k
	})
	revs := func() (all []syntax.TID) {
		s.again()
		queued, err := s.Queue(t.Context(), alice, 10)
		s.must(err)
		for _, q := range queued {
			all = append(all, q.Rev)
		}
		return all
	}
	s.is(revs(), []syntax.TID{k, y})
	s.change(alice, func(c *records.Change) { c.Dequeue = k })
	s.is(revs(), []syntax.TID{y})
	s.must(s.Restart(t.Context(), noon))
	s.again()
	s.is([]syntax.TID{s.repo(alice).Want, s.repo(bob).Want}, []syntax.TID{y, y})
	for did, host := range map[syntax.DID]string{alice: "https://a-b", bob: "https://ab", carol: "https://B"} {
		s.change(did, func(c *records.Change) { c.Repo.Host, c.Repo.Next = host, noon })
	}
	var hosts []string
	host := "https://"
	for range 4 {
		next, _, err := s.NextHost(t.Context(), host)
		s.must(err)
		hosts, host = append(hosts, next), next
	}
	s.is(hosts, []string{"https://B", "https://a-b", "https://ab", "https://B"})
}

func recordEvent(path string) records.Event {
	return records.Event{Record: &records.RecordEvent{
		Live: true, Rev: "3jzfcijpj2z2a", Action: repo.ActionUpdate, Path: path, CID: named(path), Data: []byte("data of " + path + "\x00\xff"),
	}}
}

func testEvents(t *testing.T, s *subject) {
	gone := records.Event{Record: &records.RecordEvent{Rev: "3jzfcijpj2z2a", Action: repo.ActionDelete, Path: "a/2"}}
	told := records.Event{Account: &records.AccountEvent{Handle: "alice.example.com", Active: true, Status: "throttled"}}
	ended := records.Event{Account: &records.AccountEvent{Status: records.StatusDeleted}}
	want := []records.Event{recordEvent("a/1"), gone, told, recordEvent("b/1"), ended}
	whose := []syntax.DID{alice, alice, alice, bob, alice}
	for i := range want {
		want[i].DID = whose[i]
	}
	s.change(alice, func(c *records.Change) { c.Events = want[:3] })
	s.change(bob, func(c *records.Change) { c.Events = want[3:4] })
	s.change(alice, func(c *records.Change) { c.Events = want[4:] })
	s.again()
	refs, err := s.Waiting(t.Context(), 0, 10)
	s.must(err)
	if len(refs) != len(want) {
		t.Fatal(refs)
	}
	for i, r := range refs {
		e, err := s.Event(t.Context(), r.ID)
		s.must(err)
		want[i].ID = r.ID
		s.is(e, &want[i])
		s.is(r.DID, want[i].DID)
		if i > 0 && r.ID <= refs[i-1].ID {
			t.Errorf("%d after %d", r.ID, refs[i-1].ID)
		}
	}
	some, err := s.Waiting(t.Context(), refs[0].ID, 2)
	s.must(err)
	s.is(some, refs[1:3])
	s.must(s.Acknowledge(t.Context(), []int64{refs[1].ID, refs[4].ID, 12345}))
	s.must(s.Acknowledge(t.Context(), nil))
	s.again()
	some, err = s.Waiting(t.Context(), 0, 10)
	s.must(err)
	s.is(some, []records.Ref{refs[0], refs[2], refs[3]})
	e, err := s.Event(t.Context(), refs[1].ID)
	if e != nil || err != nil {
		t.Errorf("%+v, %v", e, err)
	}
	s.change(bob, func(c *records.Change) { c.Events = []records.Event{{DID: bob, Account: &records.AccountEvent{}}} })
	s.again()
	some, err = s.Waiting(t.Context(), refs[3].ID, 10)
	s.must(err)
	if len(some) != 1 || some[0].ID <= refs[4].ID {
		t.Errorf("the ID %v after %d, which was removed, is given again", some, refs[4].ID)
	}
}

// testDrop has events dropped. What is stored of an account, and of events, is told in
// words, with a ? for a record of which it is not known what was told.
func testDrop(t *testing.T, s *subject) {
	account := func(status string) records.Event {
		return records.Event{Account: &records.AccountEvent{Status: status}}
	}
	is := func(did syntax.DID, want string) {
		t.Helper()
		s.again()
		s.is(s.told(did), want)
	}
	add := func(did syntax.DID, events ...records.Event) {
		t.Helper()
		s.change(did, func(c *records.Change) { c.Events = s.of(did, events...) })
	}
	s.change(alice, func(c *records.Change) { c.Records = entries("a/1", "a/2", "a/3") })
	add(alice, recordEvent("a/1"), account("one"), recordEvent("a/2"), account("deleted"), account("two"), recordEvent("a/4"), recordEvent("a/2"))
	add(bob, account("one"), recordEvent("a/1"))
	first, err := s.Waiting(t.Context(), 0, 10)
	s.must(err)
	dropped := func(did syntax.DID, ids []int64, edit func(c *records.Change)) {
		t.Helper()
		s.change(did, func(c *records.Change) {
			c.Dropped = []int64{12345}
			edit(c)
			t.Cleanup(func() { s.is(slices.Sorted(slices.Values(c.Dropped)), ids) })
		})
	}
	dropped(alice, nil, func(*records.Change) {})
	is(alice, "a/1 a/2 a/3: a/1 one a/2 deleted two a/4 a/2")
	dropped(alice, []int64{first[1].ID, first[4].ID}, func(c *records.Change) { c.Drop, c.Events = records.DropStatus, s.of(alice, account("three")) })
	is(alice, "a/1 a/2 a/3: a/1 a/2 deleted a/4 a/2 three")
	dropped(carol, nil, func(c *records.Change) { c.Drop, c.Events = records.DropAll, s.of(carol, account("one")) })
	is(carol, ": one")
	var all []int64
	refs, err := s.Waiting(t.Context(), 0, 10)
	s.must(err)
	for _, r := range refs {
		if r.DID == alice && r.ID != first[3].ID {
			all = append(all, r.ID)
		}
	}
	dropped(alice, all, func(c *records.Change) {
		c.Drop, c.Events, c.Records = records.DropAll, s.of(alice, account("four")), []records.Entry{{Path: "a/2", CID: named("new a/2")}}
	})
	is(alice, "?a/1 a/2 a/3 ?a/4: deleted four")
	add(alice, recordEvent("a/5"))
	s.change(alice, func(c *records.Change) {
		c.Clear, c.Drop, c.Events = true, records.DropAll, s.of(alice, account("deleted"))
	})
	is(alice, ": deleted")
	is(bob, ": one a/1")
	s.change(bob, func(c *records.Change) { c.Forget = true })
	is(bob, ": one a/1")
	s.change(bob, func(c *records.Change) { c.Forget, c.Clear, c.Drop = true, true, records.DropAll }) // it is not kept any more
	is(bob, ":")
	if r, err := s.Repo(t.Context(), bob); r != nil || err != nil {
		t.Errorf("%+v, %v", r, err)
	}
}

// of returns events of an account.
func (*subject) of(did syntax.DID, events ...records.Event) []records.Event {
	events = slices.Clone(events)
	for i := range events {
		events[i].DID = did
	}
	return events
}

// told returns the paths of an account, a colon, and what its events that wait are about.
func (s *subject) told(did syntax.DID) string {
	s.t.Helper()
	var words []string
	entries, err := s.Records(s.t.Context(), did, "", 100)
	s.must(err)
	for _, e := range entries {
		if e.CID == records.Untold {
			e.Path = "?" + e.Path
		}
		words = append(words, e.Path)
	}
	words = []string{strings.Join(words, " ") + ":"}
	refs, err := s.Waiting(s.t.Context(), 0, 100)
	s.must(err)
	for _, r := range refs {
		if r.DID != did {
			continue
		}
		e, err := s.Event(s.t.Context(), r.ID)
		s.must(err)
		if e.Record != nil {
			words = append(words, e.Record.Path)
		} else {
			words = append(words, e.Account.Status)
		}
	}
	return strings.Join(words, " ")
}

// testAllOrNothing has a change of everything at once.
func testAllOrNothing(t *testing.T, s *subject) {
	s.change(alice, func(c *records.Change) {
		c.Repo.Rev, c.Records, c.Events, c.Enqueue = "3jzfcijpj2z2a", entries("a/1"), []records.Event{recordEvent("a/1")}, &records.Queued{Rev: "3jzfcijpj2z2a"}
		c.Events[0].DID = alice
	})
	s.has(alice, "", 10, "a/1")
	s.is(s.repo(alice).Rev, syntax.TID("3jzfcijpj2z2a"))
	refs, err := s.Waiting(t.Context(), 0, 10)
	s.must(err)
	queued, err := s.Queue(t.Context(), alice, 10)
	s.must(err)
	s.is([]int{len(refs), len(queued)}, []int{1, 1})
}

func testForget(t *testing.T, s *subject) {
	s.change(alice, func(c *records.Change) {
		e := recordEvent("a/1")
		e.DID = alice
		c.Records, c.Events, c.Enqueue = entries("a/1"), []records.Event{e}, &records.Queued{Rev: "3jzfcijpj2z2a"}
	})
	s.change(bob, func(c *records.Change) { c.Records = entries("b/1") })
	s.change(alice, func(c *records.Change) { c.Forget = true })
	s.has(alice, "", 10, "")
	s.has(bob, "", 10, "b/1")
	r, err := s.Repo(t.Context(), alice)
	s.must(err)
	queued, err := s.Queue(t.Context(), alice, 10)
	s.must(err)
	refs, err := s.Waiting(t.Context(), 0, 10)
	s.must(err)
	if r != nil || len(queued) > 0 || len(refs) != 1 {
		t.Errorf("%+v, %v, %v", r, queued, refs)
	}
}

func testSchedule(t *testing.T, s *subject) {
	at := func(did syntax.DID, host string, state records.State, seconds int) {
		s.change(did, func(c *records.Change) {
			c.Repo.Host, c.Repo.State, c.Repo.Next = host, state, noon.Add(time.Duration(seconds)*time.Second)
		})
	}
	at("did:web:a", "https://one", records.Desynchronized, 5)
	at("did:web:b", "https://one", records.Desynchronized, 3)
	at("did:web:c", "https://two", records.Desynchronized, 9)
	at("did:web:d", "", records.Desynchronized, 7)
	at("did:web:e", "https://three", records.InProgress, 1)
	at("did:web:f", "https://four", records.Synchronized, 1)
	s.change("did:web:g", func(c *records.Change) { c.Repo.Host = "https://five" }) // not scheduled
	s.again()
	seen := map[string]bool{}
	host := ""
	for range 7 {
		next, ok, err := s.NextHost(t.Context(), host)
		s.must(err)
		if !ok || next == host {
			t.Fatalf("after %q comes %q, %v", host, next, ok)
		}
		seen[next] = true
		host = next
	}
	s.is(seen, map[string]bool{"": true, "https://one": true, "https://two": true})
	due := func(host string, want syntax.DID, seconds int) {
		t.Helper()
		did, next, err := s.Due(t.Context(), host)
		s.must(err)
		s.is(did, want)
		s.is(next, noon.Add(time.Duration(seconds)*time.Second))
	}
	due("https://one", "did:web:b", 3)
	due("https://two", "did:web:c", 9)
	due("", "did:web:d", 7)
	for _, host := range []string{"https://three", "https://five", "https://"} {
		did, next, err := s.Due(t.Context(), host)
		if did != "" || !next.IsZero() || err != nil {
			t.Errorf("%q, %v, %v", did, next, err)
		}
	}
	for _, did := range []syntax.DID{"did:web:a", "did:web:b", "did:web:d"} {
		s.change(did, func(c *records.Change) { c.Repo.State = records.InProgress })
	}
	only, ok, err := s.NextHost(t.Context(), "https://two")
	s.must(err)
	if only != "https://two" || !ok {
		t.Errorf("%q, %v", only, ok)
	}
}

func testRestart(t *testing.T, s *subject) {
	s.change(alice, func(c *records.Change) {
		c.Repo.State, c.Repo.Want, c.Repo.QueuedRev, c.Repo.Queued, c.Repo.QueuedBytes = records.InProgress, "3jzfcijpj2z2a", "3jzfcijpj2z2b", 1, 100
		c.Enqueue, c.Records = &records.Queued{Rev: "3jzfcijpj2z2b"}, entries("a/1")
	})
	s.change(bob, func(c *records.Change) {
		c.Repo.State, c.Repo.Active, c.Repo.Want = records.InProgress, false, "3jzfcijpj2z2c"
	})
	s.change(carol, func(c *records.Change) { c.Repo.State = records.Synchronized })
	s.must(s.Restart(t.Context(), noon))
	s.again()
	s.is(s.repo(alice), records.Repo{DID: alice, Active: true, Want: "3jzfcijpj2z2b", Next: noon, Version: 2})
	s.is(s.repo(bob), records.Repo{DID: bob, Want: "3jzfcijpj2z2c", Next: noon, Version: 2})
	s.is(s.repo(carol), records.Repo{DID: carol, Active: true, State: records.Synchronized, Version: 1})
	queued, err := s.Queue(t.Context(), alice, 10)
	s.must(err)
	if len(queued) > 0 {
		t.Error(queued)
	}
	s.has(alice, "", 10, "a/1")
}

func testResync(t *testing.T, s *subject) {
	s.change(alice, func(c *records.Change) { c.Repo.State, c.Repo.Rev = records.Synchronized, "3jzfcijpj2z2a" })
	s.change(bob, func(c *records.Change) { c.Repo.State, c.Repo.Active = records.Synchronized, false })
	s.change(carol, func(c *records.Change) { c.Repo.Active, c.Repo.Next = false, noon.Add(time.Hour) })
	s.must(s.Resync(t.Context(), noon))
	s.again()
	s.is(s.repo(carol), records.Repo{DID: carol, Next: noon, Version: 2})
	s.is(s.repo(alice), records.Repo{DID: alice, Active: true, Rev: "3jzfcijpj2z2a", Next: noon, Version: 2})
	s.is(s.repo(bob), records.Repo{DID: bob, Version: 2})
}

func testSettings(t *testing.T, s *subject) {
	for _, value := range []string{"", "one", "two\nlines", ""} {
		s.must(s.SetSetting(t.Context(), "name", value))
		s.must(s.SetSetting(t.Context(), "other", "x"))
		s.again()
		got, err := s.Setting(t.Context(), "name")
		s.must(err)
		s.is(got, value)
	}
}

func testNothing(t *testing.T, s *subject) {
	r, err := s.Repo(t.Context(), alice)
	s.must(err)
	_, ok, err := s.NextHost(t.Context(), "")
	s.must(err)
	did, next, err := s.Due(t.Context(), "")
	s.must(err)
	counts, err := s.Counts(t.Context())
	s.must(err)
	value, err := s.Setting(t.Context(), "x")
	s.must(err)
	if r != nil || ok || did != "" || !next.IsZero() || len(counts) > 0 || value != "" {
		t.Error(r, ok, did, next, counts, value)
	}
	s.has(alice, "", 10, "")
	s.must(s.Restart(t.Context(), noon))
	s.must(s.Resync(t.Context(), noon))
}

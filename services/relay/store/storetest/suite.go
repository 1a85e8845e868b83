// Package storetest has the tests that each store of a Relay must pass.
package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/relay/store"
)

// Open returns an empty store, and what opens it again; reopen is nil for a store that
// forgets.
type Open func(t *testing.T) (s store.Store, reopen func() store.Store)

// Run runs all tests.
func Run(t *testing.T, open Open) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, Open){
		"hosts": hosts, "accounts": accounts, "batches": batches, "collections": collections,
		"throttled": throttled, "kept": kept, "no texts": noTexts,
	} {
		t.Run(name, func(t *testing.T) { test(t, open) })
	}
}

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

func didOf(i int) syntax.DID { return syntax.DID(fmt.Sprintf("did:web:a%03d.example.com", i)) }

func hostOf(i int) store.Host {
	return store.Host{
		Name: fmt.Sprintf("h%03d.example.com", i), Seq: store.NoSeq, AccountLimit: 100, FirstSeen: noon.Add(time.Duration(i) * time.Hour),
	}
}

func accountOf(i int) store.Account {
	return store.Account{
		DID: didOf(i), Host: "h001.example.com", Rev: "3lcamirfgyk2a", Active: true,
		Head: cid.Sum(cid.DagCBOR, []byte{byte(i)}), Data: cid.Sum(cid.DagCBOR, []byte{byte(i), 1}), FirstSeen: noon.Add(time.Duration(i) * time.Second),
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func hosts(t *testing.T, open Open) {
	s, _ := open(t)
	if _, err := s.Host(t.Context(), "h001.example.com"); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
	var want []store.Host
	for i := range 7 {
		h := hostOf(i)
		h.ByAdmin, h.NoSSL, h.Trusted, h.Banned = i == 3, i == 4, i == 5, i == 6
		must(t, s.PutHost(t.Context(), h))
		want = append(want, h)
	}
	var got []store.Host
	for after := ""; ; {
		page, err := s.Hosts(t.Context(), after, 3)
		must(t, err)
		if len(page) == 0 {
			break
		}
		got, after = append(got, page...), page[len(page)-1].Name
	}
	same(t, "hosts", want, got)
	n, err := s.NewHosts(t.Context(), noon.Add(2*time.Hour))
	must(t, err)
	same(t, "new hosts but the one of the operator", int64(4), n)

	changed := want[1]
	changed.Stopped, changed.AccountLimit, changed.Seq, changed.Accounts, changed.FirstSeen = "zero \x00 byte", 5, 9, 9, noon.Add(-time.Hour)
	must(t, s.PutHost(t.Context(), changed))
	h, err := s.Host(t.Context(), changed.Name)
	must(t, err)
	if h.Stopped == "" || h.AccountLimit != 5 || h.Seq != store.NoSeq || h.Accounts != 0 || !h.FirstSeen.Equal(want[1].FirstSeen) {
		t.Errorf("%+v", h)
	}
}

// noTexts asks for what no database can have: bytes that are no UTF-8, or a zero byte.
func noTexts(t *testing.T, open Open) {
	s, _ := open(t)
	must(t, s.PutHost(t.Context(), hostOf(1)))
	for _, text := range []string{"\x00", "h001.example.com\x00", "\xff", "h001\xed\xa0\x80", "did:web:a\x00"} {
		if _, err := s.Host(t.Context(), text); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the host %q: %v", text, err)
		}
		if _, err := s.Account(t.Context(), syntax.DID(text)); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the account %q: %v", text, err)
		}
		_, err := s.Hosts(t.Context(), text, 1)
		_, failed := s.Accounts(t.Context(), syntax.DID(text), 1)
		must(t, errors.Join(err, failed))
		_, err = s.InCollection(t.Context(), syntax.NSID(text), syntax.DID(text), 1)
		_, failed = s.Collections(t.Context(), syntax.DID(text), 1)
		must(t, errors.Join(err, failed))
		_, err = s.Throttled(t.Context(), text, 1)
		must(t, err)
	}
}

func accounts(t *testing.T, open Open) {
	s, _ := open(t)
	if _, err := s.Account(t.Context(), didOf(1)); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
	var b store.Batch
	for i := range 7 {
		b.Accounts = append(b.Accounts, accountOf(i))
	}
	b.Accounts[6] = store.Account{DID: didOf(6), Status: "takendown", Desynchronized: true, Takedown: true, Throttled: true, FirstSeen: noon}
	must(t, s.Commit(t.Context(), &b))
	for i := range b.Accounts {
		a, err := s.Account(t.Context(), didOf(i))
		must(t, err)
		same(t, "an account", b.Accounts[i], a)
	}
	var listed []syntax.DID
	for after := syntax.DID(""); ; {
		page, err := s.Accounts(t.Context(), after, 4)
		must(t, err)
		if len(page) == 0 {
			break
		}
		for i := range page {
			listed = append(listed, page[i].DID)
		}
		after = page[len(page)-1].DID
	}
	slices.Sort(listed)
	same(t, "those with a commit", []syntax.DID{didOf(0), didOf(1), didOf(2), didOf(3), didOf(4), didOf(5)}, listed)
}

func batches(t *testing.T, open Open) {
	s, _ := open(t)
	must(t, s.Commit(t.Context(), &store.Batch{}))
	must(t, s.PutHost(t.Context(), hostOf(1)))
	must(t, s.PutHost(t.Context(), hostOf(2)))
	one, two, nobody := hostOf(1).Name, hostOf(2).Name, "nobody.example.com"
	must(t, s.Commit(t.Context(), &store.Batch{More: map[string]int64{one: 3, two: 1, nobody: 1}, Seqs: map[string]int64{one: 7, nobody: 8}}))
	must(t, s.Commit(t.Context(), &store.Batch{More: map[string]int64{one: -1, two: 1}, Seqs: map[string]int64{one: 9}}))
	page, err := s.Hosts(t.Context(), "", 10)
	must(t, err)
	var got []string
	for _, h := range page {
		got = append(got, fmt.Sprintf("%s: %d accounts, at %d", h.Name, h.Accounts, h.Seq))
	}
	same(t, "hosts", []string{one + ": 2 accounts, at 9", two + ": 2 accounts, at -1"}, got)
}

func collections(t *testing.T, open Open) {
	s, _ := open(t)
	const posts, likes = "com.example.post", "com.example.like"
	b := store.Batch{}
	for i := range 5 {
		b.Accounts = append(b.Accounts, accountOf(i))
		b.Memberships = append(b.Memberships, store.Membership{DID: didOf(i), Collection: posts})
	}
	b.Accounts[2].Active, b.Accounts[3].Takedown = false, true
	b.Memberships = append(b.Memberships, store.Membership{DID: didOf(0), Collection: likes}, store.Membership{DID: didOf(0), Collection: likes})
	must(t, s.Commit(t.Context(), &b))
	must(t, s.Commit(t.Context(), &b)) // it is there already
	list := func(collection syntax.NSID) []syntax.DID {
		all := []syntax.DID{}
		for after := syntax.DID(""); ; {
			page, err := s.InCollection(t.Context(), collection, after, 2)
			must(t, err)
			if len(page) == 0 {
				slices.Sort(all)
				return all
			}
			all, after = append(all, page...), page[len(page)-1]
		}
	}
	same(t, "posts", []syntax.DID{didOf(0), didOf(1), didOf(4)}, list(posts))
	of := func(i, limit int) []syntax.NSID {
		all, err := s.Collections(t.Context(), didOf(i), limit)
		must(t, err)
		slices.Sort(all)
		return append([]syntax.NSID{}, all...)
	}
	same(t, "those of an account", []syntax.NSID{likes, posts}, of(0, 10))
	same(t, "one of an account", 1, len(of(0, 1)))
	same(t, "those of nobody", []syntax.NSID{}, of(9, 10))
	must(t, s.Commit(t.Context(), &store.Batch{
		Forgotten: []syntax.DID{didOf(0), didOf(1)}, Memberships: []store.Membership{{DID: didOf(1), Collection: likes}},
	}))
	same(t, "posts", []syntax.DID{didOf(4)}, list(posts))
	same(t, "likes", []syntax.DID{didOf(1)}, list(likes))
	same(t, "none", []syntax.DID{}, list("com.example.none"))
	same(t, "those that came after all were forgotten", []syntax.NSID{likes}, of(1, 10))
}

func throttled(t *testing.T, open Open) {
	s, _ := open(t)
	b := store.Batch{}
	for i := range 6 {
		a := accountOf(i)
		a.Throttled, a.FirstSeen = i != 2, noon.Add(-time.Duration(i)*time.Second)
		if i == 4 {
			a.Host = "h002.example.com"
		}
		b.Accounts = append(b.Accounts, a)
	}
	must(t, s.Commit(t.Context(), &b))
	page, err := s.Throttled(t.Context(), "h001.example.com", 3)
	must(t, err)
	var got []syntax.DID
	for i := range page {
		got = append(got, page[i].DID)
	}
	same(t, "the first that were seen", []syntax.DID{didOf(5), didOf(3), didOf(1)}, got)
	for host, want := range map[string]int64{"h001.example.com": 4, "h002.example.com": 1, "h003.example.com": 0} {
		n, err := s.CountThrottled(t.Context(), host)
		must(t, err)
		same(t, "how many there are at "+host, want, n)
	}
}

func kept(t *testing.T, open Open) {
	s, reopen := open(t)
	if reopen == nil {
		t.Skip("it forgets")
	}
	must(t, s.PutHost(t.Context(), hostOf(1)))
	must(t, s.Commit(t.Context(), &store.Batch{Accounts: []store.Account{accountOf(1)}, Seqs: map[string]int64{hostOf(1).Name: 7}}))
	s = reopen()
	h, err := s.Host(t.Context(), hostOf(1).Name)
	must(t, err)
	a, err := s.Account(t.Context(), didOf(1))
	must(t, err)
	same(t, "the account", accountOf(1), a)
	same(t, "the seq", int64(7), h.Seq)
}

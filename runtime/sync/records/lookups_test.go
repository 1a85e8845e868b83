package records_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/sync/records"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// hanging is a directory in which look-ups of some did:web take their time and fail: all of
// them, or those that are to be made anew, while the account is said to be somewhere.
type hanging struct {
	*network

	at    string // where the accounts are said to be; "" if nothing is said
	now   int    // how many are looked up
	most  int    // at a time
	asked int
}

func (h *hanging) LookupUnnamed(ctx context.Context, did syntax.DID, fresh bool) (*identity.Identity, error) {
	if !strings.HasPrefix(string(did), "did:web:hangs") {
		return h.network.LookupUnnamed(ctx, did, fresh)
	}
	if h.at != "" && !fresh {
		return &identity.Identity{DID: did, Handle: "handle.invalid", SigningKey: keyFrom(h.t, 1).PublicKey(), PDS: h.at}, nil
	}
	h.set(func() { h.now++; h.asked++; h.most = max(h.most, h.now) })
	defer h.set(func() { h.now-- })
	if err := sleep(ctx, 3*time.Second); err != nil {
		return nil, err
	}
	return nil, &identity.Error{Name: string(did), Reason: "nobody answers", Err: identity.ErrUnavailable}
}

// TestLookUpsThatHangHoldNoPlaces has very many accounts of did:web that name a server, or
// nobody knows which, and whose look-ups take three seconds and fail: at once, or those that
// are made anew because the server does not have the account. Those of did:plc are fetched
// meanwhile, and one of did:web, too.
func TestLookUpsThatHangHoldNoPlaces_SN42(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]*hang{
		"of a server":           {host: pds, plc: 10 * time.Second, web: 10 * time.Minute},
		"of nobody knows which": {plc: 10 * time.Second, web: 10 * time.Minute},
		"that are made anew":    {host: pds, at: pds, plc: 2 * time.Minute, web: 20 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, c.test)
		})
	}
}

// A hang is where accounts are, as far as is known and as is said, and when those of both
// methods are in step at the latest.
type hang struct {
	host, at string
	plc, web time.Duration
}

func (c *hang) test(t *testing.T) {
	n, v := newNetwork(t), newView(t)
	store := &records.MemoryStore{}
	var rows []records.Repo
	add := func(did syntax.DID, next time.Time) {
		rows = append(rows, records.Repo{DID: did, Active: true, Host: c.host, Next: next})
	}
	for i := range 400 {
		add(syntax.DID(fmt.Sprintf("did:web:hangs%d.example.com", i)), time.Now())
	}
	var all []*account
	for i := range 20 {
		all = append(all, n.join(i, pds, n.some(2)...))
	}
	web := n.joinAs("did:web:alice.example.com", 1, pds, n.some(2)...)
	for _, a := range append(all, web) {
		add(a.did, time.Now().Add(time.Millisecond)) // behind all others
	}
	if _, err := store.Add(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	directory := &hanging{network: n, at: c.at}
	opts := n.options(store)
	opts.Directory, opts.Backfill = directory, records.NoBackfill
	r := v.start(opts)
	defer r.stop()
	after(c.plc)
	for _, a := range all {
		v.equals(n, a, nil)
	}
	after(c.web - c.plc)
	v.equals(n, web, nil)
	if directory.most > 16 || directory.asked < 400 {
		t.Errorf("%d look-ups, %d at a time", directory.asked, directory.most)
	}
}

// TestAWebAccountOfABusyServer has a server with many accounts that are to be fetched, and
// one of did:web whose turn is the first: it does not lose it to the others because it is
// looked up before it has a place.
func TestAWebAccountOfABusyServer_SN42(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		store := &records.MemoryStore{}
		web := n.joinAs("did:web:alice.example.com", 1, pds, n.some(2)...)
		rows := []records.Repo{{DID: web.did, Active: true, Host: pds, Next: time.Now()}}
		for i := range 200 {
			a := n.join(i, pds, n.some(1)...)
			rows = append(rows, records.Repo{DID: a.did, Active: true, Host: pds, Next: time.Now().Add(time.Millisecond)})
		}
		if _, err := store.Add(t.Context(), rows); err != nil {
			t.Fatal(err)
		}
		n.getRepo = func(origin string, _ syntax.DID, _ []byte) (io.Reader, error) {
			if origin != relay {
				time.Sleep(2 * time.Second)
			}
			return nil, errAsUsual
		}
		opts := n.options(store)
		opts.Directory, opts.Backfill = &later{network: n, takes: 100 * time.Millisecond}, records.NoBackfill
		r := v.start(opts)
		defer r.stop()
		after(12 * time.Second)
		v.equals(n, web, nil)
		if got := n.fetches(pds); got < 10 || got > 14 {
			t.Errorf("%d fetches", got)
		}
		if got := n.atATime(pds); got != 2 {
			t.Errorf("%d at a time", got)
		}
	})
}

// later is a directory in which look-ups of did:web take a time.
type later struct {
	*network

	takes time.Duration
}

func (l *later) LookupUnnamed(ctx context.Context, did syntax.DID, fresh bool) (*identity.Identity, error) {
	if strings.HasPrefix(string(did), "did:web:") {
		if err := sleep(ctx, l.takes); err != nil {
			return nil, err
		}
	}
	return l.network.LookupUnnamed(ctx, did, fresh)
}

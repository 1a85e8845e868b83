package lexicon_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lexgen/lexgen/runtime/lexicon"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// revMap are Revs in memory.
type revMap struct {
	mu   sync.Mutex
	revs map[syntax.DID]syntax.TID
}

func (m *revMap) Newest(did syntax.DID) syntax.TID {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.revs[did]
}

func (m *revMap) Proved(did syntax.DID, rev syntax.TID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.revs[did] = max(m.revs[did], rev)
}

// TestRevsOutlastAResolver_RE44 has another resolver with the same Revs refuse what is
// older than the first one saw, of whatever record, and that there is none, too.
func TestRevsOutlastAResolver_RE44(t *testing.T) {
	t.Parallel()
	revs := &revMap{revs: map[syntax.DID]syntax.TID{}}
	remember := func(o *lexicon.Options) { o.Revs = revs }
	r := newRemembering(t, remember)
	older := r.account.Proof("com.example.post")
	r.account.Publish(strings.Replace(post, "300", "400", 1))
	newest := r.resolve(t, "first", nil, 1, 1)
	if got := revs.Newest(alice); got != newest.Rev {
		t.Errorf("proved %s, want %s", got, newest.Rev)
	}
	r.account.Intercept(sends(older))
	opts := options(r.network)
	remember(&opts)
	r.resolver = lexicon.NewResolver(opts)
	r.resolve(t, "an older state", lexicon.ErrStale, 2, 2)

	r.account.Intercept(nil)
	r.account.Apply(repo.Delete(lexicon.Collection, "com.example.post"))
	gone := r.account.Proof("com.example.post")
	r.advance(time.Hour)
	r.resolver = lexicon.NewResolver(opts)
	r.resolve(t, "deleted", lexicon.ErrNotFound, anyTimes, 3)
	if got := revs.Newest(alice); got <= newest.Rev {
		t.Errorf("the rev of a proof of absence is not remembered: %s", got)
	}
	r.account.Publish(post)
	r.resolver = lexicon.NewResolver(opts)
	r.resolve(t, "published again", nil, anyTimes, 4)
	r.account.Intercept(sends(gone))
	r.resolver = lexicon.NewResolver(opts)
	r.resolve(t, "an older absence", lexicon.ErrStale, anyTimes, 5)
}

// TestAStaleServerMayBeTheOneBefore_ID09 has the account move while its old server goes
// on to serve what it has.
func TestAStaleServerMayBeTheOneBefore_ID09(t *testing.T) {
	t.Parallel()
	revs := &revMap{revs: map[syntax.DID]syntax.TID{}}
	r := newRemembering(t, func(o *lexicon.Options) { o.Revs = revs })
	r.resolve(t, "first", nil, 1, 1)
	moved := r.network.Account(bob) // whose server has the repository of alice from now on
	r.account.Publish(strings.Replace(post, "300", "400", 1))
	moved.Intercept(sends(r.account.Proof("com.example.post")))
	revs.Proved(alice, "3zzzzzzzzzzzz") // of what others have seen
	r.resolver.Purge(alice, "com.example.post")
	r.network.SetDocument(alice, r.account.Document(r.account.SigningKey(), moved.URL))
	r.advance(time.Minute)
	r.resolve(t, "an older state on both", lexicon.ErrStale, 1, 2)
	if all, _ := moved.Requests(); all != 1 {
		t.Errorf("the new server was asked %d times, want once", all)
	}
}

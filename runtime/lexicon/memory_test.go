package lexicon_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/lexgen/lexgen/internal/lexicontest"
	"github.com/lexgen/lexgen/resolver/network"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/lexicon"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// clock is a time that passes when a test says so.
type clock struct{ passed atomic.Int64 }

func (c *clock) now() time.Time {
	return time.Unix(1_800_000_000, 0).Add(time.Duration(c.passed.Load()))
}
func (c *clock) advance(d time.Duration) { c.passed.Add(int64(d)) }

// remembering is a network, its only account, and a resolver with a clock.
type remembering struct {
	*clock

	network  *lexicontest.Network
	account  *lexicontest.Account
	resolver *lexicon.Resolver
	checks   *atomic.Int64 // of records
}

func newRemembering(t *testing.T, change func(*lexicon.Options)) *remembering {
	t.Helper()
	r := &remembering{clock: &clock{}, network: lexicontest.New(t), checks: &atomic.Int64{}}
	r.account = r.network.Account(alice)
	r.account.Publish(post)
	opts := options(r.network)
	opts.Directory, opts.Now = r.network.Identities(identity.CacheOptions{Now: r.now}), r.now
	opts.Check = func(nsid syntax.NSID, text []byte) error {
		r.checks.Add(1)
		return network.Check(nsid, text)
	}
	if change != nil {
		change(&opts)
	}
	r.resolver = lexicon.NewResolver(opts)
	return r
}

// anyTimes is for questions that are not counted.
const anyTimes = -1

// resolve demands a kind of error, or none, and counts of questions in all so far.
func (r *remembering) resolve(t *testing.T, what string, kind error, names, requests int) *lexicon.Lexicon {
	t.Helper()
	found, err := r.resolver.Resolve(t.Context(), "com.example.post")
	if !errors.Is(err, kind) || (err == nil) != (kind == nil) {
		t.Errorf("%s: %v, want %v", what, err, kind)
	}
	if got := r.network.Asked("_lexicon.example.com"); names != anyTimes && got != names {
		t.Errorf("%s: the DNS was asked %d times, want %d", what, got, names)
	}
	if got, _ := r.account.Requests(); got != requests {
		t.Errorf("%s: the server was asked %d times, want %d", what, got, requests)
	}
	return found
}

// TestTheDNSIsRememberedBriefly_LE10_UN25 tells what is asked when, and what is given
// where nobody answers.
func TestTheDNSIsRememberedBriefly_LE10_UN25(t *testing.T) {
	t.Parallel()
	r := newRemembering(t, nil)
	first := r.resolve(t, "first", nil, 1, 1)
	r.resolve(t, "again", nil, 1, 1)
	r.advance(9 * time.Minute)
	r.resolve(t, "after 9 min", nil, 1, 1)
	r.advance(2 * time.Minute)
	r.resolve(t, "after 11 min the DNS is asked", nil, 2, 1)
	r.advance(time.Hour)
	if again := r.resolve(t, "after an hour the server is, too", nil, 3, 2); again.CID != first.CID {
		t.Errorf("%v became %v", first.CID, again.CID)
	}
	if n := r.checks.Load(); n != 1 {
		t.Errorf("one record was checked %d times", n)
	}
	r.network.Fail("_lexicon.example.com", dns.RcodeServerFailure)
	r.account.Intercept(answers(500, `{}`))
	r.advance(2 * time.Hour)
	r.resolve(t, "nobody answers, and what is known is given", nil, anyTimes, 3)
	r.advance(10 * time.Second)
	asked := r.network.Asked("_lexicon.example.com")
	r.resolve(t, "and nobody is asked for a while", nil, asked, 3)
	r.advance(25 * time.Hour)
	if _, err := r.resolver.Resolve(t.Context(), "com.example.post"); !errors.Is(err, lexicon.ErrUnavailable) {
		t.Errorf("after a day: %v", err)
	}
	r.network.Fail("_lexicon.example.com", 0)
	r.account.Intercept(nil)
	r.advance(time.Minute)
	if _, err := r.resolver.Resolve(t.Context(), "com.example.post"); err != nil {
		t.Errorf("once all answer again: %v", err)
	}
}

func TestWhatIsNotThereIsRememberedBriefly_UN25(t *testing.T) {
	t.Parallel()
	r := newRemembering(t, nil)
	r.account.Unpublish("com.example.post")
	r.resolve(t, "not there", lexicon.ErrNotFound, 1, 1)
	r.account.Publish(post)
	r.resolve(t, "still known", lexicon.ErrNotFound, 1, 1)
	r.resolver.Purge(alice, "com.example.post")
	r.resolve(t, "an event says that it is there", nil, 1, 2)
	r.account.Unpublish("com.example.post")
	r.resolver.Purge(alice, "com.example.post")
	r.resolve(t, "and that it is gone", lexicon.ErrNotFound, 1, 3)
	r.account.Publish(post)
	r.advance(6 * time.Minute)
	r.resolve(t, "after 6 min", nil, 1, 4)
}

// TestPurgeCountsForQuestionsOnTheirWay has an event come while a server answers: what it
// answers may be from before.
func TestPurgeCountsForQuestionsOnTheirWay_LE10(t *testing.T) {
	t.Parallel()
	r := newRemembering(t, nil)
	r.account.Intercept(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
			next.ServeHTTP(w, request)
			r.account.Intercept(nil)
			r.resolver.Purge(alice, "com.example.post")
		})
	})
	r.resolve(t, "before", nil, 1, 1)
	r.resolve(t, "after the event", nil, 1, 2)
	r.resolve(t, "and from then on", nil, 1, 2)
}

func TestManyAskOnce_UN25(t *testing.T) {
	t.Parallel()
	r := newRemembering(t, nil)
	release := make(chan struct{})
	r.account.Intercept(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
			<-release
			next.ServeHTTP(w, request)
		})
	})
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if _, err := r.resolver.Resolve(t.Context(), "com.example.post"); err != nil {
				t.Error(err)
			}
		})
	}
	close(release)
	all.Wait()
	r.resolve(t, "50 at a time", nil, 1, 1)
}

// TestTheMemoryIsBounded_UN25 resolves more schemas than fit.
func TestTheMemoryIsBounded_UN25(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*lexicon.Options){
		"number": func(o *lexicon.Options) { o.Size = 2 },
		"bytes":  func(o *lexicon.Options) { o.MaxBytes = 2000 },
	} {
		r := newRemembering(t, change)
		var texts []string
		for i := range 10 {
			texts = append(texts, strings.Replace(post, "com.example.post", fmt.Sprintf("com.example.p%d", i), 1))
		}
		r.account.Publish(texts...)
		for i := range 10 {
			if _, err := r.resolver.Resolve(t.Context(), syntax.NSID(fmt.Sprintf("com.example.p%d", i))); err != nil {
				t.Fatal(err)
			}
		}
		before, _ := r.account.Requests()
		for nsid, more := range map[syntax.NSID]int{"com.example.p9": 0, "com.example.p0": 1} {
			if _, err := r.resolver.Resolve(t.Context(), nsid); err != nil {
				t.Fatal(err)
			}
			after, _ := r.account.Requests()
			if after-before != more {
				t.Errorf("%s: %s took %d requests, want %d", name, nsid, after-before, more)
			}
			before = after
		}
	}
}

// TestOlderProofsAreRefused_RE44 has a server that goes back to what was before.
func TestOlderProofsAreRefused_RE44(t *testing.T) {
	t.Parallel()
	r := newRemembering(t, func(o *lexicon.Options) { o.MaxAge = 2 * time.Hour })
	older := r.account.Proof("com.example.post")
	r.account.Publish(strings.Replace(post, "300", "400", 1))
	newer := r.resolve(t, "first", nil, 1, 1)
	r.account.Intercept(sends(older))
	r.advance(90 * time.Minute)
	if got := r.resolve(t, "what is known is better", nil, 2, 2); got.CID != newer.CID {
		t.Errorf("%v instead of %v", got.CID, newer.CID)
	}
	r.advance(90 * time.Minute)
	r.resolve(t, "and so is nothing", lexicon.ErrStale, 3, 3)
}

// TestTheDocumentIsLookedUpAnew_ID09 changes the key, and then the server.
func TestTheDocumentIsLookedUpAnew_ID09(t *testing.T) {
	t.Parallel()
	r := newRemembering(t, nil)
	r.resolve(t, "first", nil, 1, 1)
	key := r.network.Key()
	r.account.SetKey(key)
	r.account.Publish(strings.Replace(post, "300", "400", 1))
	r.network.SetDocument(alice, r.account.Document(key.PublicKey(), r.account.URL))
	r.resolver.Purge(alice, "com.example.post")
	r.advance(time.Minute)
	r.resolve(t, "another key", nil, 1, 3)
	if got := r.network.Asked(string(alice)); got != 2 {
		t.Errorf("the document was asked for %d times", got)
	}
	r.account.SetKey(r.network.Key())
	r.account.Publish(strings.Replace(post, "300", "500", 1))
	r.resolver.Purge(alice, "com.example.post")
	r.advance(time.Minute)
	r.resolve(t, "a key that is not in the document", lexicon.ErrSignature, 1, 4)
	if got := r.network.Asked(string(alice)); got != 3 {
		t.Errorf("the document was asked for %d times", got)
	}
}

// TestAuthoritiesInPlaceOfTheDNS_LE11 names authorities, of which the most specific one
// counts.
func TestAuthoritiesInPlaceOfTheDNS_LE11(t *testing.T) {
	t.Parallel()
	r := newRemembering(t, func(o *lexicon.Options) {
		o.Authorities = map[syntax.NSIDPattern]syntax.DID{"*": bob, "com.*": bob, "com.example.*": alice, "com.example.other": bob}
	})
	r.network.Set("_lexicon.example.com")
	r.resolve(t, "without DNS", nil, 0, 1)
	for nsid, want := range map[syntax.NSID]syntax.DID{"com.example.post": alice, "com.example.deep.post": alice, "com.example.other": bob, "org.example.x": bob} {
		if got, err := r.resolver.Authority(t.Context(), nsid); got != want || err != nil {
			t.Errorf("%s: %s, %v, want %s", nsid, got, err, want)
		}
	}
	if got := r.network.Asked("_lexicon.example.com"); got != 0 {
		t.Errorf("the DNS was asked %d times", got)
	}
}

// TestRequestsOfOneServerAreBounded_UN25 resolves many schemas of one account at once.
func TestRequestsOfOneServerAreBounded_UN25(t *testing.T) {
	t.Parallel()
	r := newRemembering(t, func(o *lexicon.Options) { o.PerHost = 3 })
	var texts []string
	for i := range 40 {
		texts = append(texts, strings.Replace(post, "com.example.post", fmt.Sprintf("com.example.p%d", i), 1))
	}
	r.account.Publish(texts...)
	r.account.Intercept(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
			time.Sleep(2 * time.Millisecond) // so that others would come meanwhile
			next.ServeHTTP(w, request)
		})
	})
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			if _, err := r.resolver.Resolve(t.Context(), syntax.NSID(fmt.Sprintf("com.example.p%d", i))); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if requests, most := r.account.Requests(); requests != 40 || most > 3 {
		t.Errorf("%d requests, %d at a time", requests, most)
	}
}

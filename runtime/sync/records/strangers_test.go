package records_test

import (
	"context"
	"errors"
	"strings"
	stdsync "sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/sync/records"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// strict is a store that takes DIDs only, as PostgreSQL has no texts with a NUL, nor
// long ones in an index.
type strict struct{ records.Store }

func check(did syntax.DID) error {
	if _, err := syntax.ParseDID(string(did)); err != nil {
		return errors.New("invalid byte sequence for encoding \"UTF8\"")
	}
	return nil
}

func (s strict) Repo(ctx context.Context, did syntax.DID) (*records.Repo, error) {
	if err := check(did); err != nil {
		return nil, err
	}
	return s.Store.Repo(ctx, did)
}

func (s strict) Add(ctx context.Context, repos []records.Repo) (int, error) {
	for _, r := range repos {
		if err := check(r.DID); err != nil {
			return 0, err
		}
	}
	return s.Store.Add(ctx, repos)
}

// A refusals is an Observer that counts which events were refused, and why.
type refusals struct {
	*view

	mu  stdsync.Mutex
	all map[sync.Reason]int
}

func (r *refusals) Handled(result *sync.Result, _ records.State) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if result.Verdict == sync.Refused {
		r.all[result.Reason]++
	}
}

// tellOf has the relay send an event of each kind for what should be a DID.
func (n *network) tellOf(did syntax.DID, a *account) {
	commit := *a.last
	commit.Repo = did
	for _, m := range []lex.Object{
		&comatproto.SyncSubscribeReposAccount{DID: did}, &comatproto.SyncSubscribeReposIdentity{DID: did},
		&comatproto.SyncSubscribeReposSync{DID: did}, &commit,
	} {
		n.tell(m)
	}
}

// TestWhatIsNoDIDReachesNoStore has events and listings of what looks like no DID. The
// events are refused, and the names are counted; everything else goes on.
func TestWhatIsNoDIDReachesNoStore_SN38(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*records.Options){
		"everyone":     func(*records.Options) {},
		"a collection": func(o *records.Options) { o.Filter = records.Filter{syntax.NSIDPattern(posts)} },
		"those chosen": func(o *records.Options) { o.Accounts = records.Chosen },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { refused(t, change) })
		})
	}
}

func refused(t *testing.T, change func(*records.Options)) {
	t.Helper()
	strange := []syntax.DID{"did:plc:\x00", syntax.DID("did:web:" + strings.Repeat("a", 5000)), "", "nobody"}
	n, v := newNetwork(t), newView(t)
	a := n.join(1, pds, n.some(1)...)
	n.strange = strange
	opts := n.options(strict{&records.MemoryStore{}})
	change(&opts)
	seen := &refusals{view: v, all: map[sync.Reason]int{}}
	opts.Observer = seen
	r := v.start(opts)
	defer r.stop()
	if err := r.Track(t.Context(), a.did); err != nil {
		t.Fatal(err)
	}
	after(time.Second)
	for _, did := range strange {
		n.tellOf(did, a)
		if err := r.Track(t.Context(), did); err == nil || !strings.Contains(err.Error(), "invalid did") {
			t.Errorf("track %.20q: %v", did, err)
		}
	}
	after(time.Minute)
	n.post(a, n.create(posts, "last", "1"))
	after(time.Minute)
	v.equals(n, a, nil)
	if got, want := seen.all[sync.ReasonMalformed], 4*len(strange); got != want {
		t.Errorf("%d events were refused, want %d", got, want)
	}
	p, err := r.Progress(t.Context())
	if err != nil || opts.Accounts == records.Everyone && (p.Malformed < int64(len(strange)) || !p.Done) {
		t.Errorf("%+v, %v", p, err)
	}
}

package crashtest

import (
	"context"
	"maps"
	"net"
	"net/http"
	"slices"
	stdsync "sync"
	"sync/atomic"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/services/store/eventlog"
)

// A host is a server of accounts. What it keeps is its log, from which it makes the
// repositories anew when it starts: no commit is known to anybody before it is there.
type host struct {
	part     *part
	log      *sync.Log
	accounts []*account

	mu        stdsync.Mutex
	goal      int // commits of each account
	followers map[*atomic.Int64]struct{}
	changed   chan struct{}
}

// ahead is how many events a host makes while the slowest of its followers has not been
// sent them, so that all are under load until the end.
const ahead = 500

// writers is how many write at a time at a host.
const writers = 16

func (p *part) host(goal <-chan int) error {
	ctx := context.Background()
	db, err := eventlog.Open(ctx, p.Database)
	if err != nil {
		return err
	}
	h := &host{part: p, followers: map[*atomic.Int64]struct{}{}, changed: make(chan struct{})}
	if h.log, err = sync.OpenLog(ctx, db); err != nil {
		return err
	}
	if err := h.remember(ctx, db); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", p.Listen) //nolint:noctx // it is for as long as the process lives
	if err != nil {
		return err
	}
	failed := make(chan error, 1)
	go func() { failed <- http.Serve(listener, h.server()) }()
	go h.announce(ctx)
	go func() {
		for n := range goal {
			h.change(func() { h.goal = n / len(h.accounts) })
		}
	}()
	for i := range writers {
		go func() { failed <- h.write(ctx, i) }()
	}
	return <-failed
}

// remember makes the repositories.
func (h *host) remember(ctx context.Context, db *eventlog.DB) error {
	byDID := map[syntax.DID]*account{}
	for i, did := range h.part.DIDs {
		a, err := newAccount(did, nameOf(h.part.Name, i))
		if err != nil {
			return err
		}
		h.accounts, byDID[did] = append(h.accounts, a), a
	}
	for m, err := range commitsOf(ctx, db) {
		if err == nil {
			err = byDID[m.Repo].remember(ctx, m)
		}
		if err != nil {
			return err
		}
	}
	for i, a := range h.accounts {
		if err := a.compact(ctx, nameOf(h.part.Name, i)); err != nil {
			return err
		}
	}
	return nil
}

func (h *host) server() http.Handler {
	s := xrpc.NewServer()
	comatproto.SyncSubscribeRepos.Handle(s, h.subscribe)
	comatproto.ServerDescribeServer.Handle(s, func(context.Context, *comatproto.ServerDescribeServerRequest) (*comatproto.ServerDescribeServerOutput, error) {
		return &comatproto.ServerDescribeServerOutput{DID: "did:web:pds.example.com", AvailableUserDomains: []string{}}, nil
	})
	comatproto.SyncGetRepoStatus.Handle(s, func(_ context.Context, r *comatproto.SyncGetRepoStatusRequest) (*comatproto.SyncGetRepoStatusOutput, error) {
		if !slices.Contains(h.part.DIDs, r.Params.DID) {
			return nil, xrpc.NewError(comatproto.SyncGetRepoStatusErrRepoNotFound, "no such account")
		}
		return &comatproto.SyncGetRepoStatusOutput{DID: r.Params.DID, Active: true}, nil
	})
	return s
}

// change changes something for which others wait.
func (h *host) change(do func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	do()
	close(h.changed)
	h.changed = make(chan struct{})
}

// subscribe serves the log, and notes how far who follows was sent it.
func (h *host) subscribe(ctx context.Context, r *comatproto.SyncSubscribeReposRequest, out *xrpc.Stream[comatproto.SyncSubscribeReposMessage]) error {
	after, _, err := h.log.Window().After(r.Params.Cursor)
	if err != nil {
		return err
	}
	sent := &atomic.Int64{}
	sent.Store(after)
	h.change(func() { h.followers[sent] = struct{}{} })
	defer h.change(func() { delete(h.followers, sent) })
	return h.log.Follow(ctx, after, func(e sync.Entry) error {
		err := out.SendFrame(e.Frame)
		sent.Store(e.Seq)
		if e.Seq%(ahead/10) == 0 {
			h.change(func() {})
		}
		return err
	})
}

// announce asks relays to follow as long as one does not. Before the first event all of
// them must: they follow a new host from what is new (SN-52).
func (h *host) announce(ctx context.Context) {
	var relays []*xrpc.Client // each has connections of its own
	for _, relay := range h.part.Relays {
		relays = append(relays, xrpc.NewClient(relay, xrpc.WithHTTPClient(http.DefaultClient), xrpc.WithAttempts(1), xrpc.WithTimeout(5*time.Second)))
	}
	for ; ; time.Sleep(200 * time.Millisecond) {
		h.mu.Lock()
		n := len(h.followers)
		h.mu.Unlock()
		if n >= len(h.part.Relays) {
			continue
		}
		for _, relay := range relays {
			_, _ = comatproto.SyncRequestCrawl.Call(ctx, relay, &comatproto.SyncRequestCrawlInput{Hostname: "http://" + h.part.Listen}) // it may be down
		}
	}
}

// write makes commits of every so many accounts, until something is wrong.
func (h *host) write(ctx context.Context, first int) error {
	for {
		goal, changed := h.room()
		made := false
		for i := first; i < len(h.accounts); i += writers {
			a := h.accounts[i]
			if a.made >= goal {
				continue
			}
			made = true
			change, err := a.commit(ctx)
			if err != nil {
				return err
			}
			event, err := sync.CommitEvent(change, time.Now())
			if err != nil {
				return err
			}
			if _, err := h.log.Append(ctx, event); err != nil {
				return err
			}
		}
		if !made {
			<-changed
		}
	}
}

// room returns how many commits each account is to have by now: none while those who
// follow are too far behind.
func (h *host) room() (goal int, changed <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	latest := h.log.Window().Latest
	wanted := 1
	if latest == 0 {
		wanted = len(h.part.Relays)
	}
	if len(h.followers) < wanted {
		return 0, h.changed
	}
	for sent := range maps.Keys(h.followers) {
		if latest-sent.Load() > ahead {
			return 0, h.changed
		}
	}
	return h.goal, h.changed
}

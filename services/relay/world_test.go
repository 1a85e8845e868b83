package relay_test

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	stdsync "sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/runtime/xrpc/xrpctest"
	"github.com/lexgen/lexgen/services/internal/eachstore"
	"github.com/lexgen/lexgen/services/internal/plctest"
	"github.com/lexgen/lexgen/services/relay"
	"github.com/lexgen/lexgen/services/relay/store"
	"github.com/lexgen/lexgen/services/relay/store/sqlstore"
)

const token = "s3cret-of-the-operator"

// A world is a network with a relay that runs.
type world struct {
	*network

	t      testing.TB
	store  store.Store
	events sync.LogStore
	log    *sync.Log
	relay  *relay.Relay
	client *xrpc.Client // of the relay
	http   *http.Client // of the relay, whose redirects are not followed
	change func(*relay.Options)
	end    func() // stops the relay

	slept stdsync.Map // how often the relay has slept for a while, by its length
	came  chan lex.Object
	ended chan struct{} // closed when Run has ended
	crash error         // of Run
}

// each runs a test with a relay on each store.
func each(t *testing.T, change func(*relay.Options), test func(t *testing.T, w *world)) {
	t.Helper()
	for name, open := range map[string]func(*testing.T) (store.Store, sync.LogStore){
		"memory": func(*testing.T) (store.Store, sync.LogStore) { return &store.Memory{}, &sync.MemoryLog{} },
		"sqlite": func(t *testing.T) (store.Store, sync.LogStore) {
			t.Helper()
			return openSQL(t, filepath.Join(t.TempDir(), "relay.sqlite"))
		},
		"postgres": func(t *testing.T) (store.Store, sync.LogStore) {
			t.Helper()
			return openSQL(t, eachstore.PostgresSchema(t))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, events := open(t)
			w := &world{network: newNetwork(), t: t, store: s, events: events, change: change}
			w.start()
			test(t, w)
		})
	}
}

// inMemory is a world on memory alone.
func inMemory(t *testing.T, change func(*relay.Options)) *world {
	t.Helper()
	w := &world{network: newNetwork(), t: t, store: &store.Memory{}, events: &sync.MemoryLog{}, change: change}
	w.start()
	return w
}

func openSQL(t *testing.T, name string) (store.Store, sync.LogStore) {
	t.Helper()
	db, err := sqlstore.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db, db.Events()
}

// sleep is that of the options: what would take long takes a moment.
func (w *world) sleep(ctx context.Context, d time.Duration) error {
	n, _ := w.slept.LoadOrStore(d, new(atomic.Int64))
	n.(*atomic.Int64).Add(1) //nolint:forcetypeassert // there is nothing else
	timer := time.NewTimer(min(d, 10*time.Millisecond))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// start runs the relay, and follows it from where it was.
func (w *world) start() {
	w.t.Helper()
	var err error
	if w.log, err = sync.OpenLog(w.t.Context(), w.events, sync.WithLogClock(w.clock.Now)); err != nil {
		w.t.Fatal(err)
	}
	hosts := xrpctest.NewHTTPClient(w.t, w.network)
	hosts.Transport = plain{hosts.Transport}
	opts := relay.Options{
		Store: w.store, Log: w.log, Directory: w.network, Client: hosts, Now: w.clock.Now, Sleep: w.sleep,
		Float: func() float64 { return 0.5 }, AdminToken: token, Version: "test",
	}
	if w.change != nil {
		w.change(&opts)
	}
	if w.relay, err = relay.New(w.t.Context(), opts); err != nil {
		w.t.Fatal(err)
	}
	from := w.log.Window().Latest
	ctx, stop := context.WithCancel(context.WithoutCancel(w.t.Context()))
	done, followed := make(chan struct{}), make(chan struct{})
	w.ended = done
	go func() { defer close(done); w.crash = w.relay.Run(ctx) }()
	w.http = xrpctest.NewHTTPClient(w.t, w.relay)
	w.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	w.client = xrpc.NewClient(xrpctest.URL, xrpc.WithHTTPClient(w.http), xrpc.WithAttempts(1))
	w.came = make(chan lex.Object, 1000)
	go func() {
		defer close(followed)
		params := &comatproto.SyncSubscribeReposParams{Cursor: lex.Int(from)}
		for m, err := range comatproto.SyncSubscribeRepos.Subscribe(ctx, w.client, params) {
			if err != nil {
				return
			}
			w.came <- m
		}
	}()
	ended := false
	w.end = func() {
		if ended {
			return
		}
		ended = true
		stop()
		plctest.Await(w.t, "the relay ends", func() { <-done; <-followed })
	}
	w.t.Cleanup(w.end)
}

// follow has the relay follow a host, and waits until it does.
func (w *world) follow(name string) *pds {
	w.t.Helper()
	h := w.add(name)
	w.crawl(name)
	return h
}

// crawl has a host followed, and waits until it is.
func (w *world) crawl(name string) {
	w.t.Helper()
	h := w.hosts[name]
	before := h.asked()
	if err := w.relay.RequestCrawl(w.t.Context(), name, relay.Operator); err != nil {
		w.t.Fatal(err)
	}
	w.until(name+" is followed", func() bool { return w.relay.Host(name).Connected && h.asked() > before })
}

// until waits for something that happens soon.
func (w *world) until(what string, is func() bool) {
	w.t.Helper()
	plctest.Await(w.t, what, func() {
		for deadline := time.Now().Add(plctest.Patience); !is() && time.Now().Before(deadline); {
			time.Sleep(2 * time.Millisecond)
		}
	})
	if !is() {
		w.t.Fatalf("it is not so that %s", what)
	}
}

// rounds waits until the relay has looked after its log some times more.
func (w *world) rounds(more int64) {
	w.t.Helper()
	n, _ := w.slept.LoadOrStore(time.Minute, new(atomic.Int64))
	count := n.(*atomic.Int64) //nolint:forcetypeassert // there is nothing else
	from := count.Load()
	w.until("the relay has looked after its log", func() bool { return count.Load() >= from+more })
}

// next returns the next event of the relay.
func (w *world) next() lex.Object {
	w.t.Helper()
	select {
	case m := <-w.came:
		return m
	case <-plctest.Soon(w.t).Done():
		w.t.Fatal("no event comes")
		return nil
	}
}

// passes demands that these events come next, in words.
func (w *world) passes(want ...string) {
	w.t.Helper()
	var got []string
	for range want {
		got = append(got, said(w.next()))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Fatalf("(-want +got):\n%s", diff)
	}
}

// nothing demands that no event is on its way: a new account at the host says something
// that comes next.
func (w *world) nothing(h *pds) {
	w.t.Helper()
	probe := h.account(w.t, fmt.Sprintf("probe%d", h.seq()))
	h.sends(w.t, probe.named(""))
	w.passes("identity " + probe.name)
}

// said is an event in words.
func said(m lex.Object) string {
	name := func(did syntax.DID) string {
		return strings.TrimSuffix(strings.TrimPrefix(string(did), "did:web:"), ".example.com")
	}
	switch m := m.(type) {
	case *comatproto.SyncSubscribeReposCommit:
		return fmt.Sprintf("commit %s %s", name(m.Repo), m.Ops[0].Path[strings.LastIndexByte(m.Ops[0].Path, '/')+1:])
	case *comatproto.SyncSubscribeReposSync:
		return "sync " + name(m.DID)
	case *comatproto.SyncSubscribeReposIdentity:
		return strings.TrimSpace("identity " + name(m.DID) + " " + string(m.Handle.Or("")))
	case *comatproto.SyncSubscribeReposAccount:
		active := "inactive"
		if m.Active {
			active = "active"
		}
		return strings.TrimSpace("account " + name(m.DID) + " " + active + " " + m.Status.Or(""))
	case *comatproto.SyncSubscribeReposInfo:
		return "info " + m.Name
	}
	return "?"
}

// rejected returns the rejections of a host by reason, in words.
func (w *world) rejected(name string) string {
	h := w.relay.Host(name)
	var all []string
	for _, r := range h.Rejections {
		all = append([]string{string(r.Reason)}, all...)
	}
	return strings.Join(all, " ")
}

// status waits until getRepoStatus says that of an account, in words. An event comes just
// before what it says is known.
func (w *world) status(a *account, want string) {
	w.t.Helper()
	w.until(a.name+" is "+want, func() bool {
		out, err := comatproto.SyncGetRepoStatus.Call(w.t.Context(), w.client, &comatproto.SyncGetRepoStatusParams{DID: a.did})
		if err != nil {
			return false
		}
		is := &comatproto.SyncSubscribeReposAccount{DID: a.did, Active: out.Active, Status: out.Status}
		return said(is) == "account "+a.name+" "+want
	})
}

// logged are all events in the log.
func (w *world) logged() (all []lex.Object) {
	w.t.Helper()
	server := xrpc.NewServer()
	log, err := sync.OpenLog(w.t.Context(), w.events, sync.WithLogClock(w.clock.Now))
	if err != nil {
		w.t.Fatal(err)
	}
	comatproto.SyncSubscribeRepos.Handle(server, log.Serve)
	params := &comatproto.SyncSubscribeReposParams{Cursor: lex.Int(0)}
	for m, err := range comatproto.SyncSubscribeRepos.Subscribe(w.t.Context(), xrpctest.NewClient(w.t, server), params) {
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, m)
		if seq, _ := lex.IntegerOf(m, "seq"); seq == log.Window().Latest {
			return all
		}
	}
	return all
}

// rejects waits until the host that is home has these rejections.
func (w *world) rejects(want ...string) {
	w.t.Helper()
	w.until(fmt.Sprintf("the rejections are %v", want), func() bool { return w.rejected(home) == strings.Join(want, " ") })
}

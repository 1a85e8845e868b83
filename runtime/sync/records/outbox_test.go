package records_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	stdsync "sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/api/appbsky"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/guard"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/sync/records"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc/xrpctest"
)

// filled returns a store with count events of each of some accounts, one after another in
// turns.
func filled(t testing.TB, accounts, count int) *records.MemoryStore {
	t.Helper()
	store := &records.MemoryStore{}
	for i := range count {
		for a := range accounts {
			data := record(t, posts, fmt.Sprint(i))
			c := &records.Change{Repo: records.Repo{DID: didOf(a), Active: true, State: records.Synchronized}, Events: []records.Event{
				{DID: didOf(a), Record: &records.RecordEvent{
					Rev: "3jzfcijpj2z2a", Action: repo.ActionCreate, Path: fmt.Sprintf("%s/k%d", posts, i), CID: cid.Sum(cid.DagCBOR, data), Data: data,
				}},
			}}
			if i > 0 {
				r, _ := store.Repo(t.Context(), didOf(a))
				c.Repo = *r
			}
			if err := store.Change(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
	}
	return store
}

// opened returns a syncer of a store that nobody writes to, which removes what is
// acknowledged until stop.
func opened(t testing.TB, store records.Store) (s *records.Syncer, stop func()) {
	t.Helper()
	opts := newNetwork(t).options(store)
	opts.Backfill = records.NoBackfill
	return running(t, opts)
}

// running returns a syncer that runs until stop, and whose events nobody takes.
func running(t testing.TB, opts records.Options) (s *records.Syncer, stop func()) {
	t.Helper()
	s, err := records.Open(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wait stdsync.WaitGroup
	wait.Go(func() {
		if err := s.Run(ctx); !errors.Is(err, context.Canceled) && !errors.Is(err, errDisk) {
			t.Errorf("run: %v", err)
		}
	})
	return s, func() { cancel(); wait.Wait() }
}

func left(t testing.TB, store records.Store) int {
	t.Helper()
	refs, err := store.Waiting(t.Context(), 0, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	return len(refs)
}

// A keeper takes events and does not answer.
type keeper struct {
	mu   stdsync.Mutex
	open []*records.Delivery
}

// loop takes all events that come, until stop.
func (k *keeper) loop(s *records.Syncer) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wait stdsync.WaitGroup
	wait.Go(func() {
		for d, err := range s.Events(ctx, nil) {
			if err != nil {
				return
			}
			k.mu.Lock()
			k.open = append(k.open, d)
			k.mu.Unlock()
		}
	})
	return func() { cancel(); wait.Wait() }
}

// names returns what was taken, in a few words.
func (k *keeper) names() string {
	synctest.Wait()
	k.mu.Lock()
	defer k.mu.Unlock()
	var all []string
	for _, d := range k.open {
		all = append(all, string(d.DID[len(d.DID)-2:])+d.Record.Path[len(d.Record.Path)-2:])
	}
	slices.Sort(all)
	return short(all)
}

// take returns what was taken, so that it can be answered.
func (k *keeper) take() (taken []*records.Delivery) {
	k.mu.Lock()
	defer k.mu.Unlock()
	taken, k.open = k.open, nil
	return taken
}

// TestOneEventOfAnAccountAtATime takes all that there is without an answer: that is one
// event of each account. The next ones come when those are answered, in their order.
func TestOneEventOfAnAccountAtATime_SN41(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := filled(t, 3, 4)
		s, stop := opened(t, store)
		defer stop()
		h := &keeper{}
		cancel := h.loop(s)
		names, take := h.names, h.take
		if got := names(); got != "22k0, 23k0, 24k0" {
			t.Error(got)
		}
		for _, d := range take() {
			d.Ack()
			d.Ack() // once is enough
			d.Again(0)
		}
		if got := names(); got != "22k1, 23k1, 24k1" {
			t.Error(got)
		}
		for i, d := range take() {
			d.Again(time.Duration(i) * time.Second)
		}
		if got := names(); got != "22k1" {
			t.Error(got)
		}
		after(5 * time.Second)
		if got := names(); got != "22k1, 23k1, 24k1" {
			t.Error(got)
		}
		cancel() // what is open comes again in another loop
		count := 0
		for d := range s.Events(t.Context(), nil) {
			d.Ack()
			if count++; count == 9 {
				break
			}
		}
		synctest.Wait()
		if got := left(t, store); count != 9 || got != 0 {
			t.Errorf("%d events, %d are left", count, got)
		}
	})
}

// TestEventsComeAgainInTime has events of many accounts that are not taken, and are to come
// again after a second each, the later the earlier they came: one comes in each second.
func TestEventsComeAgainInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const accounts = 20
		s, stop := opened(t, filled(t, accounts, 1))
		defer stop()
		k := &keeper{}
		defer k.loop(s)()
		synctest.Wait()
		for i, d := range k.take() {
			d.Again(time.Duration(accounts-i)*time.Second - time.Millisecond)
		}
		for i := range accounts {
			after(time.Second)
			if got := k.take(); len(got) != 1 || got[0].DID != didOf(accounts-1-i) {
				t.Errorf("after %d s come %d events", i+1, len(got))
			}
		}
	})
}

// TestTypedRecords has records of a type that is known, of one that is not, and bytes
// that are none.
func TestTypedRecords(t *testing.T) {
	t.Parallel()
	types := lex.NewTypes((*appbsky.FeedPost)(nil))
	typed, err := lex.MarshalCBOR(&appbsky.FeedPost{Text: "hello", CreatedAt: "2026-06-01T12:00:00Z"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		data []byte
		want string
	}{
		{record(t, "app.bsky.feed.post", "hello"), "*lex.UnknownObject"}, // it lacks what is required
		{typed, "*appbsky.FeedPost hello"},
		{record(t, likes, "hello"), "*lex.UnknownObject"},
		{[]byte("\xff"), "<nil>"},
	} {
		e := records.RecordEvent{Path: "x/y", CID: cid.Sum(cid.DagCBOR, c.data), Data: c.data}
		o, _ := e.Decode(types)
		got := fmt.Sprintf("%T", o)
		if p, ok := o.(*appbsky.FeedPost); ok {
			got += " " + p.Text
		}
		if got != c.want {
			t.Errorf("%q: %s", c.data, got)
		}
	}
	if o, err := (&records.RecordEvent{Path: "x/y", Action: repo.ActionDelete}).Decode(types); o != nil || err != nil {
		t.Error(o, err)
	}
}

// TestJSON has events as clients of Tap read them.
func TestJSON(t *testing.T) {
	t.Parallel()
	data := record(t, posts, "hello")
	id := cid.Sum(cid.DagCBOR, data)
	for _, c := range []struct {
		event records.Event
		want  string
	}{
		{
			records.Event{ID: 5, DID: didOf(1), Record: &records.RecordEvent{
				Live: true, Rev: "3jzfcijpj2z2a", Action: repo.ActionCreate, Path: "com.example.feed.post/a", CID: id, Data: data,
			}},
			`{"id":5,"type":"record","record":{"live":true,"did":"` + string(didOf(1)) + `","rev":"3jzfcijpj2z2a","collection":"com.example.feed.post",` +
				`"rkey":"a","action":"create","record":{"text":"hello","$type":"com.example.feed.post"},"cid":"` + id.String() + `"}}`,
		},
		{
			records.Event{ID: 6, DID: didOf(1), Record: &records.RecordEvent{Rev: "3jzfcijpj2z2a", Action: repo.ActionDelete, Path: "com.example.feed.post/a"}},
			`{"id":6,"type":"record","record":{"live":false,"did":"` + string(didOf(1)) + `","rev":"3jzfcijpj2z2a","collection":"com.example.feed.post",` +
				`"rkey":"a","action":"delete"}}`,
		},
		{
			records.Event{ID: 7, DID: didOf(1), Account: &records.AccountEvent{Handle: "alice.example.com", Active: true}},
			`{"id":7,"type":"identity","identity":{"did":"` + string(didOf(1)) + `","handle":"alice.example.com","is_active":true,"status":"active"}}`,
		},
		{
			records.Event{ID: 8, DID: didOf(1), Account: &records.AccountEvent{Status: "deleted"}},
			`{"id":8,"type":"identity","identity":{"did":"` + string(didOf(1)) + `","handle":"handle.invalid","is_active":false,"status":"deleted"}}`,
		},
	} {
		got, err := c.event.JSON()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, string(got)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// TestAFullOutboxHoldsTheStream has an application that takes nothing for a while: no
// more events are taken from the stream than may wait, and all come when it does.
func TestAFullOutboxHoldsTheStream(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		a := n.join(1, pds)
		late := n.join(2, pds, n.some(1)...)
		opts := n.options(&records.MemoryStore{})
		opts.Backfill, opts.Limits, opts.Observer = records.NoBackfill, records.Limits{FirstEvent: 1, Waiting: 10}, v
		s, stop := running(t, opts)
		after(time.Second)
		n.tell(a.last)
		for i := range 50 {
			n.post(a, n.create(posts, fmt.Sprintf("a%d", i), "1"))
		}
		after(time.Second)
		if err := s.Track(t.Context(), late.did); err != nil {
			t.Fatal(err)
		}
		after(time.Hour)
		if got := left(t, opts.Store); got != 10 || n.fetches("") > 0 {
			t.Errorf("%d events wait, and %v was fetched", got, n.askedFor())
		}
		leave := v.loop(s)
		after(time.Hour)
		v.equals(n, a, nil)
		v.equals(n, late, nil)
		leave()
		stop()
	})
}

// stuck applies all events but those of one account, which it keeps until it is told to
// go on.
type stuck struct {
	did syntax.DID

	mu   stdsync.Mutex
	open *records.Delivery
	over bool
}

// loop takes the events of a syncer, until stop.
func (k *stuck) loop(s *records.Syncer, v *view) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wait stdsync.WaitGroup
	wait.Go(func() {
		for d, err := range s.Events(ctx, nil) {
			if err != nil {
				return
			}
			k.mu.Lock()
			keep := d.DID == k.did && !k.over
			if keep {
				k.open = d
			}
			k.mu.Unlock()
			if !keep {
				v.apply(&d.Event)
				d.Ack()
			}
		}
	})
	return func() { cancel(); wait.Wait() }
}

// goOn has the event that is open come again, and takes it, and all others, then.
func (k *stuck) goOn() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.over = true
	if k.open != nil {
		k.open.Again(0)
	}
}

// TestOneAccountDoesNotHoldTheStream has an account whose events are not taken: because
// it writes all the time, or has a large repository. No more of its events wait than may,
// besides what is fetched at once, and others go on. When its events are taken, it is in
// step, too.
func TestOneAccountDoesNotHoldTheStream_SN41_SN42(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before, later, waiting int
		moved                  string
	}{
		"it writes":   {before: 0, later: 30, waiting: 5, moved: "23 desynchronized backlog"},
		"it is large": {before: 50, later: 0, waiting: 50},
		"both":        {before: 50, later: 30, waiting: 50, moved: "23 desynchronized backlog"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n, v := newNetwork(t), newView(t)
				a, b := n.join(1, pds, n.some(c.before)...), n.join(2, pds)
				opts := n.options(&records.MemoryStore{})
				opts.Limits.Waiting, opts.Limits.AccountWaiting, opts.Observer = 20, 5, v
				s, stop := running(t, opts)
				k := &stuck{did: a.did}
				leave := k.loop(s, v)
				after(time.Second)
				n.tell(a.last)
				for i := range 30 {
					if i < c.later {
						n.post(a, n.create(posts, fmt.Sprintf("a%d", i), "1"))
					}
					n.post(b, n.create(posts, fmt.Sprintf("b%d", i), "1"))
				}
				late := n.join(3, pds, n.some(1)...)
				n.tell(late.last)
				after(time.Hour)
				v.equals(n, b, nil)
				v.equals(n, late, nil)
				if got := left(t, opts.Store); got != c.waiting || !strings.Contains(v.moved(), c.moved) {
					t.Errorf("%d events wait; %s", got, v.moved())
				}
				leave()
				stop()
				v.begin()
				s, stop = running(t, opts) // the same after a restart
				leave = k.loop(s, v)
				n.post(b, n.create(posts, "again", "1"))
				after(time.Hour)
				v.equals(n, b, nil)
				k.goOn()
				after(2 * time.Hour)
				v.equals(n, a, nil)
				if p, err := s.Progress(t.Context()); err != nil || p.Waiting != 0 {
					t.Errorf("%+v, %v", p, err)
				}
				leave()
				stop()
			})
		})
	}
}

// slow is a store whose first removal takes until it is told to end. As databases do, it
// begins nothing for a caller who has gone.
type slow struct {
	records.Store

	once stdsync.Once
	end  chan struct{}
}

func (s *slow) Acknowledge(ctx context.Context, ids []int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.once.Do(func() { <-s.end })
	return s.Store.Acknowledge(context.WithoutCancel(ctx), ids)
}

// TestTheLastAcknowledgementsAreStored has a run that ends while events are removed, and
// others were acknowledged in the meantime.
func TestTheLastAcknowledgementsAreStored(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &slow{Store: filled(t, 3, 1), end: make(chan struct{})}
		s, stop := opened(t, store)
		k := &keeper{}
		leave := k.loop(s)
		synctest.Wait()
		for _, d := range k.take() {
			d.Ack()
			synctest.Wait() // the first one is being removed
		}
		leave()
		var wait stdsync.WaitGroup
		wait.Go(stop)
		synctest.Wait()
		close(store.end)
		wait.Wait()
		if got := left(t, store); got != 0 {
			t.Errorf("%d events are left, which were acknowledged", got)
		}
	})
}

// A hookServer is an application behind a webhook, which refuses some events at first.
type hookServer struct {
	t testing.TB

	mu     stdsync.Mutex
	busy   map[string]bool
	got    map[string][]string // what was accepted of each account
	fails  map[string]int      // how often an event is refused
	most   int
	now    int
	header http.Header
}

func (h *hookServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var e struct {
		Record struct{ DID, Rkey string }
	}
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(body, &e)
	}
	if err != nil {
		h.t.Error(err)
	}
	did := e.Record.DID
	h.mu.Lock()
	if h.busy[did] {
		h.t.Errorf("two events of %s at a time", did)
	}
	h.busy[did] = true
	h.now++
	h.most = max(h.most, h.now)
	h.header = r.Header
	h.mu.Unlock()
	time.Sleep(10 * time.Millisecond)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now--
	h.busy[did] = false
	if key := did + e.Record.Rkey; h.fails[key] > 0 {
		h.fails[key]--
		http.Error(w, "not now", []int{500, 404, 302}[h.fails[key]%3])
		return
	}
	h.got[did] = append(h.got[did], e.Record.Rkey)
	w.WriteHeader(http.StatusNoContent)
}

// TestWebhook has a server that refuses an event of one account some times. Others do not
// wait for that.
func TestWebhook_SN41(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := filled(t, 5, 10)
		s, stop := opened(t, store)
		defer stop()
		h := &hookServer{t: t, busy: map[string]bool{}, got: map[string][]string{}, fails: map[string]int{string(didOf(2)) + "k3": 7}}
		ctx, cancel := context.WithCancel(t.Context())
		var refused atomic.Int64
		hook := records.Webhook{
			URL: "http://app.example.com/hook", Client: xrpctest.NewHTTPClient(t, h), Password: "secret", Parallel: 3,
			Failed: func(*records.Event, error) { refused.Add(1) },
		}
		var wait stdsync.WaitGroup
		wait.Go(func() {
			if err := hook.Run(ctx, s); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
		after(10 * time.Second)
		if got := left(t, store); got != 7 {
			t.Errorf("%d events are left, those of one account", got)
		}
		after(time.Hour)
		cancel()
		wait.Wait()
		for a := range 5 {
			if got := short(h.got[string(didOf(a))]); got != "k0, k1, k2, k3, k4, k5, k6, k7, k8, k9" {
				t.Errorf("%s: %s", didOf(a), got)
			}
		}
		user, password, _ := (&http.Request{Header: h.header}).BasicAuth()
		if got := left(t, store); got != 0 || refused.Load() != 7 || h.most != 3 || user != "admin" || password != "secret" || h.header.Get("Content-Type") != "application/json" {
			t.Errorf("%d are left, %d refused, %d at a time, %v", got, refused.Load(), h.most, h.header)
		}
	})
}

// TestAWebhookIsTriedAgain has an application that redirects the first event of an account
// to another page, refuses it some times, and the second one once. A redirect is no
// acknowledgement, and the pauses of the second event are not those of the first.
func TestAWebhookIsTriedAgain_SN41(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, stop := opened(t, filled(t, 1, 2))
		defer stop()
		start := time.Now()
		var got []string
		answers := []int{302, 307, 500, 503, 204, 500, 204}
		app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			got = append(got, fmt.Sprintf("%s %s %s", time.Since(start), r.Method, r.URL.Path))
			w.Header().Set("Location", "/login")
			w.WriteHeader(answers[min(len(got), len(answers))-1])
		})
		hook := records.Webhook{URL: "http://app.example.com/hook", Client: xrpctest.NewHTTPClient(t, app)}
		ctx, cancel := context.WithCancel(t.Context())
		var wait stdsync.WaitGroup
		wait.Go(func() { _ = hook.Run(ctx, s) })
		after(time.Hour)
		cancel()
		wait.Wait()
		want := []string{"0s POST /hook", "1s POST /hook", "3s POST /hook", "7s POST /hook", "15s POST /hook", "15s POST /hook", "16s POST /hook"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestWebhooksAreGuarded has a URL of a private network, and no client.
func TestWebhooksAreGuarded(t *testing.T) {
	t.Parallel()
	store := filled(t, 1, 1)
	opts := newNetwork(t).options(store)
	s, err := records.Open(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	for _, url := range []string{"https://127.0.0.1:443/hook", "http://app.example.com/hook"} {
		ctx, cancel := context.WithCancel(t.Context())
		var failed error
		err = records.Webhook{URL: url, Parallel: 1, Failed: func(_ *records.Event, err error) { failed = err; cancel() }}.Run(ctx, s)
		if !errors.Is(failed, guard.ErrForbidden) || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, %v", url, failed, err)
		}
	}
}

// client connects to a channel.
func client(ctx context.Context, t testing.TB, c *records.Channel, password string) (*websocket.Conn, int) {
	t.Helper()
	req := &http.Request{Header: http.Header{}}
	if password != "" {
		req.SetBasicAuth("admin", password)
	}
	opts := &websocket.DialOptions{HTTPClient: xrpctest.NewHTTPClient(t, c), HTTPHeader: req.Header} //nolint:contextcheck // it ends with the test
	conn, res, err := websocket.Dial(ctx, "ws://app.example.com/channel", opts)                      //nolint:bodyclose // it does so
	if err != nil && res == nil {
		t.Fatal(err)
	}
	return conn, res.StatusCode
}

// next reads an event, and returns its ID and account.
func next(ctx context.Context, conn *websocket.Conn) (id int64, did, key string, err error) {
	var e struct {
		ID     int64
		Record struct{ DID, Rkey string }
	}
	_, b, err := conn.Read(ctx)
	if err == nil {
		err = json.Unmarshal(b, &e)
	}
	return e.ID, e.Record.DID, e.Record.Rkey, err
}

func acknowledge(ctx context.Context, conn *websocket.Conn, id int64) error {
	return conn.Write(ctx, websocket.MessageText, fmt.Appendf(nil, `{"type":"ack","id":%d}`, id))
}

// diligent acknowledges a number of events, and says other things, too.
func diligent(ctx context.Context, conn *websocket.Conn, count int, got map[string][]string) error {
	for range count {
		id, did, key, err := next(ctx, conn)
		if err != nil {
			return err
		}
		got[did] = append(got[did], key)
		for _, text := range []string{"nonsense", `{"type":"ack","id":"x"}`, `{"type":"ack","id":999}`, `{"type":"hello","id":1}`} {
			err = errors.Join(err, conn.Write(ctx, websocket.MessageText, []byte(text)))
		}
		if err := errors.Join(err, acknowledge(ctx, conn, id)); err != nil {
			return err
		}
	}
	return nil
}

// TestChannel has two clients who share the events. One of them stops to acknowledge: it
// is disconnected, and its events go to the other one.
func TestChannel_SN41(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := filled(t, 4, 5)
		s, stop := opened(t, store)
		defer stop()
		c := &records.Channel{Syncer: s, Password: "secret", Open: 3, Patience: 10 * time.Second}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		for _, password := range []string{"", "secre", "secret2"} {
			if _, status := client(ctx, t, c, password); status != http.StatusUnauthorized {
				t.Errorf("%q: %d", password, status)
			}
		}
		lazy, _ := client(ctx, t, c, "secret")
		for range 3 {
			if _, _, key, err := next(ctx, lazy); err != nil || key != "k0" {
				t.Errorf("%s, %v", key, err)
			}
		}
		busy, _ := client(ctx, t, c, "secret")
		got := map[string][]string{}
		var wait stdsync.WaitGroup
		wait.Go(func() {
			if err := diligent(ctx, busy, 20, got); err != nil {
				t.Error(err)
			}
		})
		after(5 * time.Second)
		if n := left(t, store); n != 15 {
			t.Errorf("%d events are left, those of three accounts", n)
		}
		_, _, _, err := next(ctx, lazy)
		if websocket.CloseStatus(err) != websocket.StatusPolicyViolation || !strings.Contains(err.Error(), "not acknowledged in time") {
			t.Error(err)
		}
		wait.Wait()
		synctest.Wait()
		for a := range 4 {
			if all := short(got[string(didOf(a))]); all != "k0, k1, k2, k3, k4" || left(t, store) != 0 {
				t.Errorf("%s: %s, and %d are left", didOf(a), all, left(t, store))
			}
		}
		_ = busy.CloseNow()
	})
}

// TestOptionsThatAreMissing names them.
func TestOptionsThatAreMissing(t *testing.T) {
	t.Parallel()
	good := newNetwork(t).options(&records.MemoryStore{})
	for want, edit := range map[string]func(*records.Options){
		"Upstream":  func(o *records.Options) { o.Upstream = nil },
		"Directory": func(o *records.Options) { o.Directory = nil },
		"Store":     func(o *records.Options) { o.Store = nil },
		"Now":       func(o *records.Options) { o.Now = nil },
		"Sleep":     func(o *records.Options) { o.Sleep = nil },
	} {
		opts := good
		edit(&opts)
		if _, err := records.Open(t.Context(), opts); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

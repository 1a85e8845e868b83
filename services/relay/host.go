package relay

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	stdsync "sync"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/services/relay/store"
)

// A host is one that is followed, or has been.
type host struct {
	relay    *Relay
	name     string
	verifier *sync.Verifier
	client   *xrpc.Client

	storing stdsync.Mutex // held from where info is read to where it is stored
	letting stdsync.Mutex // held while accounts are let in

	mu        stdsync.Mutex
	info      store.Host
	quota     *quota
	phase     phase
	interrupt context.CancelFunc // ends the phase
	again     bool               // the next phase ends at once
	moved     bool               // the operator has set the cursor since the connection was begun
	failures  int                // connections on end that brought nothing
	failed    string             // why the last one ended
	retry     time.Time          // when the next one is made
	waits     time.Time          // until when the host has to wait for its quota
	lastEvent time.Time          // when it came
	passed    time.Time          // when the last one was passed on
	lag       time.Duration      // how old that was then
	events    map[string]int64   // by kind
	rejected  map[sync.Reason]int64
	rate      rate
}

// A phase is what a host is doing.
type phase int

const (
	off        phase = iota // it is not to be followed
	pausing                 // until the next connection
	connecting              // until the host has answered
	connected
)

// origin is where a host is.
func origin(info *store.Host) string {
	if info.NoSSL {
		return "http://" + info.Name
	}
	return "https://" + info.Name
}

func newHost(r *Relay, info store.Host) *host {
	h := &host{
		relay: r, name: info.Name, info: info, quota: newQuota(r.opts, &info), events: map[string]int64{}, rejected: map[sync.Reason]int64{},
	}
	client := *r.opts.Client
	client.Transport = &announced{base: client.Transport, upgraded: h.isConnected}
	h.client = xrpc.NewClient(origin(&info), xrpc.WithHTTPClient(&client), xrpc.WithAttempts(1), xrpc.WithHeader("User-Agent", userAgent))
	h.verifier = &sync.Verifier{Directory: lookUps{r.opts.Directory, h}, Accounts: knownTo{h}, Host: origin(&info), Now: r.opts.Now}
	return h
}

// userAgent is how a relay presents itself to hosts.
const userAgent = "lexgen-relay"

// run follows the host until ctx ends.
func (h *host) run(ctx context.Context) {
	for ctx.Err() == nil {
		h.begin()
		if !h.wanted() {
			_ = h.during(ctx, off, func(ctx context.Context) error { <-ctx.Done(); return nil })
			continue
		}
		before := h.seen()
		err := h.during(ctx, connecting, h.follow)
		if ctx.Err() != nil {
			return
		}
		if errors.Is(err, context.Canceled) {
			continue // it was interrupted
		}
		pause, stopped := h.ended(ctx, err, h.seen() > before)
		if !stopped {
			_ = h.during(ctx, pausing, func(ctx context.Context) error { return h.relay.opts.Sleep(ctx, pause) })
		}
	}
}

// during does something until it ends, or is interrupted.
func (h *host) during(ctx context.Context, p phase, do func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	h.mu.Lock()
	h.phase, h.interrupt = p, cancel
	if h.again {
		h.again = false
		cancel()
	}
	h.mu.Unlock()
	defer func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.interrupt = nil // who interrupts now means the next one
	}()
	return do(ctx)
}

// wake ends what the host is doing, so that it begins again with what it is now, but
// for a connection that is to be kept.
func (h *host) wake(keep bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if keep && (h.phase == connected || h.phase == connecting) {
		return
	}
	h.again = h.interrupt == nil
	if h.interrupt != nil {
		h.interrupt()
	}
}

// forgive has the pauses between connections begin with the first one again.
func (h *host) forgive() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failures = 0
}

func (h *host) wanted() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.info.Banned && h.info.Stopped == ""
}

// isFollowed reports whether there is a connection, or one is being made, and is to be kept.
func (h *host) isFollowed() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.info.Banned && h.info.Stopped == "" && (h.phase == connected || h.phase == connecting)
}

func (h *host) isConnected() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.phase = connected
}

// seen is how many events have come.
func (h *host) seen() (n int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for count := range maps.Values(h.events) {
		n += count
	}
	return n
}

// follow makes one connection and processes what comes over it.
func (h *host) follow(ctx context.Context) error {
	opts := h.relay.opts
	if err := h.relay.checkBan(h.name); err != nil { // of a name above it
		return err
	}
	counts := func() { _ = h.mayGoOn(ctx, 1) } // if ctx ends, so does the stream
	said := false
	consumer := &sync.Consumer{
		Client: h.client, Verifier: h.verifier, Cursors: h, Handle: h.handled, Admit: h.admit,
		Broken: func(err *xrpc.FrameError) {
			h.broken(err)
			counts()
		},
		Info: func(m *comatproto.SyncSubscribeReposInfo) {
			if !said { // a host may say it without end
				said = true
				h.told(m)
			}
			counts()
		},
		Stream:  []xrpc.StreamOption{xrpc.WithReconnects(0), xrpc.WithoutCuts(), xrpc.WithOnIgnored(counts)},
		Workers: opts.Workers, Pending: opts.Pending, PendingBytes: opts.PendingBytes, Share: h.relay.share,
		SaveEvery: 1, Attempts: attempts, Sleep: opts.Sleep, // what is saved is gathered
	}
	h.relay.following.Add(1)
	defer h.relay.following.Add(-1)
	return consumer.Run(ctx)
}

// attempts is how often an event is verified while something that it needs is not
// available: for two minutes. A relay does not fetch repositories, so that what it drops is
// missing until the account says something again, which one that was deleted never does.
const attempts = 8

// Pauses between two connections: the first one, which doubles each time, and the
// longest (UN-13).
const (
	firstPause   = time.Second
	longestPause = 30 * time.Minute
	// offlineAfter is after how many connections on end that brought nothing a host is
	// offline, while there is none.
	offlineAfter = 3
)

// ended notes why a connection has ended, and returns how long to wait for the next
// one, or that there is none.
func (h *host) ended(ctx context.Context, err error, progress bool) (pause time.Duration, stopped bool) {
	if errors.Is(err, xrpc.ErrFutureCursor) || errors.Is(err, errRelay) {
		h.stop(ctx, err)
		return 0, true
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if progress {
		h.failures = 0
	}
	h.failures++
	pause = min(firstPause<<min(h.failures-1, 20), longestPause)
	pause = pause/2 + time.Duration(h.relay.opts.Float()*float64(pause/2))
	if answer, ok := errors.AsType[*xrpc.Error](err); ok {
		pause = max(pause, min(answer.RetryAfter, longestPause))
	}
	h.failed, h.retry = detailOf(err), h.relay.opts.Now().Add(pause)
	h.relay.opts.Logger.DebugContext(ctx, "a connection has ended", "host", h.name, "error", err, "pause", pause)
	return pause, false
}

// stop has the host not followed until somebody asks for it (SN-52, SN-56).
func (h *host) stop(ctx context.Context, err error) {
	why := detailOf(err)
	if errors.Is(err, xrpc.ErrFutureCursor) {
		why = fmt.Sprintf("the host says that the seq %d, up to which its events were processed, is ahead of it: %s", h.seq(), why)
	}
	h.relay.opts.Logger.WarnContext(ctx, "a host is not followed any more", "host", h.name, "why", why)
	if err := h.change(ctx, func(info *store.Host) { info.Stopped = why }); err != nil && ctx.Err() == nil {
		h.relay.opts.Logger.ErrorContext(ctx, "a host cannot be stored", "host", h.name, "error", err)
	}
}

// change changes what is stored of the host. It counts for this process at once, and even if it
// cannot be stored: then that is tried again.
func (h *host) change(ctx context.Context, change func(*store.Host)) error {
	h.set(change)
	return h.store(context.WithoutCancel(ctx)) // who has asked may have gone
}

// set changes what is known of the host, and its quota if that depends on it. The caller stores it.
func (h *host) set(change func(*store.Host)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	before := h.info
	change(&h.info)
	if h.info.AccountLimit != before.AccountLimit || h.info.Trusted != before.Trusted { // a new one is full
		h.quota = newQuota(h.relay.opts, &h.info)
	}
}

// store stores the host as it is now. Of changes at the same time the last to be stored has all of them.
func (h *host) store(ctx context.Context) error {
	h.storing.Lock()
	defer h.storing.Unlock()
	err := h.relay.opts.Store.PutHost(ctx, h.infoNow())
	h.relay.mu.Lock()
	defer h.relay.mu.Unlock()
	if err != nil {
		h.relay.unstored[h.name] = err
	} else {
		delete(h.relay.unstored, h.name)
	}
	return err
}

func (h *host) infoNow() store.Host {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.info
}

func (h *host) quotaNow() *quota {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.quota
}

func (h *host) seq() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.info.Seq
}

// Cursor implements [sync.Cursors]: a host of which nothing was processed is followed
// from what is new (SN-52).
func (h *host) Cursor(context.Context) (seq int64, ok bool, err error) {
	seq = h.seq()
	return max(seq, 0), seq != store.NoSeq, nil
}

// SetCursor implements [sync.Cursors]. The cursor is stored with what is known of
// accounts. One that the operator has set stays until the next connection.
func (h *host) SetCursor(_ context.Context, seq int64) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.moved {
		h.setSeq(seq)
	}
	return nil
}

// moveTo has the host go on elsewhere with its next connection.
func (h *host) moveTo(seq int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.moved = true
	h.setSeq(seq)
}

func (h *host) setSeq(seq int64) {
	h.info.Seq = seq
	h.relay.accounts.moveSeq(h.name, seq)
}

// begin is called where there is no connection.
func (h *host) begin() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.moved = false
}

// throttle notes that the host has to wait for its quota.
func (h *host) throttle(wait time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.waits = h.relay.opts.Now().Add(wait)
}

// status is the public one.
func (h *host) status() comatproto.SyncDefsHostStatus {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.relay.opts.Now()
	switch {
	case h.info.Banned:
		return comatproto.SyncDefsHostStatusBanned
	case h.info.Stopped != "" || h.phase != connected && h.failures >= offlineAfter:
		return comatproto.SyncDefsHostStatusOffline
	case h.waits.After(now):
		return comatproto.SyncDefsHostStatusThrottled
	case !h.lastEvent.IsZero() && now.Sub(h.lastEvent) >= h.relay.opts.IdleAfter:
		return comatproto.SyncDefsHostStatusIdle
	}
	return comatproto.SyncDefsHostStatusActive
}

// announced is a transport that looks at what a host says of itself.
type announced struct {
	base     http.RoundTripper
	upgraded func() // told that a WebSocket was opened; may be nil
}

// RoundTrip makes a request. An answer of another relay is errRelay (SN-56).
func (t *announced) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := t.base.RoundTrip(r)
	if err != nil {
		return nil, err //nolint:wrapcheck // it is that of the transport
	}
	if isRelay(res.Header) {
		_ = res.Body.Close()
		return nil, errRelay
	}
	if res.StatusCode == http.StatusSwitchingProtocols && t.upgraded != nil {
		t.upgraded()
	}
	return res, nil
}

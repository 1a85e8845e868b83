package relay

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/internal/ratelimit"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/services/relay/store"
)

// ErrBanned says that a host is banned, or one of the names above it, which the error has.
var ErrBanned = errors.New("the host is banned")

// Errors of asking for a host.
var (
	errRelay   = errors.New("the host says that it is a relay, and relays do not follow relays (SN-56)")
	errTooMany = errors.New("too many")
	errProbe   = errors.New("the host does not answer as a server of accounts does")
)

// relayServer is the header Server of this relay, and what is looked for in those of
// others (SN-56).
const relayServer = "atproto-relay"

func isRelay(h http.Header) bool {
	return strings.Contains(strings.ToLower(h.Get("Server")), relayServer)
}

// Limits of what strangers can have asked.
const (
	probeTimeout  = 5 * time.Second // SN-51
	probesAtOnce  = 16
	maxProbeBytes = 64 << 10
)

// crawl bounds how often hosts are probed that strangers name. What one address may do is
// less than what all of them may, so that it leaves room for others.
type crawl struct {
	places    chan struct{} // has an item for each probe that is under way
	byHost    *ratelimit.Limiter[string]
	byAddress *ratelimit.Limiter[string]
	added     *ratelimit.Limiter[string] // new hosts, by the address that has named them
	all       *ratelimit.Limiter[struct{}]
}

func newCrawl(opts Options) *crawl {
	return &crawl{
		places:    make(chan struct{}, probesAtOnce),
		byHost:    ratelimit.New[string](ratelimit.Rate{Burst: 3, Every: 10 * time.Second}, opts.Now),
		byAddress: ratelimit.New[string](ratelimit.Rate{Burst: 10, Every: 5 * time.Second}, opts.Now),
		added:     ratelimit.New[string](perDay(opts.Limits.HostsPerAddress), opts.Now),
		all:       ratelimit.New[struct{}](ratelimit.Rate{Burst: 100, Every: time.Second}, opts.Now),
	}
}

// Operator is who has hosts followed without limits, in place of an address.
const Operator = "operator"

// RequestCrawl has a host followed, as com.atproto.sync.requestCrawl does (SN-51). One
// that is known is connected to at once if it is not yet, also if it was stopped, and goes on
// where it was; if that fails, the pauses between attempts are what they would have been, unless
// the operator asks. A new one is probed first, and followed from what is new. A ban is not
// lifted. from is the address of who asks, or [Operator], whom quotas do not bind, and who
// may name hosts that are not public.
func (r *Relay) RequestCrawl(ctx context.Context, hostname, from string) error {
	byAdmin := from == Operator
	info, err := parseHost(&r.opts, hostname, byAdmin)
	if err = errors.Join(err, r.replaced()); err != nil {
		return err
	}
	known := r.host(info.Name)
	if known != nil && known.isFollowed() {
		return nil
	}
	if known != nil && byAdmin {
		return r.AddHost(ctx, hostname)
	}
	if !byAdmin && r.crawl.byAddress.Take(from) > 0 {
		return fmt.Errorf("%w requests to crawl from your address: try again later", errTooMany)
	}
	if err := r.checkBan(info.Name); err != nil {
		return err
	}
	switch {
	case known != nil && r.crawl.byHost.Take(info.Name) > 0:
		return nil // it was asked for just now
	case known != nil:
		return known.revive(ctx)
	case byAdmin:
		err = r.probe(ctx, &info)
	default:
		err = r.probeFor(ctx, &info, from)
	}
	if err != nil {
		return err
	}
	return r.addNew(ctx, info, byAdmin)
}

// AddHost has a host followed that the operator names, whether it answers now or not. One
// that is known is connected to at once if it is not yet, also if it was stopped. A ban is
// not lifted: the error is [ErrBanned], and if it is one of a known host itself, that is
// followed when the ban ends.
func (r *Relay) AddHost(ctx context.Context, hostname string) error {
	info, err := parseHost(&r.opts, hostname, true)
	if err = errors.Join(err, r.replaced()); err != nil {
		return err
	}
	known := r.host(info.Name)
	if known != nil {
		known.forgive()
		if err := known.revive(ctx); err != nil {
			return err
		}
	}
	if err := r.checkBan(info.Name); err != nil || known != nil {
		return err
	}
	return r.addNew(ctx, info, true)
}

// addNew has a new host followed.
func (r *Relay) addNew(ctx context.Context, info store.Host, byAdmin bool) error {
	info.AccountLimit, info.ByAdmin, info.FirstSeen = r.opts.Limits.AccountsPerHost, byAdmin, r.opts.Now().UTC().Truncate(time.Millisecond)
	return r.addHost(ctx, info)
}

// revive follows a host again that was stopped, or that is waiting for its next
// connection (UN-13). It keeps its seq (ES-12).
func (h *host) revive(ctx context.Context) error {
	if h.infoNow().Stopped != "" {
		if err := h.change(ctx, func(info *store.Host) { info.Stopped = "" }); err != nil {
			return err
		}
	}
	h.wake(true)
	return nil
}

// checkBan refuses a host that is banned, or one of whose parents is.
func (r *Relay) checkBan(name string) error {
	for _, parent := range parents(name) {
		if h := r.host(parent); h != nil && h.infoNow().Banned {
			return fmt.Errorf("%w: %s", ErrBanned, parent)
		}
	}
	return nil
}

// probeFor asks a host what it is for a stranger, whom quotas bind.
func (r *Relay) probeFor(ctx context.Context, info *store.Host, from string) error {
	if err := r.mayAdd(ctx, info.Name, from); err != nil {
		return err
	}
	if err := r.probe(ctx, info); err != nil {
		return err
	}
	if r.crawl.added.Take(from) > 0 { // others were added meanwhile
		return tooManyFrom(from)
	}
	return nil
}

func tooManyFrom(from string) error {
	return fmt.Errorf("%w new hosts within a day from your address, %s: try again tomorrow", errTooMany, from)
}

// mayAdd holds a new host that is named from an address against the quotas.
func (r *Relay) mayAdd(ctx context.Context, name, from string) error {
	if r.crawl.added.Wait(from) > 0 {
		return tooManyFrom(from)
	}
	if r.crawl.byHost.Take(name) > 0 || r.crawl.all.Take(struct{}{}) > 0 {
		return fmt.Errorf("%w requests to crawl: try again later", errTooMany)
	}
	return r.roomForHosts(ctx)
}

// roomForHosts is an error if strangers may have no more hosts added today.
func (r *Relay) roomForHosts(ctx context.Context) error {
	n, err := r.opts.Store.NewHosts(ctx, r.opts.Now().Add(-24*time.Hour))
	if err != nil {
		return err
	}
	if n >= int64(r.opts.Limits.HostsPerDay) {
		return fmt.Errorf("%w new hosts within a day, %d: try again tomorrow", errTooMany, n)
	}
	return nil
}

// probe asks a host what it is (SN-51, SN-56).
func (r *Relay) probe(ctx context.Context, info *store.Host) error {
	select {
	case r.crawl.places <- struct{}{}:
		defer func() { <-r.crawl.places }()
	default:
		return fmt.Errorf("%w requests to crawl at a time: try again later", errTooMany)
	}
	client := *r.opts.Client
	client.Transport = &announced{base: client.Transport}
	c := xrpc.NewClient(origin(info), xrpc.WithHTTPClient(&client), xrpc.WithAttempts(1), xrpc.WithTimeout(probeTimeout),
		xrpc.WithMaxOutput(maxProbeBytes), xrpc.WithHeader("User-Agent", userAgent))
	_, err := comatproto.ServerDescribeServer.Call(ctx, c, &xrpc.None{})
	switch {
	case errors.Is(err, errRelay):
		return fmt.Errorf("%w: %s", errRelay, info.Name)
	case err != nil:
		return fmt.Errorf("%w: %s: %w", errProbe, info.Name, err)
	}
	return nil
}

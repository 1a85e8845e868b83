package networktest

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/lexgen/lexgen/runtime/xrpc"
)

// A Network connects clients with servers by the names of these. It is safe for
// concurrent use.
type Network struct {
	Chance Chance
	// Faults counts what was done to connections that were there.
	Faults Counts

	mu    sync.Mutex
	paces map[string]Pace
	ports map[string]*port
	links map[*link]struct{}
	dials map[string]int
	count int // of links
	work  sync.WaitGroup
}

// usualPace is that of a host of which nothing else is said.
var usualPace = Pace{Latency: 5 * time.Millisecond, Spread: 20 * time.Millisecond}

// NewNetwork returns a network without servers.
func NewNetwork(chance Chance) *Network {
	return &Network{
		Chance: chance, paces: map[string]Pace{}, ports: map[string]*port{}, links: map[*link]struct{}{}, dials: map[string]int{},
	}
}

// A link is a connection, seen from above.
type link struct {
	number         int
	to             string
	client, server *conn
}

// A port is where a server waits for connections.
type port struct {
	name  string
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

// Accept waits for a connection.
func (p *port) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// Close refuses further connections.
func (p *port) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

// Addr returns the name of the server.
func (p *port) Addr() net.Addr { return address(p.name) }

// Serve serves h under a name, such as pds1.test, until stop is called, which cuts
// all connections and waits until h has returned.
func (n *Network) Serve(name string, h http.Handler) (stop func()) {
	p := &port{name: name, conns: make(chan net.Conn, 16), done: make(chan struct{})}
	n.mu.Lock()
	n.ports[name] = p
	n.mu.Unlock()
	var work sync.WaitGroup
	server := &http.Server{ReadHeaderTimeout: xrpc.DefaultReadTimeout, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		work.Add(1)
		defer work.Done()
		h.ServeHTTP(w, r)
	})}
	server.SetKeepAlivesEnabled(false)
	n.work.Go(func() { _ = server.Serve(p) }) // it ends with the port
	return func() {
		n.mu.Lock()
		delete(n.ports, name)
		n.mu.Unlock()
		_ = p.Close() // it cannot fail
		n.Cut(name)
		time.Sleep(cutting + 1)
		_ = server.Close() // nobody hears it any more
		work.Wait()
	}
}

// Wait waits until all servers have stopped.
func (n *Network) Wait() { n.work.Wait() }

// HTTPClient returns a client of the network. URLs of https work without certificates,
// and each call has a connection of its own.
func (n *Network) HTTPClient(from string) *http.Client {
	dial := func(ctx context.Context, _, address string) (net.Conn, error) { return n.Dial(ctx, from, address) }
	return &http.Client{Transport: &http.Transport{DialContext: dial, DialTLSContext: dial, DisableKeepAlives: true}}
}

// Dial connects with the server of an address, whose port does not matter.
func (n *Network) Dial(ctx context.Context, from, to string) (net.Conn, error) {
	name, _, err := net.SplitHostPort(to)
	if err != nil {
		return nil, fmt.Errorf("networktest: %w", err)
	}
	n.mu.Lock()
	n.dials[from+" "+name]++
	chance := n.Chance.Of("dial", from, name, n.dials[from+" "+name], time.Now().UnixNano())
	pace, ok := n.paces[name]
	if !ok {
		pace = usualPace
	}
	n.mu.Unlock()
	if err := Sleep(ctx, pace.Latency+between(chance, 1, pace.Spread+2)); err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	p := n.ports[name]
	if p == nil {
		return nil, &net.OpError{Op: "dial", Net: "memory", Addr: address(name), Err: syscall.ECONNREFUSED}
	}
	up, down := newFlow(n.Chance.Of("up", chance.Uint64()), pace), newFlow(n.Chance.Of("down", chance.Uint64()), pace)
	n.count++
	l := &link{number: n.count, to: name}
	l.client = &conn{in: down, out: up, local: address(from), remote: address(name), closed: func() { n.forget(l) }}
	l.server = &conn{in: up, out: down, local: address(name), remote: address(from + ":1"), closed: func() {}}
	select {
	case p.conns <- l.server:
	default:
		return nil, &net.OpError{Op: "dial", Net: "memory", Addr: address(name), Err: syscall.ECONNREFUSED}
	}
	n.links[l] = struct{}{}
	return l.client, nil
}

func (n *Network) forget(l *link) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.links, l)
}

// Sleep waits until the time is over or ctx ends, whose error it returns then.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// each calls do with every connection to a host, and counts that.
func (n *Network) each(name, fault string, do func(*link)) {
	n.mu.Lock()
	var links []*link
	for l := range n.links {
		if l.to == name {
			links = append(links, l)
		}
	}
	n.mu.Unlock()
	slices.SortFunc(links, func(a, b *link) int { return a.number - b.number })
	for _, l := range links {
		do(l)
		n.Faults.Add(fault)
	}
}

// cutting is how long it takes at most until all connections are cut.
const cutting = 100 * time.Microsecond

// Cut breaks all connections to a host, one after another.
func (n *Network) Cut(name string) {
	n.each(name, "cut", func(l *link) {
		chance := n.Chance.Of("cut", l.number, time.Now().UnixNano())
		for _, f := range []*flow{l.client.in, l.client.out} {
			f.fail(&net.OpError{Op: "read", Net: "memory", Addr: address(name), Err: syscall.ECONNRESET}, between(chance, 1, cutting))
		}
	})
}

// CutInside breaks all connections to a host inside of what it sends next, of which
// keep bytes arrive, if it is longer.
func (n *Network) CutInside(name string, keep int) {
	n.each(name, "cut inside", func(l *link) { l.client.in.cutNext(keep, syscall.ECONNRESET) })
}

// EndInside is CutInside, but for what it looks like: as if the host had closed the
// connection in good order.
func (n *Network) EndInside(name string, keep int) {
	n.each(name, "end inside", func(l *link) { l.client.in.cutNext(keep, io.EOF) })
}

// Stall has nothing arrive from a host for a while, over connections that there are. No
// two of them go on at the same moment.
func (n *Network) Stall(name string, d time.Duration) {
	n.each(name, "stall", func(l *link) { l.client.in.hold(d + time.Duration(l.number)*time.Microsecond) })
}

// SetPace says how fast connections with a host are from now on.
func (n *Network) SetPace(name string, p Pace) {
	n.mu.Lock()
	n.paces[name] = p
	n.mu.Unlock()
	n.each(name, "pace", func(l *link) {
		for _, f := range []*flow{l.client.in, l.client.out} {
			f.update(func() { f.pace = p })
		}
	})
}

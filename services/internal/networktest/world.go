package networktest

import (
	"context"
	"fmt"

	"github.com/lexgen/lexgen/runtime/xrpc"
)

// A World is a network with a directory and hosts. It must be made, used and closed in
// one bubble of testing/synctest.
type World struct {
	Chance    Chance
	Net       *Network
	Directory *Directory
	Hosts     []*Host

	stopDirectory func()
}

// DirectoryName is what the directory of DIDs is called in the network.
const DirectoryName = "plc.test"

// NewWorld starts a world with hosts that are called pds1.test, pds2.test and so on, and
// have no accounts.
func NewWorld(ctx context.Context, chance Chance, hosts int) (*World, error) {
	w := &World{Chance: chance, Net: NewNetwork(chance), Directory: NewDirectory(chance)}
	w.stopDirectory = w.Net.Serve(DirectoryName, w.Directory)
	for i := range hosts {
		h := newHost(w, fmt.Sprintf("pds%d.test", i+1))
		w.Hosts = append(w.Hosts, h)
		if err := h.Start(ctx); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// Client returns a client of a service for whoever is called from.
func (w *World) Client(from, service string) *xrpc.Client {
	return xrpc.NewClient(service, xrpc.WithHTTPClient(w.Net.HTTPClient(from)), xrpc.WithWorld(xrpc.World{
		Float: sharedFloat(w.Chance.Of("client", from, service)),
	}))
}

// Close stops all hosts, and waits for that.
func (w *World) Close() {
	for _, h := range w.Hosts {
		if h.stop != nil {
			h.stop()
			h.stop = nil
		}
	}
	w.stopDirectory()
	w.Net.Wait()
}

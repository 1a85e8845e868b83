package dataplane

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/lexgen/lexgen/runtime/identity"
	events "github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/internal/networktest"
)

// What would happen at one moment, in any order, happens at moments of its own here, so
// that a seed gives the same trace each time.

// moments is a directory whose answers come at moments of their own, so that of events
// that come at one moment it is known which one is processed first.
type moments struct {
	events.Directory

	chance networktest.Chance
	part   string
}

func (m moments) LookupDID(ctx context.Context, did syntax.DID) (*identity.Identity, error) {
	if err := m.pass(ctx, did); err != nil {
		return nil, err
	}
	return m.Directory.LookupDID(ctx, did)
}

func (m moments) LookupUnnamed(ctx context.Context, did syntax.DID, fresh bool) (*identity.Identity, error) {
	if err := m.pass(ctx, did); err != nil {
		return nil, err
	}
	return m.Directory.LookupUnnamed(ctx, did, fresh)
}

func (m moments) pass(ctx context.Context, did syntax.DID) error {
	now := time.Now().UnixNano()
	return networktest.Sleep(ctx, between(m.chance.Of("moment", m.part, did, now), 1, longestMoment))
}

// longestMoment is how long a moment is at most.
const longestMoment = 100 * time.Millisecond

// sleep is that of the indexer. Who is woken goes on a moment later than who has woken it.
func (s *System) sleep(ctx context.Context, d time.Duration) error {
	err := networktest.Sleep(ctx, d)
	time.Sleep(between(s.world.Chance.Of("woken", time.Now().UnixNano()), 1, longestMoment))
	return err
}

// client returns a client of the network for a part of the system.
func (s *System) client(part string) *http.Client {
	c := s.world.Net.HTTPClient(part)
	c.Transport = apart{c.Transport, s.world.Chance, part}
	return c
}

// apart is a transport whose requests begin at moments of their own, and whose
// WebSockets bring each frame at one.
type apart struct {
	base   http.RoundTripper
	chance networktest.Chance
	part   string
}

// RoundTrip makes a request.
func (m apart) RoundTrip(r *http.Request) (*http.Response, error) {
	chance := m.chance.Of("request", m.part, r.URL, time.Now().UnixNano())
	if err := networktest.Sleep(r.Context(), between(chance, 1, longestMoment)); err != nil {
		return nil, err
	}
	res, err := m.base.RoundTrip(r)
	if err != nil {
		return nil, err //nolint:wrapcheck // it is that of the transport
	}
	if conn, ok := res.Body.(io.ReadWriteCloser); ok && res.StatusCode == http.StatusSwitchingProtocols {
		res.Body = &frames{ReadWriteCloser: conn, chance: chance}
	}
	return res, nil
}

// frames are what a server sends over a WebSocket, of which each Read returns a part of
// one frame.
type frames struct {
	io.ReadWriteCloser

	chance *rand.Rand
	buffer bytes.Buffer // what has arrived
	left   uint64       // of the frame that is being read
}

// Read reads of one frame.
func (f *frames) Read(p []byte) (int, error) {
	for f.left == 0 {
		if n, ok := frameLength(f.buffer.Bytes()); ok {
			f.left = n
			time.Sleep(between(f.chance, 1, 2*time.Millisecond))
		} else if err := f.more(); err != nil {
			return 0, err
		}
	}
	if f.buffer.Len() == 0 {
		if err := f.more(); err != nil {
			return 0, err
		}
	}
	n, _ := f.buffer.Read(p[:min(uint64(len(p)), f.left)])
	f.left -= uint64(n)
	return n, nil
}

func (f *frames) more() error {
	var b [4 << 10]byte
	n, err := f.ReadWriteCloser.Read(b[:])
	f.buffer.Write(b[:n])
	if n > 0 {
		return nil
	}
	return err
}

// frameLength returns how long the frame is that begins here, with its header; ok is
// false if not enough of it is there.
func frameLength(b []byte) (n uint64, ok bool) {
	const extended, long = 126, 127
	switch {
	case len(b) < 2:
		return 0, false
	case b[1] == extended && len(b) >= 4:
		return 4 + uint64(binary.BigEndian.Uint16(b[2:])), true
	case b[1] == long && len(b) >= 10:
		return 10 + binary.BigEndian.Uint64(b[2:]), true
	case b[1] < extended:
		return 2 + uint64(b[1]), true
	}
	return 0, false
}

// Package plctest makes keys, operations and directories for tests.
package plctest

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/services/plc/store"
)

// Noon is when tests begin.
var Noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// Key returns the key of a name, the same in every run: of P-256 if the name
// begins with p, else of K-256.
func Key(t testing.TB, name string) *crypto.PrivateKey {
	t.Helper()
	curve := crypto.K256
	if strings.HasPrefix(name, "p") {
		curve = crypto.P256
	}
	secret := make([]byte, 32)
	copy(secret[1:], name)
	key, err := crypto.ParsePrivateKey(curve, secret)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// Keys returns the keys of names, divided by commas, as texts of did:key.
func Keys(t testing.TB, names string) []string {
	t.Helper()
	texts := []string{}
	for name := range strings.SplitSeq(names, ",") {
		if name != "" {
			texts = append(texts, Key(t, name).PublicKey().DIDKey())
		}
	}
	return texts
}

// State returns the state of an account with a handle and rotation keys.
func State(t testing.TB, handle, keys string) plc.State {
	t.Helper()
	return plc.State{
		RotationKeys:        Keys(t, keys),
		VerificationMethods: map[string]string{"atproto": Keys(t, "signing")[0]},
		AlsoKnownAs:         []string{"at://" + handle},
		Services:            map[string]plc.Service{"atproto_pds": {Type: "AtprotoPersonalDataServer", Endpoint: "https://pds.test"}},
	}
}

// Update returns an operation, signed by the key of a name. Without prev it is a
// first one.
func Update(t testing.TB, state plc.State, prev plc.Operation, signer string) *plc.Update {
	t.Helper()
	op := &plc.Update{State: state, Prev: CID(prev)}
	Sign(t, op, signer)
	return op
}

// CID returns the CID of an operation, which is undefined for none.
func CID(op plc.Operation) cid.CID {
	if op == nil {
		return cid.CID{}
	}
	return plc.CID(op)
}

// Sign signs an operation with the key of a name.
func Sign(t testing.TB, op plc.Operation, signer string) {
	t.Helper()
	if err := plc.Sign(op, Key(t, signer)); err != nil {
		t.Fatal(err)
	}
}

// Addition returns an operation that nobody has verified, to be taken at an index
// of the log of its DID.
func Addition(op plc.Operation, first plc.Operation, at time.Time, index int) store.Addition {
	return store.Addition{Record: store.Record{
		Entry: plc.Entry{DID: plc.DID(first), Operation: op, CID: plc.CID(op), CreatedAt: at}, Index: index,
	}}
}

// A Clock stands still until it is set. It is safe for concurrent use.
type Clock struct {
	mu  sync.Mutex // guards below
	now time.Time
}

// NewClock returns a clock that shows Noon.
func NewClock() *Clock { return &Clock{now: Noon} }

// Now returns what the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Set sets the clock.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// Add moves the clock.
func (c *Clock) Add(d time.Duration) { c.Set(c.Now().Add(d)) }

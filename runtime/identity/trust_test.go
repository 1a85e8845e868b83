package identity_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// account is one of did:plc with three operations: the server changes from pds1 to
// pds3.example.org.
type account struct {
	did syntax.DID
	key *crypto.PrivateKey
	log plc.Log
}

func newAccount(t *testing.T) *account {
	t.Helper()
	key, err := crypto.ParsePrivateKeyHex(crypto.K256, strings.Repeat("1", 64))
	if err != nil {
		t.Fatal(err)
	}
	a := &account{key: key}
	for _, server := range []string{"pds1", "pds2", "pds3"} {
		a.add(t, &plc.Update{State: plc.State{
			RotationKeys: []string{key.PublicKey().DIDKey()}, VerificationMethods: map[string]string{"atproto": key.PublicKey().DIDKey()},
			AlsoKnownAs: []string{"at://carol.org"}, Services: map[string]plc.Service{"atproto_pds": {Type: identity.TypePDS, Endpoint: "https://" + server + ".example.org"}},
		}})
	}
	return a
}

// add signs an operation and adds it to the log.
func (a *account) add(t *testing.T, op plc.Operation) {
	t.Helper()
	if n := len(a.log); n > 0 {
		switch op := op.(type) {
		case *plc.Update:
			op.Prev = a.log[n-1].CID
		case *plc.Tombstone:
			op.Prev = a.log[n-1].CID
		}
	}
	if err := plc.Sign(op, a.key); err != nil {
		t.Fatal(err)
	}
	if a.did == "" {
		a.did = plc.DID(op)
	}
	created := time.Date(2026, 1, 1, 12, len(a.log), 0, 0, time.UTC)
	a.log = append(a.log, plc.Entry{DID: a.did, Operation: op, CID: plc.CID(op), CreatedAt: created})
}

// text returns the log as JSON.
func (a *account) text(t *testing.T) string {
	t.Helper()
	text, err := json.Marshal(a.log)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestMirrorsAreNotTrusted_UN24_ID42 has a directory that lies about an account in
// every way, and a resolver that believes logs alone.
func TestMirrorsAreNotTrusted_UN24_ID42(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lie    func(t *testing.T, a *account) string // the log that is served
		status int
		pds    string
		kind   error
		reason string
	}{
		"the truth": {pds: "https://pds3.example.org"},
		"without the newest operation, which nobody can see": {
			lie: func(t *testing.T, a *account) string { a.log = a.log[:2]; return a.text(t) },
			pds: "https://pds2.example.org",
		},
		"an operation is altered": {
			lie:  func(t *testing.T, a *account) string { return strings.Replace(a.text(t), "pds3", "pds4", 1) },
			kind: identity.ErrDocument, reason: "operation 2 of the log",
		},
		"the last operation is signed by another": {
			lie: func(t *testing.T, a *account) string {
				other, err := crypto.ParsePrivateKeyHex(crypto.K256, strings.Repeat("2", 64))
				if err != nil {
					t.Fatal(err)
				}
				a.log, a.key = a.log[:2], other
				a.add(t, &plc.Tombstone{})
				return a.text(t)
			},
			kind: plc.ErrSignature, reason: "operation 2 of the log",
		},
		"the first operation is missing": {
			lie:  func(t *testing.T, a *account) string { a.log = a.log[1:]; return a.text(t) },
			kind: identity.ErrDocument, reason: "operation 0 of the log",
		},
		"an operation in the middle is missing": {
			lie:  func(t *testing.T, a *account) string { a.log = slices.Delete(a.log, 1, 2); return a.text(t) },
			kind: plc.ErrOrder, reason: "operation 1 of the log",
		},
		"the log of another": {
			lie: func(t *testing.T, _ *account) string {
				other := newAccount(t)
				other.log, other.did = nil, ""
				other.add(t, &plc.Update{State: plc.State{RotationKeys: []string{other.key.PublicKey().DIDKey()}}})
				return other.text(t)
			},
			kind: plc.ErrLog, reason: "operation 0 of the log",
		},
		"the log of another, by this name": {
			lie: func(t *testing.T, a *account) string {
				op := &plc.Update{State: plc.State{RotationKeys: []string{a.key.PublicKey().DIDKey()}}}
				a.log = nil
				a.add(t, op)
				return a.text(t)
			},
			kind: plc.ErrIdentity, reason: "(ID-20)",
		},
		"an operation that counts is called undone": {
			lie:  func(t *testing.T, a *account) string { a.log[2].Nullified = true; return a.text(t) },
			kind: plc.ErrLog, reason: "(ID-32)",
		},
		"it breaks off":  {lie: func(t *testing.T, a *account) string { return a.text(t)[:1000] }, kind: identity.ErrDocument, reason: "(ID-34)"},
		"an empty log":   {lie: func(*testing.T, *account) string { return "[]" }, kind: plc.ErrLog, reason: "is empty (ID-42)"},
		"a page":         {lie: func(*testing.T, *account) string { return "<!doctype html>" }, kind: identity.ErrDocument, reason: "(ID-34)"},
		"not registered": {status: http.StatusNotFound, kind: identity.ErrNotFound, reason: "no such DID"},
		"out of order":   {status: http.StatusBadGateway, kind: identity.ErrUnavailable, reason: "502"},
		"with a tombstone": {
			lie:  func(t *testing.T, a *account) string { a.add(t, &plc.Tombstone{}); return a.text(t) },
			kind: identity.ErrNotFound, reason: "tombstone",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n, a := newNetwork(t), newAccount(t)
			did := a.did
			text := a.text(t)
			if c.lie != nil {
				text = c.lie(t, a)
			}
			n.set(func() {
				n.documents[string(did)] = says(documentOf(did, "mallory.org")) // which nobody asks for
				n.documents[string(did)+"/log/audit"] = says(text)
				if c.status != 0 {
					n.documents[string(did)+"/log/audit"] = fails(c.status)
				}
			})
			opts := n.options(syntax.Production)
			opts.Trust = identity.TrustLogs
			i, err := identity.NewResolver(opts).ResolveDID(t.Context(), did)
			switch {
			case !errors.Is(err, c.kind) || err != nil && !strings.Contains(err.Error(), c.reason):
				t.Errorf("%+v, %v, want %v, %q", i, err, c.kind, c.reason)
			case err == nil && (i.PDS != c.pds || i.Handle != "carol.org" || i.DID != did || i.Broken()):
				t.Errorf("%+v", i)
			}
			if n.cost().requests != 1 {
				t.Errorf("%d requests", n.cost().requests)
			}
		})
	}
}

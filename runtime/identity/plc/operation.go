package plc

import (
	"maps"
	"slices"
	"strings"

	"github.com/lexgen/lexgen/runtime/cid"
)

// An Operation is one step in the history of a DID: an [*Update], a [*Tombstone]
// or a [*Create]. There are no others.
type Operation interface {
	// Previous returns the CID of the operation before, which is undefined for
	// the first one.
	Previous() cid.CID
	// Signature returns the signature in base64url, "" if there is none yet.
	Signature() string

	sign(sig string)
	tree() tree
}

// A State is what a DID stands for.
type State struct {
	// RotationKeys may sign the next operation: texts of did:key, the highest
	// authority first (ID-30).
	RotationKeys []string
	// VerificationMethods are keys for everything else, as texts of did:key, by
	// name. An account signs its repository with that named atproto (ID-40).
	VerificationMethods map[string]string
	// AlsoKnownAs are other names as URIs. The first is the handle of an account,
	// as at://HANDLE (ID-40).
	AlsoKnownAs []string
	// Services are where to find what, by name. The server of an account is that
	// named atproto_pds (ID-40).
	Services map[string]Service
}

// A Service is one entry of State.Services.
type Service struct {
	Type     string
	Endpoint string
}

// Clone returns a copy that shares no memory with s.
func (s *State) Clone() State {
	return State{
		RotationKeys:        slices.Clone(s.RotationKeys),
		VerificationMethods: maps.Clone(s.VerificationMethods),
		AlsoKnownAs:         slices.Clone(s.AlsoKnownAs),
		Services:            maps.Clone(s.Services),
	}
}

// An Update says what a DID stands for from now on (ID-21).
type Update struct {
	State
	Prev cid.CID // undefined in the first operation
	Sig  string  // base64url
}

// Previous returns Prev.
func (o *Update) Previous() cid.CID { return o.Prev }

// Signature returns Sig.
func (o *Update) Signature() string { return o.Sig }

func (o *Update) sign(sig string) { o.Sig = sig }

// A Tombstone ends a DID (ID-22).
type Tombstone struct {
	Prev cid.CID
	Sig  string // base64url
}

// Previous returns Prev.
func (o *Tombstone) Previous() cid.CID { return o.Prev }

// Signature returns Sig.
func (o *Tombstone) Signature() string { return o.Sig }

func (o *Tombstone) sign(sig string) { o.Sig = sig }

// A Create is a first operation of the form that only old DIDs have (ID-23).
type Create struct {
	SigningKey  string // did:key
	RecoveryKey string // did:key
	Handle      string
	Service     string // the server of the account, with or without https://
	Sig         string // base64url
}

// Previous returns the undefined CID.
func (o *Create) Previous() cid.CID { return cid.CID{} }

// Signature returns Sig.
func (o *Create) Signature() string { return o.Sig }

func (o *Create) sign(sig string) { o.Sig = sig }

// StateAfter returns what a DID stands for after an operation, or nil after a
// [*Tombstone]. It shares memory with the operation.
func StateAfter(op Operation) *State {
	switch op := op.(type) {
	case *Update:
		return &op.State
	case *Create:
		return op.state()
	default:
		return nil
	}
}

// The names that AT Protocol uses in a State (ID-40).
const (
	atprotoKey  = "atproto"
	atprotoPDS  = "atproto_pds"
	typePDS     = "AtprotoPersonalDataServer"
	schemeAT    = "at://"
	schemeHTTP  = "http://"
	schemeHTTPS = "https://"
)

// state returns what a Create means today (ID-23).
func (o *Create) state() *State {
	endpoint := o.Service
	if !strings.HasPrefix(endpoint, schemeHTTP) && !strings.HasPrefix(endpoint, schemeHTTPS) {
		endpoint = schemeHTTPS + endpoint
	}
	handle := o.Handle
	if !strings.HasPrefix(handle, schemeAT) {
		handle = schemeAT + strings.TrimPrefix(strings.TrimPrefix(handle, schemeHTTP), schemeHTTPS)
	}
	return &State{
		RotationKeys:        []string{o.RecoveryKey, o.SigningKey},
		VerificationMethods: map[string]string{atprotoKey: o.SigningKey},
		AlsoKnownAs:         []string{handle},
		Services:            map[string]Service{atprotoPDS: {Type: typePDS, Endpoint: endpoint}},
	}
}

// MarshalOperation returns an operation as directories take it and give it back.
func MarshalOperation(op Operation) ([]byte, error) { return marshal(op) }

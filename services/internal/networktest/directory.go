package networktest

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A Directory has the identities of all accounts. It is an [identity.Source], whose
// answers take a while, and an [http.Handler] that serves documents as a directory of
// did:plc does. It is safe for concurrent use.
type Directory struct {
	chance Chance

	mu    sync.Mutex
	ids   map[syntax.DID]*identity.Identity
	until time.Time // nobody answers before
	asked Counts
}

// NewDirectory returns an empty directory.
func NewDirectory(chance Chance) *Directory {
	return &Directory{chance: chance, ids: map[syntax.DID]*identity.Identity{}}
}

// Cache returns a directory that remembers answers, which may be old until it is told
// to forget them.
func (d *Directory) Cache() *identity.Directory {
	return identity.NewDirectory(d, identity.CacheOptions{})
}

// Set says what the document of a DID says from now on.
func (d *Directory) Set(did syntax.DID, handle syntax.Handle, key *crypto.PublicKey, pds string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ids[did] = &identity.Identity{DID: did, Handle: handle, SigningKey: key, PDS: pds, Services: []identity.Service{
		{Fragment: identity.FragmentPDS, Type: identity.TypePDS, Endpoint: pds},
	}}
}

// Remove makes a tombstone of a DID.
func (d *Directory) Remove(did syntax.DID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.ids, did)
}

// Down has nobody answer for a while.
func (d *Directory) Down(pause time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.until = time.Now().Add(pause)
}

// Unanswered is how often nobody has answered.
func (d *Directory) Unanswered() int { return d.asked.All()["unanswered"] }

// ResolveDID implements [identity.Source].
func (d *Directory) ResolveDID(ctx context.Context, did syntax.DID) (*identity.Identity, error) {
	if err := d.wait(ctx, string(did)); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if id := d.ids[did]; id != nil {
		return id, nil
	}
	return nil, &identity.Error{Name: string(did), Reason: "there is no such DID", Err: identity.ErrNotFound}
}

// ResolveHandle implements [identity.Source].
func (d *Directory) ResolveHandle(ctx context.Context, handle syntax.Handle) (syntax.DID, error) {
	if err := d.wait(ctx, string(handle)); err != nil {
		return "", err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for did, id := range d.ids {
		if id.Handle == handle {
			return did, nil
		}
	}
	return "", &identity.Error{Name: string(handle), Reason: "there is no such handle", Err: identity.ErrNotFound}
}

// ResolveAuthority implements [identity.Source]: there are no schemas.
func (*Directory) ResolveAuthority(_ context.Context, nsid syntax.NSID) (syntax.DID, error) {
	return "", &identity.Error{Name: string(nsid), Reason: "there are no schemas", Err: identity.ErrNotFound}
}

// wait takes as long as an answer does, and fails where there is none.
func (d *Directory) wait(ctx context.Context, name string) error {
	r := d.chance.Of("directory", name, time.Now().UnixNano())
	if err := Sleep(ctx, between(r, time.Millisecond, 30*time.Millisecond)); err != nil {
		return &identity.Error{Name: name, Reason: "nobody waits", Err: identity.ErrUnavailable}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if time.Now().Before(d.until) {
		d.asked.Add("unanswered")
		return &identity.Error{Name: name, Reason: "nobody answers", Err: identity.ErrUnavailable}
	}
	return nil
}

// ServeHTTP serves the document of a DID at /DID.
func (d *Directory) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	id := d.ids[syntax.DID(strings.TrimPrefix(r.URL.Path, "/"))]
	d.mu.Unlock()
	if id == nil {
		http.Error(w, `{"message":"DID not registered"}`, http.StatusNotFound)
		return
	}
	document := map[string]any{
		"@context": []string{"https://www.w3.org/ns/did/v1"}, "id": id.DID, "alsoKnownAs": []string{"at://" + string(id.Handle)},
		"service": []map[string]string{{"id": "#" + identity.FragmentPDS, "type": identity.TypePDS, "serviceEndpoint": id.PDS}},
	}
	if id.SigningKey != nil {
		document["verificationMethod"] = []map[string]string{{
			"id": string(id.DID) + "#" + identity.FragmentKey, "type": "Multikey", "controller": string(id.DID),
			"publicKeyMultibase": strings.TrimPrefix(id.SigningKey.DIDKey(), "did:key:"),
		}}
	}
	w.Header().Set("Content-Type", "application/did+ld+json")
	if err := json.NewEncoder(w).Encode(document); err != nil {
		return // whoever asked is gone
	}
}

package identity

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// Limits of a DID document. The largest that a directory of did:plc serves has
// some 10 KiB (ID-28).
const (
	MaxDocument = 256 << 10 // bytes
	maxEntries  = 1000      // of each list
)

// ParseDocument reads the DID document of did. Its id must be did (ID-01).
// Members that it does not need are passed over, and so are entries of another
// form than those of AT Protocol, as DID documents serve other purposes, too.
func ParseDocument(did syntax.DID, text []byte) (*Identity, error) {
	if len(text) > MaxDocument {
		return nil, failf(ErrDocument, did, "its document has %d bytes, more than %d", len(text), MaxDocument)
	}
	if !utf8.Valid(text) {
		return nil, failf(ErrDocument, did, "its document is not UTF-8")
	}
	// A struct would also take members whose names differ in letter case.
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return nil, failf(ErrDocument, did, "its document cannot be read: %v", err)
	}
	if id := textOf(members["id"]); id != string(did) {
		return nil, failf(ErrDocument, did, "its document has the id %.100q (ID-01)", id)
	}
	d := document{did: did, keys: entries(members["verificationMethod"]), services: entries(members["service"])}
	i := &Identity{DID: did, Handle: claimed(members["alsoKnownAs"])}
	i.SigningKey, i.LabelerKey = d.key(FragmentKey), d.key(FragmentLabelerKey)
	for _, entry := range d.services {
		fragment, ok := d.fragment(entry)
		if endpoint := textOf(entry["serviceEndpoint"]); ok && endpoint != "" {
			i.Services = append(i.Services, Service{Fragment: fragment, Type: textOf(entry["type"]), Endpoint: endpoint})
		}
	}
	i.PDS, i.Labeler = i.Service(FragmentPDS, TypePDS), i.Service(FragmentLabeler, TypeLabeler)
	return i, nil
}

// document is what was read of a DID document.
type document struct {
	did            syntax.DID
	keys, services []map[string]json.RawMessage
}

// fragment returns what stands behind the # in the id of an entry of this
// document, which may be written in full or not (ID-05).
func (d *document) fragment(entry map[string]json.RawMessage) (string, bool) {
	return strings.CutPrefix(strings.TrimPrefix(textOf(entry["id"]), string(d.did)), "#")
}

// key returns the first key with a fragment, or nil if that is not valid
// (ID-03).
func (d *document) key(fragment string) *crypto.PublicKey {
	for _, entry := range d.keys {
		if f, ok := d.fragment(entry); !ok || f != fragment {
			continue
		}
		if textOf(entry["controller"]) != string(d.did) {
			return nil
		}
		key, err := crypto.ParseVerificationMethod(textOf(entry["type"]), textOf(entry["publicKeyMultibase"]))
		if err != nil {
			return nil
		}
		return key
	}
	return nil
}

// entries returns the objects in a list.
func entries(list json.RawMessage) []map[string]json.RawMessage {
	var all []json.RawMessage
	if json.Unmarshal(list, &all) != nil {
		return nil
	}
	var objects []map[string]json.RawMessage
	for _, text := range all[:min(len(all), maxEntries)] {
		var members map[string]json.RawMessage
		if json.Unmarshal(text, &members) == nil {
			objects = append(objects, members)
		}
	}
	return objects
}

// textOf returns the string that a JSON text is, or "" if it is none.
func textOf(text json.RawMessage) string {
	var s string
	if json.Unmarshal(text, &s) != nil {
		return ""
	}
	return s
}

// claimed returns the first handle in a list of names (ID-02).
func claimed(list json.RawMessage) syntax.Handle {
	var names []json.RawMessage
	if json.Unmarshal(list, &names) != nil {
		return syntax.HandleInvalid
	}
	for _, name := range names {
		if text, ok := strings.CutPrefix(textOf(name), "at://"); ok {
			if handle, err := syntax.ParseHandle(text); err == nil {
				return handle.Normalize()
			}
		}
	}
	return syntax.HandleInvalid
}

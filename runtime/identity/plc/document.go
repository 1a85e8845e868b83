package plc

import (
	"maps"
	"slices"
	"strings"

	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// The contexts of a DID document: two that all have, and one for each curve of
// its keys (ID-36).
const (
	contextDID      = "https://www.w3.org/ns/did/v1"
	contextMultikey = "https://w3id.org/security/multikey/v1"
	contextP256     = "https://w3id.org/security/suites/ecdsa-2019/v1"
	contextK256     = "https://w3id.org/security/suites/secp256k1-2019/v1"

	typeMultikey = "Multikey"
	didKeyPrefix = "did:key:"
)

// documentJSON is a DID document as directories render it (ID-36).
type documentJSON struct {
	Context            []string       `json:"@context"`
	ID                 string         `json:"id"`
	AlsoKnownAs        []string       `json:"alsoKnownAs"`
	VerificationMethod []documentKey  `json:"verificationMethod"`
	Service            []documentPart `json:"service"`
}

type documentKey struct {
	ID                 string `json:"id"`
	Type               string `json:"type"`
	Controller         string `json:"controller"`
	PublicKeyMultibase string `json:"publicKeyMultibase"`
}

type documentPart struct {
	ID              string `json:"id"`
	Type            string `json:"type"`
	ServiceEndpoint string `json:"serviceEndpoint"`
}

// Document renders the DID document of a state as JSON (ID-36). Keys and
// services stand in the order of DAG-CBOR, by length and then by bytes; a key of
// a curve that is not known is kept, and adds no context. Rotation keys are no
// part of the document.
func Document(did syntax.DID, s *State) ([]byte, error) {
	doc := documentJSON{
		Context: []string{contextDID, contextMultikey}, ID: string(did), AlsoKnownAs: append([]string{}, s.AlsoKnownAs...),
		VerificationMethod: []documentKey{}, Service: []documentPart{},
	}
	for _, name := range sortedKeys(s.VerificationMethods) {
		text := s.VerificationMethods[name]
		if c := contextOf(text); c != "" && !slices.Contains(doc.Context, c) {
			doc.Context = append(doc.Context, c)
		}
		doc.VerificationMethod = append(doc.VerificationMethod, documentKey{
			ID: string(did) + "#" + name, Type: typeMultikey, Controller: string(did),
			PublicKeyMultibase: strings.TrimPrefix(text, didKeyPrefix),
		})
	}
	for _, name := range sortedKeys(s.Services) {
		service := s.Services[name]
		doc.Service = append(doc.Service, documentPart{ID: "#" + name, Type: service.Type, ServiceEndpoint: service.Endpoint})
	}
	return marshalJSON(doc)
}

// contextOf returns the context of a key's curve, "" if that is not known.
func contextOf(didKey string) string {
	key, err := crypto.ParseDIDKey(didKey)
	switch {
	case err != nil:
		return ""
	case key.Curve() == crypto.P256:
		return contextP256
	default:
		return contextK256
	}
}

func sortedKeys[V any](m map[string]V) []string {
	return slices.SortedFunc(maps.Keys(m), compareKeys)
}

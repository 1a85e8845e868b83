package plc_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/identity/plc"
)

const someDID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"

func TestDocument_ID36_ID40(t *testing.T) {
	t.Parallel()
	keys := keyring{}
	p256, k256 := keys.texts(t, "p")[0], keys.texts(t, "k")[0]
	const other = "did:key:z1other"
	account := plc.State{
		RotationKeys:        keys.texts(t, "k"),
		VerificationMethods: map[string]string{"atproto": k256, "zz": p256, "atproto_label": other, "b": p256},
		AlsoKnownAs:         []string{"at://alice.test", "https://alice.test/?a&b"},
		Services:            map[string]plc.Service{"atproto_pds": {Type: "AtprotoPersonalDataServer", Endpoint: "https://pds.test"}, "x": {Type: "X", Endpoint: "y"}},
	}
	text, err := plc.Document(someDID, &account)
	if err != nil {
		t.Fatal(err)
	}
	method := func(name, key string) string {
		return fmt.Sprintf(`{"id":"%s#%s","type":"Multikey","controller":"%s","publicKeyMultibase":"%s"}`, someDID, name, someDID, key[len("did:key:"):])
	}
	want := `{"@context":["https://www.w3.org/ns/did/v1","https://w3id.org/security/multikey/v1",` +
		`"https://w3id.org/security/suites/ecdsa-2019/v1","https://w3id.org/security/suites/secp256k1-2019/v1"],"id":"` + someDID + `",` +
		`"alsoKnownAs":["at://alice.test","https://alice.test/?a&b"],"verificationMethod":[` +
		method("b", p256) + "," + method("zz", p256) + "," + method("atproto", k256) + "," + method("atproto_label", other) + `],` +
		`"service":[{"id":"#x","type":"X","serviceEndpoint":"y"},{"id":"#atproto_pds","type":"AtprotoPersonalDataServer","serviceEndpoint":"https://pds.test"}]}`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Error(diff)
	}
	i, err := identity.ParseDocument(someDID, text)
	if err != nil || i.Handle != "alice.test" || i.PDS != "https://pds.test" || i.SigningKey.DIDKey() != k256 {
		t.Errorf("it is read as %+v, error %v", i, err)
	}
	empty, err := plc.Document(someDID, &plc.State{})
	want = `{"@context":["https://www.w3.org/ns/did/v1","https://w3id.org/security/multikey/v1"],"id":"` + someDID +
		`","alsoKnownAs":[],"verificationMethod":[],"service":[]}`
	if err != nil || string(empty) != want {
		t.Errorf("%s, error %v", empty, err)
	}
}

package e2e_test

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// stage is all that a directory says of a DID at one time, and what a client
// makes of its log. Refusals stand in it as their status and message.
type stage struct {
	Document any `json:"document"`
	Data     any `json:"data"`
	Log      any `json:"log"`
	Audit    any `json:"audit"`
	Last     any `json:"last"`
	Verified any `json:"verified"`
}

// life is the history of an identity.
type life struct {
	DID    string
	Stages []stage
}

// secret is a key, as the other side takes it.
type secret struct {
	Curve string `json:"curve"`
	Bytes []byte `json:"secret"`
}

// person is whose identity it is. In node/plc.mjs stands what happens to it.
type person struct {
	owner, operator, other, signing, newSigning *crypto.PrivateKey
	handle, newHandle, pds, newPDS              string
}

func newPerson(t *testing.T, r *rand.Rand) person {
	t.Helper()
	key := func() *crypto.PrivateKey { return randomKey(t, r, curves[r.IntN(len(curves))]) }
	return person{key(), key(), key(), key(), key(), "alice.test", "alice.example", "https://pds.test", "https://pds.example"}
}

// theirLife leads a person through a directory with the other side's client.
func theirLife(t *testing.T, p person, d directory) life {
	t.Helper()
	type argument struct {
		URL        string `json:"url"`
		Owner      secret `json:"owner"`
		Operator   secret `json:"operator"`
		Other      secret `json:"other"`
		Signing    secret `json:"signing"`
		NewSigning secret `json:"newSigning"`
		Handle     string `json:"handle"`
		NewHandle  string `json:"newHandle"`
		PDS        string `json:"pds"`
		NewPDS     string `json:"newPDS"`
	}
	of := func(k *crypto.PrivateKey) secret { return secret{k.Curve().String(), k.Bytes()} }
	return call[life](t, "plc", "life", argument{
		d.url(), of(p.owner), of(p.operator), of(p.other), of(p.signing), of(p.newSigning), p.handle, p.newHandle, p.pds, p.newPDS,
	})
}

// didKeys returns keys as texts.
func didKeys(keys ...*crypto.PrivateKey) []string {
	var texts []string
	for _, k := range keys {
		texts = append(texts, k.PublicKey().DIDKey())
	}
	return texts
}

// ourLife does the same with our client.
func ourLife(t *testing.T, p person, d directory) life {
	t.Helper()
	l := ourClient{t: t, client: d.client}
	first := l.submit(&plc.Update{State: plc.State{
		RotationKeys: didKeys(p.owner, p.operator), VerificationMethods: map[string]string{"atproto": didKeys(p.signing)[0]},
		AlsoKnownAs: []string{"at://" + p.handle}, Services: map[string]plc.Service{"atproto_pds": {Type: "AtprotoPersonalDataServer", Endpoint: p.pds}},
	}}, p.operator)
	renamed := l.update(first, p.operator, func(s *plc.State) { s.AlsoKnownAs[0] = "at://" + p.newHandle })
	moved := l.update(renamed, p.operator, func(s *plc.State) {
		s.Services["atproto_pds"] = plc.Service{Type: "AtprotoPersonalDataServer", Endpoint: p.newPDS}
	})
	before := l.update(moved, p.operator, func(s *plc.State) { s.VerificationMethods["atproto"] = didKeys(p.newSigning)[0] })
	l.update(before, p.operator, func(s *plc.State) { s.RotationKeys = didKeys(p.operator) })
	alive := l.update(before, p.owner, func(s *plc.State) { s.RotationKeys = didKeys(p.owner, p.other) })
	l.submit(&plc.Tombstone{Prev: plc.CID(alive)}, p.other)
	risen := l.update(alive, p.owner, func(s *plc.State) { s.AlsoKnownAs[0] = "at://" + p.handle })
	l.submit(&plc.Tombstone{Prev: plc.CID(risen)}, p.owner)
	return life{string(l.did), l.stages}
}

type ourClient struct {
	t      *testing.T
	client *plc.Client
	did    syntax.DID
	stages []stage
}

func (c *ourClient) update(prev plc.Operation, key *crypto.PrivateKey, change func(*plc.State)) plc.Operation {
	c.t.Helper()
	op := &plc.Update{State: plc.StateAfter(prev).Clone(), Prev: plc.CID(prev)}
	change(&op.State)
	return c.submit(op, key)
}

func (c *ourClient) submit(op plc.Operation, key *crypto.PrivateKey) plc.Operation {
	c.t.Helper()
	sign(c.t, op, key)
	if c.did == "" {
		c.did = plc.DID(op)
	}
	if err := c.client.Submit(c.t.Context(), c.did, op); err != nil {
		c.t.Fatal(err)
	}
	c.look()
	return op
}

func sign(t *testing.T, op plc.Operation, key *crypto.PrivateKey) {
	t.Helper()
	if err := plc.Sign(op, key); err != nil {
		t.Fatal(err)
	}
}

func (c *ourClient) look() {
	t := c.t
	t.Helper()
	document, err := c.client.Resolve(t.Context(), c.did)
	s := stage{Document: answerOf(t, json.RawMessage(document), err)}
	data, err := c.client.Data(t.Context(), c.did)
	s.Data = answerOf(t, c.data(data), err)
	log, err := c.client.Log(t.Context(), c.did)
	s.Log = answerOf(t, log, err)
	audit, err := c.client.AuditLog(t.Context(), c.did)
	s.Audit = answerOf(t, audit, err)
	last, err := c.client.Last(t.Context(), c.did)
	s.Last = answerOf(t, last, err)
	history, err := audit.Verify(c.did)
	if err != nil {
		t.Fatal(err)
	}
	s.Verified = answerOf(t, c.data(history.State()), nil)
	c.stages = append(c.stages, s)
}

// data returns the form of a state in JSON.
func (c *ourClient) data(s *plc.State) json.RawMessage {
	c.t.Helper()
	if s == nil {
		return nil
	}
	text, err := plc.MarshalData(c.did, s)
	if err != nil {
		c.t.Fatal(err)
	}
	return text
}

// answerOf returns what a client got as plain JSON.
func answerOf(t *testing.T, answer any, err error) any {
	t.Helper()
	if refused, ok := errors.AsType[*plc.DirectoryError](err); ok {
		answer, err = map[string]any{"status": refused.Status, "message": refused.Message}, nil
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(answer)
	if err != nil {
		t.Fatal(err)
	}
	var plain any
	if err := json.Unmarshal(text, &plain); err != nil {
		t.Fatal(err)
	}
	return plain
}

// TestIdentitiesLiveAlikeInBothDirectories leads the same person through an
// identity with both clients in both directories: a new handle, server and
// signing key, the theft of the identity by a key of lower authority and the
// recovery from it, a tombstone that is undone, and one that stays. What the four
// have said after each step is the same, field by field, down to the CIDs.
func TestIdentitiesLiveAlikeInBothDirectories_ID20_ID22_ID24_ID25_ID30_ID31_ID32_ID34_ID35_ID36_ID39_ID42_PD62_EP05(t *testing.T) {
	t.Parallel()
	theirs, ours := theirDirectory(t), ourDirectory(t)
	p := newPerson(t, seeded(t))
	lives := map[string]life{
		"their client, their directory": modern(t, theirLife(t, p, theirs)),
		"their client, our directory":   timeless(t, theirLife(t, p, ours)),
		// The same DID cannot be made twice in one directory.
		"our client, their directory": modern(t, ourLife(t, p, theirDirectory(t))),
		"our client, our directory":   timeless(t, ourLife(t, p, ourDirectory(t))),
	}
	want := lives["our client, our directory"]
	if len(want.Stages) != 9 {
		t.Fatalf("there are %d stages", len(want.Stages))
	}
	for name, got := range lives {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-ours +there):\n%s", name, diff)
		}
	}
	p.check(t, want)
}

// check says what must have come of the steps, so that four equal mistakes are
// noticed.
func (p person) check(t *testing.T, l life) {
	t.Helper()
	data := func(handle, pds string, signing *crypto.PrivateKey, keys ...*crypto.PrivateKey) any {
		return map[string]any{
			"did": l.DID, "alsoKnownAs": []string{"at://" + handle}, "rotationKeys": didKeys(keys...),
			"verificationMethods": map[string]string{"atproto": didKeys(signing)[0]},
			"services":            map[string]any{"atproto_pds": map[string]string{"type": "AtprotoPersonalDataServer", "endpoint": pds}},
		}
	}
	gone := map[string]any{"status": 404, "message": "DID not available: " + l.DID}
	want := []any{
		data(p.handle, p.pds, p.signing, p.owner, p.operator),
		data(p.newHandle, p.pds, p.signing, p.owner, p.operator),
		data(p.newHandle, p.newPDS, p.signing, p.owner, p.operator),
		data(p.newHandle, p.newPDS, p.newSigning, p.owner, p.operator),
		data(p.newHandle, p.newPDS, p.newSigning, p.operator),
		data(p.newHandle, p.newPDS, p.newSigning, p.owner, p.other),
		gone,
		data(p.handle, p.newPDS, p.newSigning, p.owner, p.other),
		gone,
	}
	var got []any
	for _, s := range l.Stages {
		got = append(got, s.Data)
		if _, dead := s.Verified.(map[string]any); dead == (s.Verified == nil) {
			t.Errorf("verified: %v", s.Verified)
		}
	}
	if diff := cmp.Diff(answerOf(t, want, nil), answerOf(t, got, nil)); diff != "" {
		t.Error(diff)
	}
	var nullified []bool
	audit, _ := l.Stages[8].Audit.([]any)
	for _, entry := range audit {
		nullified = append(nullified, entry.(map[string]any)["nullified"].(bool))
	}
	if want := []bool{4: true, 6: true, 8: false}; !slices.Equal(nullified, want) {
		t.Errorf("nullified are %v, want %v", nullified, want)
	}
}

// TestPeersClientReadsAnExport_ID37 has the other side's client read all that our
// directory has, in pages, by the times of its operations.
func TestPeersClientReadsAnExport_ID37(t *testing.T) {
	t.Parallel()
	d := ourDirectory(t)
	l := ourLife(t, newPerson(t, seeded(t)), d)
	type argument struct {
		URL   string `json:"url"`
		Pages int    `json:"pages"`
		Count int    `json:"count"`
	}
	got := call[struct {
		Pages  [][]any
		Health map[string]string
	}](t, "plc", "all", argument{d.url(), 3, 3})
	if got.Health["version"] == "" {
		t.Errorf("health: %v", got.Health)
	}
	if diff := cmp.Diff(l.Stages[8].Audit, any(slices.Concat(got.Pages...))); diff != "" {
		t.Error(diff)
	}
}

// timeless takes out of a life when things happened.
func timeless(t *testing.T, l life) life {
	t.Helper()
	for _, s := range l.Stages {
		audit, _ := s.Audit.([]any)
		for _, entry := range audit {
			entry := entry.(map[string]any)
			created, _ := entry["createdAt"].(string)
			if _, err := time.Parse(plc.TimeFormat, created); err != nil {
				t.Error(err)
			}
			delete(entry, "createdAt")
		}
	}
	return l
}

// modern does the same with a life in the other directory, and gives documents the
// form that they have today (ID-36): the version in npm is older. Its keys have
// types for each curve and are not compressed, and the name of a key is relative.
func modern(t *testing.T, l life) life {
	t.Helper()
	l = timeless(t, l)
	for _, s := range l.Stages {
		document, _ := s.Document.(map[string]any)
		methods, _ := document["verificationMethod"].([]any)
		for _, method := range methods {
			method := method.(map[string]any)
			key, err := crypto.ParseVerificationMethod(method["type"].(string), method["publicKeyMultibase"].(string))
			if err != nil {
				t.Fatal(err)
			}
			if id := method["id"].(string); !strings.HasPrefix(id, "#") {
				t.Errorf("the name of a key is %q", id)
			}
			method["id"] = l.DID + method["id"].(string)
			method["type"], method["publicKeyMultibase"] = "Multikey", key.Multikey()
		}
		if contexts, ok := document["@context"].([]any); ok {
			document["@context"] = slices.Insert(contexts, 1, any("https://w3id.org/security/multikey/v1"))
		}
	}
	return l
}

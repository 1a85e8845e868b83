package e2e_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// refusal is a request that a directory does not grant.
type refusal struct {
	name string
	path string
	body any // nil for GET; text is sent as it is, an operation as JSON
	// answer is what both say: the status, and the message up to a colon, behind
	// which stands the reason in the words of each.
	answer string
	// theirs is what the other one says instead, and why it does.
	theirs, why string
}

// Why the other directory says something else. That in npm is older than the one
// that the network uses, whose source has the limits and looks of today.
const (
	whyTypo    = "the word was misspelt then"
	whyLimit   = "there was no limit then (ID-28)"
	whyStrict  = "members that an operation does not have were left out then (ID-21)"
	whyLenient = "what a signature looks like was not asked then (ID-24)"
	whyKeys    = "keys had to be one to five, and the limit had a text of its own (ID-26)"
	whyKey     = "it says which key is none, and we say that the operation is none"
	whyMock    = "its database in memory gives what was undone to the rules, and that of PostgreSQL does not (ID-32)"
	whyFault   = "it has a fault: an error of its JSON parser comes before the log that is to take it"
	whyHash    = "it looks at the hash first"
	whyLength  = "it asks of a DID only how long it is"
	whyExport  = "its database in memory exports nothing"
)

// TestRefusalsAreAlike asks both directories for what they refuse. Each must
// say what stands in the table, and where it differs there must be a reason.
func TestRefusalsAreAlike_ID20_ID21_ID22_ID23_ID24_ID30_ID31_ID32_ID35_PD62(t *testing.T) {
	t.Parallel()
	theirs := theirDirectory(t)
	r := seeded(t)
	p := newPerson(t, r)
	late := p.theft(t, "late.test")
	stolen := time.Now().Add(-plc.RecoveryWindow - time.Hour)
	ours := restoredDirectory(t, late.first, late.theft, stolen)
	for _, op := range []plc.Operation{late.first, late.theft} {
		submit(t, theirs, late.did, op)
	}
	theirs.pass(time.Since(stolen))
	alice, dead := p.theft(t, "alice.test"), p.theft(t, "dead.test")
	for _, d := range []directory{theirs, ours} {
		for _, op := range []plc.Operation{alice.first, alice.theft, alice.recovery} {
			submit(t, d, alice.did, op)
		}
		submit(t, d, dead.did, dead.first)
		submit(t, d, dead.did, p.signed(t, &plc.Tombstone{Prev: plc.CID(dead.first)}, p.operator))
	}
	for _, c := range p.refusals(t, r, alice, dead, late) {
		want := [2]string{c.answer, c.answer}
		if c.why != "" {
			want[1] = c.theirs
		}
		if got := [2]string{ask(t, ours, c), ask(t, theirs, c)}; got != want {
			t.Errorf("%s: we say %q and they %q, want %q and %q", c.name, got[0], got[1], want[0], want[1])
		}
		if (c.why != "") != (c.theirs != "") || c.theirs == c.answer {
			t.Errorf("%s: a difference needs a reason, and a reason a difference", c.name)
		}
	}
}

// theft is an identity that a key of lower authority steals, and the recovery.
type theft struct {
	did                    syntax.DID
	first, theft, recovery plc.Operation
}

func (p person) theft(t *testing.T, handle string) theft {
	t.Helper()
	state := p.state(handle)
	first := p.signed(t, &plc.Update{State: state}, p.operator)
	stolen := state.Clone()
	stolen.RotationKeys = didKeys(p.operator)
	state.AlsoKnownAs = []string{"at://recovered." + handle}
	return theft{
		plc.DID(first), first,
		p.signed(t, &plc.Update{State: stolen, Prev: plc.CID(first)}, p.operator),
		p.signed(t, &plc.Update{State: state, Prev: plc.CID(first)}, p.owner),
	}
}

func (p person) state(handle string) plc.State {
	return plc.State{
		RotationKeys: didKeys(p.owner, p.operator), VerificationMethods: map[string]string{"atproto": didKeys(p.signing)[0]},
		AlsoKnownAs: []string{"at://" + handle}, Services: map[string]plc.Service{},
	}
}

func (person) signed(t *testing.T, op plc.Operation, key *crypto.PrivateKey) plc.Operation {
	t.Helper()
	sign(t, op, key)
	return op
}

// changed returns an operation with another text in its JSON.
func changed(t *testing.T, op plc.Operation, from, to string) string {
	t.Helper()
	text, err := plc.MarshalOperation(op)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), from) {
		t.Fatalf("there is no %s in %s", from, text)
	}
	return strings.Replace(string(text), from, to, 1)
}

func (p person) refusals(t *testing.T, r *rand.Rand, alice, dead, late theft) []refusal {
	t.Helper()
	const (
		order     = "400 Operations not correctly ordered"
		signature = "400 Invalid signature on op"
		malformed = "400 Not a valid operation"
		identity  = "400 Hash of genesis operation does not match DID identifier"
		improper  = "400 Improperly formatted did"
		tooLarge  = "413 Operation too large"
		nobody    = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
		unknown   = "404 DID not registered: " + nobody
	)
	update := func(prev plc.Operation, key *crypto.PrivateKey, change func(*plc.State)) plc.Operation {
		op := &plc.Update{State: p.state("another.test")}
		if prev != nil {
			op.Prev = plc.CID(prev)
		}
		if change != nil {
			change(&op.State)
		}
		return p.signed(t, op, key)
	}
	aliases := func(n int) func(*plc.State) {
		return func(s *plc.State) {
			for i := range n {
				s.AlsoKnownAs = append(s.AlsoKnownAs, fmt.Sprintf("at://%d.%s.test", i, strings.Repeat("a", 240)))
			}
		}
	}
	keys := func(n int) func(*plc.State) {
		return func(s *plc.State) { s.RotationKeys = slices.Repeat(s.RotationKeys[:1], n) }
	}
	base64url := base64.RawURLEncoding.EncodeToString
	// coded has a first operation whose signature is in another form, which the
	// other directory takes if theirs says so.
	coded := func(name string, curve crypto.Curve, form func(sig []byte) string, theirs string) refusal {
		key := randomKey(t, r, curve)
		op := &plc.Update{State: plc.State{RotationKeys: didKeys(key), AlsoKnownAs: []string{"at://" + name}}}
		sig, err := key.Sign(plc.SignedBytes(op))
		if err != nil {
			t.Fatal(err)
		}
		op.Sig = form(sig)
		c := refusal{name: name, path: "/" + string(plc.DID(op)), body: op, answer: signature, theirs: theirs}
		if theirs != "" {
			c.why = whyLenient
		}
		return c
	}
	toAlice, toDead, toNobody := "/"+string(alice.did), "/"+string(dead.did), "/"+nobody
	next := update(alice.recovery, p.operator, nil)
	stranger, large := update(nil, p.operator, nil), update(nil, p.operator, aliases(20))
	tombstone := p.signed(t, &plc.Tombstone{Prev: plc.CID(dead.first)}, p.operator)
	legacy := p.signed(t, &plc.Create{SigningKey: didKeys(p.signing)[0], RecoveryKey: didKeys(p.owner)[0], Handle: "a.test", Service: "b.test"}, p.signing)
	return []refusal{
		{name: "signed by a stranger", path: toAlice, body: update(alice.recovery, p.other, nil), answer: signature},
		{name: "changed after it was signed", path: toAlice, body: changed(t, next, "another.test", "changed.test"), answer: signature},
		{name: "signature of another operation", path: toAlice, body: changed(t, next, next.Signature(), stranger.Signature()), answer: signature},
		coded("signature in hexadecimal", crypto.K256, hex.EncodeToString, ""),
		coded("padding of a signature", crypto.K256, func(sig []byte) string { return base64url(sig) + "==" }, "200 OK"),
		coded("DER of K-256", crypto.K256, func(sig []byte) string { return base64url(der(t, sig)) }, "200 OK"),
		coded("DER of P-256", crypto.P256, func(sig []byte) string { return base64url(der(t, sig)) }, ""),
		coded("high s of K-256", crypto.K256, func(sig []byte) string { return base64url(high(crypto.K256, sig)) }, ""),
		coded("high s of P-256", crypto.P256, func(sig []byte) string { return base64url(high(crypto.P256, sig)) }, "200 OK"),

		{name: "no prev", path: toAlice, body: stranger, answer: order},
		{name: "prev of another DID", path: toAlice, body: update(dead.first, p.operator, nil), answer: order},
		{name: "prev was undone", path: toAlice, body: update(alice.theft, p.operator, nil), answer: order, theirs: signature, why: whyMock},
		{name: "the first one again", path: toAlice, body: alice.first, answer: order},
		{name: "the last one again", path: toDead, body: tombstone, answer: signature},
		{name: "recovery by equal authority", path: toDead, body: update(dead.first, p.operator, nil), answer: signature},
		{name: "recovery by a stranger", path: toDead, body: update(dead.first, p.other, nil), answer: signature},
		{
			name: "recovery after 73 hours", path: "/" + string(late.did), body: late.recovery,
			answer: "400 Recovery operation occurred outside of the allowed 72 hr recovery window",
			theirs: "400 Recovery operation occured outside of the allowed 72 hr recovery window. Time lapsed", why: whyTypo,
		},
		{name: "after a tombstone", path: toDead, body: update(tombstone, p.operator, nil), answer: order},
		{name: "a tombstone at first", path: toNobody, body: tombstone, answer: order},
		{name: "prev at first", path: toNobody, body: next, answer: order, theirs: identity, why: whyHash},
		{name: "the first one of another DID", path: toNobody, body: stranger, answer: identity},
		{name: "a short DID", path: "/did:plc:short", body: stranger, answer: improper},
		{name: "a DID in capitals", path: "/did:plc:" + strings.Repeat("A", 24), body: stranger, answer: improper, theirs: identity, why: whyLength},
		{name: "no DID", path: "/nothing", body: stranger, answer: improper},

		{name: "an empty object", path: toAlice, body: "{}", answer: malformed},
		{name: "a list", path: toAlice, body: "[]", answer: malformed},
		{name: "nothing", path: toAlice, body: "", answer: malformed},
		{name: "a text", path: toAlice, body: `"text"`, answer: malformed, theirs: "500 ", why: whyFault},
		{name: "no JSON", path: toAlice, body: "{", answer: malformed, theirs: "500 ", why: whyFault},
		{name: "an unknown type", path: toAlice, body: changed(t, next, "plc_operation", "plc_other"), answer: malformed},
		{name: "a member is missing", path: toAlice, body: changed(t, next, `"services":{},`, ``), answer: malformed},
		{name: "a member too many", path: toAlice, body: changed(t, next, `"services":{},`, `"services":{},"more":"",`), answer: malformed, theirs: signature, why: whyStrict},
		{name: "the old form", path: toAlice, body: legacy, answer: malformed},
		{name: "a key that is none", path: toAlice, body: changed(t, next, didKeys(p.owner)[0], "did:key:zzz"), answer: malformed, theirs: "400 Unsupported key type did", why: whyKey},
		{name: "eleven keys", path: toAlice, body: update(alice.recovery, p.operator, keys(11)), answer: "400 Operation too large", theirs: "400 Improperly formatted operation, too many rotation keys", why: whyKeys},
		{name: "more than 4000 bytes", path: "/" + string(plc.DID(large)), body: large, answer: "400 Operation too large", theirs: "200 OK", why: whyLimit},
		{name: "more than 64 KiB", path: toAlice, body: strings.Repeat(" ", 70_000), answer: tooLarge, theirs: "500 ", why: whyFault},

		{name: "document of nobody", path: toNobody, answer: unknown},
		{name: "data of nobody", path: toNobody + "/data", answer: unknown},
		{name: "log of nobody", path: toNobody + "/log", answer: unknown},
		{name: "audit log of nobody", path: toNobody + "/log/audit", answer: unknown},
		{name: "last operation of nobody", path: toNobody + "/log/last", answer: unknown},
		{name: "document of no DID", path: "/no-did", answer: "404 DID not registered: no-did"},
		{name: "document of the dead", path: toDead, answer: "404 DID not available: " + string(dead.did)},
		{name: "data of the dead", path: toDead + "/data", answer: "404 DID not available: " + string(dead.did)},
		{name: "an export after nonsense", path: "/export?after=nonsense", answer: "400 Invalid after parameter", theirs: "200 ", why: whyExport},
		{name: "an export of nothing", path: "/export?count=0", answer: "400 Invalid count parameter", theirs: "200 ", why: whyExport},
	}
}

// ask sends a request and returns the status and the message, of a POST up to the
// reason.
func ask(t *testing.T, d directory, c refusal) string {
	t.Helper()
	method, body := http.MethodGet, ""
	switch content := c.body.(type) {
	case string:
		method, body = http.MethodPost, content
	case plc.Operation:
		text, err := plc.MarshalOperation(content)
		if err != nil {
			t.Fatal(err)
		}
		method, body = http.MethodPost, string(text)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, d.url()+c.path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := d.client.HTTP.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	var said struct{ Message string }
	if json.Unmarshal(text, &said) != nil && answer.StatusCode == http.StatusOK {
		said.Message = string(text)
	}
	if method == http.MethodPost {
		said.Message, _, _ = strings.Cut(said.Message, ":")
	}
	return fmt.Sprint(answer.StatusCode, " ", said.Message)
}

func submit(t *testing.T, d directory, did syntax.DID, op plc.Operation) {
	t.Helper()
	if err := d.client.Submit(t.Context(), did, op); err != nil {
		t.Fatal(err)
	}
}

// restoredDirectory runs a new directory in which the log of a DID has begun with
// two operations, the second at a time. It is made from a backup, as nobody can
// set the clock of the program.
func restoredDirectory(t *testing.T, first, second plc.Operation, at time.Time) directory {
	t.Helper()
	node(t) // as in ourDirectory
	var file bytes.Buffer
	file.WriteString(`{"type":"plc_backup","version":1,"head":2}` + "\n")
	for i, op := range []plc.Operation{first, second} {
		s := plc.Sequenced{Seq: int64(i + 1), Entry: plc.Entry{
			DID: plc.DID(first), Operation: op, CID: plc.CID(op), CreatedAt: at.Add(time.Duration(i-1) * time.Hour),
		}}
		if err := json.NewEncoder(&file).Encode(s); err != nil {
			t.Fatal(err)
		}
	}
	fmt.Fprintf(&file, `{"type":"plc_backup_end","operations":2,"sha256":"%x"}`+"\n", sha256.Sum256(file.Bytes()))
	a := newATPD(t)
	path := filepath.Join(a.dir, "backup.jsonl")
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), a.path, "plc", "restore", path, "--database", filepath.Join(a.dir, "restored.sqlite"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return a.directory("restored.sqlite")
}

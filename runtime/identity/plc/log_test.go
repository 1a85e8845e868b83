package plc_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/identity/plc"
)

// TestLiesInLogsAreFound changes each entry of the valid logs in each way that a
// directory could.
func TestLiesInLogsAreFound_ID42(t *testing.T) {
	t.Parallel()
	type lie func(log plc.Log, i int) (changed plc.Log, told bool)
	each := func(change func(e *plc.Entry)) lie {
		return func(log plc.Log, i int) (plc.Log, bool) {
			change(&log[i])
			return log, true
		}
	}
	lies := map[string]lie{
		"another DID":   each(func(e *plc.Entry) { e.DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz" }),
		"another CID":   each(func(e *plc.Entry) { e.CID = cid.Sum(cid.DagCBOR, nil) }),
		"nullified":     each(func(e *plc.Entry) { e.Nullified = !e.Nullified }),
		"other content": each(func(e *plc.Entry) { e.Operation = altered(t, e.Operation) }),
		"twice":         func(log plc.Log, i int) (plc.Log, bool) { return slices.Insert(log, i, log[i]), true },
		"missing": func(log plc.Log, i int) (plc.Log, bool) {
			hidden := log[i].Nullified || i == len(log)-1
			return slices.Delete(log, i, i+1), !hidden
		},
		"other time": func(log plc.Log, i int) (plc.Log, bool) {
			log[i].CreatedAt = log[0].CreatedAt
			return log, i > 0
		},
		"other prev": func(log plc.Log, i int) (plc.Log, bool) {
			op, ok := log[i].Operation.(*plc.Update)
			if !ok {
				return log, false
			}
			changed := *op
			changed.Prev = cid.Sum(cid.DagCBOR, []byte("another"))
			log[i].Operation = &changed
			return log, true
		},
	}
	for name, text := range logs(t, "valid") {
		log, err := plc.ParseLog(text)
		if err != nil {
			t.Fatal(err)
		}
		for lie, tell := range lies {
			for i := range log {
				changed, told := tell(slices.Clone(log), i)
				if !told {
					continue
				}
				var e *plc.Error
				if _, err := changed.Verify(log[0].DID); !errors.As(err, &e) || e.Index < 0 || !strings.Contains(err.Error(), "of the log") {
					t.Errorf("%s, entry %d, %s: %v", name, i, lie, err)
				}
			}
		}
	}
	if _, err := (plc.Log{}).Verify("did:plc:ewvi7nxzyoun6zhxrhs64oiz"); !errors.Is(err, plc.ErrLog) {
		t.Errorf("an empty log: %v", err)
	}
}

// altered returns an operation with another content and the same signature.
func altered(t *testing.T, op plc.Operation) plc.Operation {
	t.Helper()
	text, err := json.Marshal(op)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(text), `:"`, `:"x`, 1)
	if strings.Contains(changed, `"xbafy`) { // a tombstone begins with its prev
		changed = strings.Replace(string(text), `"sig":"`, `"sig":"A`, 1)
	}
	if strings.Contains(changed, `"alsoKnownAs":["`) {
		changed = strings.Replace(string(text), `"alsoKnownAs":["`, `"alsoKnownAs":["x`, 1)
	}
	other, err := plc.ParseOperation([]byte(changed))
	if err != nil {
		t.Fatalf("%v: %s", err, changed)
	}
	return other
}

func TestParseLogRefuses_ID34(t *testing.T) {
	t.Parallel()
	const entry = `{"did":"did:plc:ewvi7nxzyoun6zhxrhs64oiz","operation":{"type":"plc_tombstone","prev":null,"sig":"s"},` +
		`"cid":"bafyreib5gcdoqnzkoylzwzsmhxdigizzl7nlwoe2fujd6aqkgn4yn5juee","nullified":false,"createdAt":"2026-01-01T00:00:00.000Z"}`
	if _, err := plc.ParseLog([]byte("[" + entry + "," + entry + "]")); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		``:                                "must be an array",
		`{}`:                              "must be an array",
		`[`:                               "breaks off",
		"[" + entry:                       "breaks off",
		"[" + entry + ",":                 "operation 1 of the log: an entry that cannot be read",
		"[" + entry + "] 1":               "something follows",
		`[1]`:                             "operation 0 of the log: an entry that cannot be read",
		`[{"did":"x"}]`:                   `member "did"`,
		`[{"did":"did:plc:a","cid":"x"}]`: "an operation that cannot be read",
		"[" + strings.Replace(entry, `"bafy`, `"bagy`, 1) + "]":   `member "cid"`,
		"[" + strings.Replace(entry, "2026-", "20x6-", 1) + "]":   `member "createdAt": "20x6-`,
		"[" + strings.Repeat(" ", plc.MaxLogJSON) + "]":           "more than",
		"[" + strings.Replace(entry, `"s"`, "\"\xff\"", 1) + "]":  "not UTF-8",
		"[" + strings.Replace(entry, `"s"`, `"s","x":1`, 1) + "]": "no value of an operation",
	} {
		if _, err := plc.ParseLog([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.100q: %v, want %q", text, err, want)
		}
	}
}

func TestTheFirstOperationIsThatOfTheDID_ID20(t *testing.T) {
	t.Parallel()
	keys := keyring{}
	op := &plc.Update{State: plc.State{RotationKeys: keys.texts(t, "a")}}
	if err := plc.Sign(op, keys.key(t, "a")); err != nil {
		t.Fatal(err)
	}
	h := &plc.History{DID: "did:plc:ewvi7nxzyoun6zhxrhs64oiz"}
	if _, err := h.Apply(op, noon); !errors.Is(err, plc.ErrIdentity) || len(h.Steps) != 0 {
		t.Errorf("%v, %d steps", err, len(h.Steps))
	}
	if last := h.Last(); last != nil {
		t.Errorf("the last step of none is %v", last)
	}
	second := &plc.Update{State: op.State}
	h = &plc.History{}
	if _, err := h.Apply(op, noon); err != nil {
		t.Fatal(err)
	}
	if err := plc.Sign(second, keys.key(t, "a")); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Apply(second, noon.Add(time.Hour)); !errors.Is(err, plc.ErrOrder) || !strings.Contains(err.Error(), "has no prev") {
		t.Error(err)
	}
}

func TestRotationKeysMustBeKeys_ID26(t *testing.T) {
	t.Parallel()
	keys := keyring{}
	op := &plc.Update{State: plc.State{RotationKeys: append([]string{"did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"}, keys.texts(t, "a")...)}}
	if err := plc.Sign(op, keys.key(t, "a")); err != nil {
		t.Fatal(err)
	}
	if _, err := (&plc.History{}).Apply(op, noon); !errors.Is(err, plc.ErrMalformed) || !errors.Is(err, crypto.ErrUnsupported) {
		t.Error(err)
	}
}

func TestSignRefusesNoKey(t *testing.T) {
	t.Parallel()
	op := &plc.Tombstone{Sig: "before"}
	if err := plc.Sign(op, &crypto.PrivateKey{}); !errors.Is(err, plc.ErrSignature) || op.Sig != "before" {
		t.Errorf("%v, and the signature is %q", err, op.Sig)
	}
	if err := plc.Sign(&plc.Create{Handle: "\xff"}, keyring{}.key(t, "a")); !errors.Is(err, plc.ErrMalformed) {
		t.Error(err)
	}
}

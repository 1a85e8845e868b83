package plc_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/lexgen/lexgen/internal/golden"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/runtime/lex"
)

// TestParse reads each line of a case as an operation, and prints how it is
// written again and what it leads to, or why it is refused.
func TestParse_ID21_ID22_ID23_ID25(t *testing.T) {
	t.Parallel()
	golden.Run(t, "testdata/parse", func(_ *testing.T, c *golden.Case) {
		var out strings.Builder
		for line := range strings.Lines(c.In["operations"]) {
			op, err := plc.ParseOperation([]byte(line))
			if err != nil {
				fmt.Fprintln(&out, "refused:", err)
				continue
			}
			text, err := json.Marshal(op)
			fmt.Fprintln(&out, string(text), err)
			fmt.Fprintf(&out, "  %+v\n", plc.StateAfter(op))
		}
		c.Output("log", out.String())
	})
}

func TestParsingIsBounded(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"long":  `{"type":"plc_tombstone","prev":null,"sig":"` + strings.Repeat("x", plc.MaxJSON) + `"}`,
		"deep":  strings.Repeat(`{"a":`, plc.MaxJSON/5),
		"lists": strings.Repeat(`[`, plc.MaxJSON),
	} {
		if _, err := plc.ParseOperation([]byte(text)); err == nil || len(err.Error()) > 200 {
			t.Errorf("%s: %.300v", name, err)
		}
	}
	entries := "[" + strings.Repeat("{},", plc.MaxLog) + "{}]"
	if _, err := plc.ParseLog([]byte(entries)); err == nil {
		t.Error("a log of empty entries is read")
	}
}

// operations makes signed and unsigned operations, with odd text in them.
func operations(t *rapid.T) plc.Operation {
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "$type", "$link", "did:key:zQ3sh", "at://a.test", "<&>\u2028", strings.Repeat("x", 300)}))
	prev := cid.CID{}
	if rapid.Bool().Draw(t, "has prev") {
		prev = cid.Sum(cid.DagCBOR, []byte(text.Draw(t, "before")))
	}
	sig := text.Draw(t, "sig")
	switch rapid.SampledFrom([]string{"update", "tombstone", "create"}).Draw(t, "type") {
	case "tombstone":
		return &plc.Tombstone{Prev: prev, Sig: sig}
	case "create":
		return &plc.Create{
			SigningKey: text.Draw(t, "signing"), RecoveryKey: text.Draw(t, "recovery"),
			Handle: text.Draw(t, "handle"), Service: text.Draw(t, "service"), Sig: sig,
		}
	}
	services := map[string]plc.Service{}
	for name, endpoint := range rapid.MapOfN(text, text, 0, 30).Draw(t, "services") {
		services[name] = plc.Service{Type: text.Draw(t, "type"), Endpoint: endpoint}
	}
	return &plc.Update{
		State: plc.State{
			RotationKeys:        rapid.SliceOfN(text, 0, 300).Draw(t, "keys"),
			VerificationMethods: rapid.MapOfN(text, text, 0, 30).Draw(t, "methods"),
			AlsoKnownAs:         rapid.SliceOf(text).Draw(t, "names"),
			Services:            services,
		},
		Prev: prev, Sig: sig,
	}
}

// TestOperationsSurviveJSON writes operations and reads them again.
func TestOperationsSurviveJSON_ID21(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		op := operations(t)
		text, err := json.Marshal(op)
		if err != nil {
			t.Fatal(err)
		}
		if op.Signature() == "" {
			return // is not written, and must be there to be read
		}
		again, err := plc.ParseOperation(text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(op, again); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestBytesAreThoseOfTheDataModel compares with the encoder of package lex, for
// all that has no special meaning there.
func TestBytesAreThoseOfTheDataModel_ID24_ID25(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		op := operations(t)
		text, err := json.Marshal(op)
		if err != nil {
			t.Fatal(err)
		}
		var value map[string]any
		if err := lex.DecodeJSON(text, &value); err != nil {
			return
		}
		if op.Signature() == "" {
			value["sig"] = ""
		}
		want, err := lex.MarshalCBOR(value)
		if err != nil {
			return
		}
		if got := plc.Bytes(op); !bytes.Equal(got, want) {
			t.Fatalf("%x\n%x", got, want)
		}
		delete(value, "sig")
		if want, err = lex.MarshalCBOR(value); err != nil {
			t.Fatal(err)
		}
		if got := plc.SignedBytes(op); !bytes.Equal(got, want) {
			t.Fatalf("%x\n%x", got, want)
		}
	})
}

// FuzzParseOperation holds what is accepted against a second reader: written
// again it is the same operation, and as a value of the data model the same bytes.
func FuzzParseOperation(f *testing.F) {
	for _, log := range logs(f, "valid") {
		entries, err := plc.ParseLog(log)
		if err != nil {
			f.Fatal(err)
		}
		for _, e := range entries {
			text, err := json.Marshal(e.Operation)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	f.Add([]byte(`{"type":"plc_tombstone","prev":null,"sig":"\ud800"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		op, err := plc.ParseOperation(text)
		if err != nil {
			return
		}
		written, err := json.Marshal(op)
		if err != nil {
			t.Fatal(err)
		}
		if op.Signature() == "" {
			return
		}
		again, err := plc.ParseOperation(written)
		if err != nil {
			t.Fatalf("%v: %s", err, written)
		}
		if !bytes.Equal(plc.Bytes(op), plc.Bytes(again)) {
			t.Fatalf("%s became %s", text, written)
		}
		var value map[string]any
		if lex.DecodeJSON(text, &value) != nil {
			return
		}
		if want, err := lex.MarshalCBOR(value); err == nil && !bytes.Equal(want, plc.Bytes(op)) {
			t.Fatalf("%s: %x, want %x", text, plc.Bytes(op), want)
		}
	})
}

// FuzzLog changes logs: what verifies has its DID, and every entry its CID, and
// it is replayed alike from what is written again.
func FuzzLog(f *testing.F) {
	for _, folder := range []string{"valid", "invalid"} {
		all := logs(f, folder)
		for _, name := range slices.Sorted(maps.Keys(all)) {
			f.Add(all[name])
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		log, err := plc.ParseLog(text)
		if err != nil || len(log) == 0 {
			return
		}
		h, err := log.Verify(log[0].DID)
		if err != nil {
			return
		}
		if did := plc.DID(log[0].Operation); did != h.DID {
			t.Fatalf("%s is taken for %s", did, h.DID)
		}
		written, err := json.Marshal(log)
		if err != nil {
			t.Fatal(err)
		}
		again, err := plc.ParseLog(written)
		if err != nil {
			t.Fatal(err)
		}
		for i := range again {
			again[i].CreatedAt = log[i].CreatedAt // written to the millisecond
		}
		if _, err := again.Verify(h.DID); err != nil {
			t.Fatal(err)
		}
	})
}

package plc_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lexgen/lexgen/internal/golden"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/identity/plc"
)

// TestViolations runs the cases of testdata/violations. Each line is an entry of a
// log, whether the rules permit it or not:
//
//	TIME keys=K,K sig=K [prev=N] [LIE...]
//
// The first one creates the DID, each other is an update that follows on entry N,
// or else on the one before. A lie is one of: nullified, cid, did.
func TestViolations_ID25_ID30_ID31_ID32_ID33_ID42(t *testing.T) {
	t.Parallel()
	golden.Run(t, "testdata/violations", func(t *testing.T, c *golden.Case) {
		keys := keyring{}
		var log plc.Log
		for line := range strings.Lines(c.In["log"]) {
			if words := strings.Fields(line); len(words) > 0 {
				log = append(log, entryOf(t, keys, log, words))
			}
		}
		names := []string{string(log[0].DID), "{did}"}
		for i, e := range log {
			names = append(names, plc.CID(e.Operation).String(), fmt.Sprintf("<%d>", i))
		}
		var out strings.Builder
		for _, e := range log.Violations(log[0].DID) {
			fmt.Fprintln(&out, e)
		}
		c.Output("violations", strings.NewReplacer(names...).Replace(out.String()))
	})
}

func entryOf(t *testing.T, keys keyring, log plc.Log, words []string) plc.Entry {
	t.Helper()
	passed, err := time.ParseDuration(words[0])
	if err != nil {
		t.Fatal(err)
	}
	args := map[string]string{"prev": strconv.Itoa(len(log) - 1)}
	for _, word := range words[1:] {
		name, value, _ := strings.Cut(word, "=")
		args[name] = value
	}
	op := &plc.Update{State: plc.State{RotationKeys: keys.texts(t, args["keys"])}}
	if before, err := strconv.Atoi(args["prev"]); err != nil {
		t.Fatal(err)
	} else if before >= 0 {
		op.Prev = plc.CID(log[before].Operation)
	}
	if err := plc.Sign(op, keys.key(t, args["sig"])); err != nil {
		t.Fatal(err)
	}
	e := plc.Entry{DID: plc.DID(op), Operation: op, CID: plc.CID(op), CreatedAt: noon.Add(passed)}
	if len(log) > 0 {
		e.DID = log[0].DID
	}
	_, e.Nullified = args["nullified"]
	if _, ok := args["cid"]; ok {
		e.CID = cid.Sum(cid.DagCBOR, nil)
	}
	if _, ok := args["did"]; ok {
		e.DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
	}
	return e
}

// TestVerifyTellsTheFirstViolation holds what Violations finds in real logs, as
// they are and cut, against what Verify says.
func TestVerifyTellsTheFirstViolation_ID42(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{"valid", "invalid"} {
		for name, text := range logs(t, folder) {
			log, err := plc.ParseLog(text)
			if err != nil {
				t.Fatal(err)
			}
			for cut := -1; cut < len(log); cut++ {
				part := log
				if cut >= 0 {
					part = slices.Delete(slices.Clone(log), cut, cut+1)
				}
				var first *plc.Error
				_, err := part.Verify(log[0].DID)
				all := part.Violations(log[0].DID)
				if errors.As(err, &first) != (len(all) > 0) || first != nil && first.Error() != all[0].Error() {
					t.Errorf("%s without %d: Verify says %v, and Violations %v", name, cut, err, all)
				}
			}
		}
	}
	if all := (plc.Log{}).Violations("did:plc:ewvi7nxzyoun6zhxrhs64oiz"); len(all) != 1 || !errors.Is(all[0], plc.ErrLog) {
		t.Errorf("an empty log: %v", all)
	}
}

package plc_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lexgen/lexgen/internal/golden"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/identity/plc"
)

// noon is when the first operation of every test happens.
var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// keyring has keys by name, the same ones in every run.
type keyring map[string]*crypto.PrivateKey

func (k keyring) key(t testing.TB, name string) *crypto.PrivateKey {
	t.Helper()
	if k[name] == nil {
		curve := crypto.K256
		if strings.HasPrefix(name, "p") {
			curve = crypto.P256
		}
		secret := make([]byte, 32)
		copy(secret[1:], name)
		key, err := crypto.ParsePrivateKey(curve, secret)
		if err != nil {
			t.Fatal(err)
		}
		k[name] = key
	}
	return k[name]
}

// texts returns the keys of a list of names, divided by commas, as did:key.
func (k keyring) texts(t testing.TB, names string) []string {
	t.Helper()
	var texts []string
	for name := range strings.SplitSeq(names, ",") {
		if name != "" {
			texts = append(texts, k.key(t, name).PublicKey().DIDKey())
		}
	}
	return texts
}

// names replaces keys by their names in a text.
func (k keyring) names(text string) string {
	for name, key := range k {
		text = strings.ReplaceAll(text, key.PublicKey().DIDKey(), name)
	}
	return text
}

// TestHistories runs the scripts of testdata/history. Each line is a time since
// the first operation and a command:
//
//	TIME create keys=K,K sig=K          the first operation
//	TIME update keys=K,K sig=K prev=N   an update that follows on operation N
//	TIME tombstone sig=K prev=N
//	TIME undos held=K,K                 print what can be undone, and by whom
//	TIME state                          print the rotation keys as of that time
//
// Without prev an operation follows on the last one that counts. After each
// operation the log verifies, or nothing has changed.
func TestHistories_ID30_ID31_ID32_ID33_ID39_ID42(t *testing.T) {
	t.Parallel()
	golden.Run(t, "testdata/history", func(t *testing.T, c *golden.Case) {
		s := script{t: t, h: &plc.History{}, keys: keyring{}}
		for line := range strings.Lines(c.In["script"]) {
			if words := strings.Fields(line); len(words) > 0 {
				fmt.Fprintf(&s.out, "> %s\n", strings.Join(words, " "))
				s.run(words)
			}
		}
		c.Output("log", s.keys.names(s.out.String()))
	})
}

type script struct {
	t    *testing.T
	h    *plc.History
	keys keyring
	out  strings.Builder
}

func (s *script) run(words []string) {
	s.t.Helper()
	passed, err := time.ParseDuration(words[0])
	if err != nil {
		s.t.Fatal(err)
	}
	now, args := noon.Add(passed), map[string]string{}
	for _, word := range words[2:] {
		name, value, _ := strings.Cut(word, "=")
		args[name] = value
	}
	switch words[1] {
	case "create", "update":
		state := plc.State{RotationKeys: s.keys.texts(s.t, args["keys"])}
		s.apply(&plc.Update{State: state}, args, now)
	case "tombstone":
		s.apply(&plc.Tombstone{}, args, now)
	case "undos":
		for _, u := range s.h.Undos(now) {
			held := s.keys.texts(s.t, args["held"])
			fmt.Fprintf(&s.out, "%d until %s by %v, held %v: undoes %v\n", u.Step, u.Until.Sub(noon), u.Keys, u.HeldBy(held), u.Nullifies)
		}
	case "state":
		if state := s.h.StateAt(now); state != nil {
			fmt.Fprintln(&s.out, state.RotationKeys)
		} else {
			fmt.Fprintln(&s.out, "none")
		}
	default:
		s.t.Fatalf("no command %s", words[1])
	}
}

func (s *script) apply(op plc.Operation, args map[string]string, now time.Time) {
	s.t.Helper()
	before := -1
	if words := args["prev"]; words != "" {
		n, err := strconv.Atoi(words)
		if err != nil {
			s.t.Fatal(err)
		}
		before = n
	} else if last := s.h.Last(); last != nil {
		for i := range s.h.Steps {
			if s.h.Steps[i].CID == last.CID {
				before = i
			}
		}
	}
	if before >= 0 {
		switch op := op.(type) {
		case *plc.Update:
			op.Prev = s.h.Steps[before].CID
		case *plc.Tombstone:
			op.Prev = s.h.Steps[before].CID
		}
	}
	if err := plc.Sign(op, s.keys.key(s.t, args["sig"])); err != nil {
		s.t.Fatal(err)
	}
	old := fmt.Sprint(s.h.Clone())
	nullified, err := s.h.Apply(op, now)
	if err != nil {
		fmt.Fprintln(&s.out, "refused:", err)
		if fmt.Sprint(s.h) != old {
			s.t.Errorf("a refused operation has changed the history:\n%v\n%v", old, s.h)
		}
		return
	}
	last := &s.h.Steps[len(s.h.Steps)-1]
	fmt.Fprintf(&s.out, "operation %d by %s, authority %d", len(s.h.Steps)-1, last.Signer, last.Authority)
	if len(nullified) > 0 {
		fmt.Fprintf(&s.out, ", undoes %v", nullified)
	}
	s.out.WriteByte('\n')
	s.verify()
}

// verify replays the history as a log, as a stranger would.
func (s *script) verify() {
	s.t.Helper()
	h, err := logOf(s.h).Verify(s.h.DID)
	if err != nil {
		s.t.Errorf("the log does not verify: %v", err)
	} else if fmt.Sprint(h.Steps) != fmt.Sprint(s.h.Steps) {
		s.t.Errorf("the log gives another history")
	}
}

// logOf returns the log that a directory with a history has.
func logOf(h *plc.History) plc.Log {
	var log plc.Log
	for i := range h.Steps {
		s := &h.Steps[i]
		log = append(log, plc.Entry{DID: h.DID, Operation: s.Operation, CID: s.CID, Nullified: !s.Active(), CreatedAt: s.CreatedAt})
	}
	return log
}

package plc_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lexgen/lexgen/internal/golden"
	did "github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/services/internal/eachstore"
	"github.com/lexgen/lexgen/services/internal/plctest"
	"github.com/lexgen/lexgen/services/plc"
	"github.com/lexgen/lexgen/services/plc/store"
)

func TestEndpoints_ID22_ID34_ID35_ID36_ID39_EP05(t *testing.T) {
	t.Parallel()
	runScripts(t, "testdata/endpoints")
}

func TestRecovery_ID30_ID31_ID32_ID33_ID39(t *testing.T) {
	t.Parallel()
	runScripts(t, "testdata/recovery")
}

func TestHostileOperationsAreUndone_ID31_ID32_ID39_PD62(t *testing.T) {
	t.Parallel()
	runScripts(t, "testdata/hostile")
}

func TestRefusals_ID20_ID21_ID23_ID26_ID28_ID35(t *testing.T) {
	t.Parallel()
	runScripts(t, "testdata/refusals")
}

func TestRates_ID29(t *testing.T) {
	t.Parallel()
	runScripts(t, "testdata/rates")
}

func TestExport_ID37(t *testing.T) {
	t.Parallel()
	runScripts(t, "testdata/export")
}

// runScripts runs the scripts of a folder on each store. Each line is a time since the start
// and a command:
//
//	TIME create NAME keys=K,K sig=K [handle=H]   submit a first operation
//	TIME update NAME sig=K [keys=K,K] [prev=N]   submit an update after operation N,
//	                                             or after the last one that was taken
//	TIME tombstone NAME sig=K [prev=N]           submit a tombstone
//	TIME legacy NAME                             submit a first operation of the old form
//	TIME repeat N update ...                     do so N times
//	TIME METHOD PATH [BODY]                      send a request; {NAME} stands for a DID,
//	                                             <NAME-N> for a CID
//
// Printed are status, media type and body of answers, with the same names.
func runScripts(t *testing.T, dir string) {
	t.Helper()
	eachstore.Run(t, func(t *testing.T, open func(testing.TB) store.Store) {
		golden.Run(t, dir, func(t *testing.T, c *golden.Case) {
			s := newScript(t, open(t), c.In["options"])
			for line := range strings.Lines(c.In["script"]) {
				if words := strings.Fields(line); len(words) > 0 {
					fmt.Fprintf(&s.out, "> %s\n", strings.Join(words, " "))
					s.run(words)
				}
			}
			c.Output("log", s.out.String())
		})
	})
}

type script struct {
	t     *testing.T
	clock *plctest.Clock
	url   string
	dids  map[string]string          // by name
	ops   map[string][]did.Operation // that were taken, by name
	keys  map[string]string          // names by key
	out   strings.Builder
}

func newScript(t *testing.T, db store.Store, options string) *script {
	t.Helper()
	clock := plctest.NewClock()
	opts := plc.Options{Store: db, Now: clock.Now, After: time.After, Version: "1.2.3"}
	if mirror, ok := strings.CutPrefix(strings.TrimSpace(options), "mirror="); ok {
		opts.MirrorOf = mirror
	}
	server := httptest.NewServer(plc.New(opts))
	t.Cleanup(server.Close)
	s := &script{t: t, clock: clock, url: server.URL, dids: map[string]string{}, ops: map[string][]did.Operation{}, keys: map[string]string{}}
	s.key("signing")
	return s
}

func (s *script) key(name string) string {
	text := plctest.Keys(s.t, name)[0]
	s.keys[strings.TrimPrefix(text, "did:key:")] = name
	return text
}

func (s *script) run(words []string) {
	s.t.Helper()
	passed, err := time.ParseDuration(words[0])
	if err != nil {
		s.t.Fatal(err)
	}
	s.clock.Set(plctest.Noon.Add(passed))
	words = words[1:]
	if words[0] == "repeat" {
		n, err := strconv.Atoi(words[1])
		if err != nil {
			s.t.Fatal(err)
		}
		for range n {
			s.run(append([]string{passed.String()}, words[2:]...))
		}
		return
	}
	switch words[0] {
	case "create", "update", "tombstone", "legacy":
		s.submit(words[0], words[1], arguments(words[2:]))
	default:
		s.request(words[0], s.names(words[1]), s.names(strings.Join(words[2:], " ")))
	}
}

func arguments(words []string) map[string]string {
	args := map[string]string{}
	for _, word := range words {
		name, value, _ := strings.Cut(word, "=")
		args[name] = value
	}
	return args
}

// submit makes an operation and hands it in.
func (s *script) submit(kind, name string, args map[string]string) {
	s.t.Helper()
	state := plctest.State(s.t, name+".test", args["keys"])
	if handle := args["handle"]; handle != "" {
		state.AlsoKnownAs = []string{"at://" + handle}
	}
	for key := range strings.SplitSeq(args["keys"], ",") {
		if key != "" {
			s.key(key)
		}
	}
	known := s.ops[name]
	var prev did.Operation
	if n, err := strconv.Atoi(args["prev"]); err == nil {
		prev = known[n]
	} else if len(known) > 0 && kind != "create" {
		prev = known[len(known)-1]
	}
	if prev != nil && args["keys"] == "" {
		state = did.StateAfter(prev).Clone()
		state.AlsoKnownAs = []string{fmt.Sprintf("at://%s-%d.test", name, len(known))}
	}
	var op did.Operation
	switch kind {
	case "tombstone":
		op = &did.Tombstone{Prev: plctest.CID(prev)}
		plctest.Sign(s.t, op, args["sig"])
	case "legacy":
		op = &did.Create{SigningKey: s.key("old"), RecoveryKey: s.key("older"), Handle: name + ".test", Service: "pds.test"}
		plctest.Sign(s.t, op, "old")
	default:
		op = plctest.Update(s.t, state, prev, args["sig"])
	}
	if s.dids[name] == "" {
		s.dids[name] = string(did.DID(op))
	}
	text, err := json.Marshal(op)
	if err != nil {
		s.t.Fatal(err)
	}
	if s.request(http.MethodPost, "/"+s.dids[name], string(text)) == http.StatusOK {
		s.ops[name] = append(known, op)
	}
}

func (s *script) request(method, path, body string) int {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Access-Control-Request-Headers", "x-asked")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	fmt.Fprintf(&s.out, "%d %s\n", answer.StatusCode, answer.Header.Get("Content-Type"))
	if answer.Header.Get("Access-Control-Allow-Origin") != "*" {
		fmt.Fprintf(&s.out, "no CORS\n")
	}
	for _, name := range []string{"Access-Control-Allow-Methods", "Access-Control-Allow-Headers", "Upgrade"} {
		if value := answer.Header.Get(name); value != "" {
			fmt.Fprintf(&s.out, "%s: %s\n", name, value)
		}
	}
	if len(text) > 0 {
		fmt.Fprintln(&s.out, s.read(strings.TrimSuffix(string(text), "\n")))
	}
	return answer.StatusCode
}

// names replaces names by what they stand for.
func (s *script) names(text string) string {
	for name, did := range s.dids {
		text = strings.ReplaceAll(text, "{"+name+"}", did)
	}
	for name, ops := range s.ops {
		for i, op := range ops {
			text = strings.ReplaceAll(text, fmt.Sprintf("<%s-%d>", name, i), did.CID(op).String())
		}
	}
	return strings.ReplaceAll(text, "{long}", strings.Repeat("x", 70_000))
}

var signature = regexp.MustCompile(`"sig":"[A-Za-z0-9_-]{86}"`)

// read replaces what names stand for by them.
func (s *script) read(text string) string {
	for name, ops := range s.ops {
		for i, op := range ops {
			text = strings.ReplaceAll(text, did.CID(op).String(), fmt.Sprintf("<%s-%d>", name, i))
		}
	}
	for name, did := range s.dids {
		text = strings.ReplaceAll(text, did, "{"+name+"}")
	}
	for key, name := range s.keys {
		text = strings.ReplaceAll(text, key, "<"+name+">")
	}
	return signature.ReplaceAllString(text, `"sig":"..."`)
}

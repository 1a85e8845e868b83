package main

import (
	"flag"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/internal/plctest"
)

var kills = flag.Int("kills", 5, "how many times to kill the daemon")

// witness remembers what a directory has said.
type witness struct {
	mu      sync.Mutex // guards below
	taken   map[cid.CID]syntax.DID
	numbers map[int64]cid.CID // of the stream and of exports
}

func (w *witness) took(op plc.Operation, did syntax.DID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.taken[plc.CID(op)] = did
}

// numbered reports whether a number belongs to an operation, as far as is known.
func (w *witness) numbered(s plc.Sequenced) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if before, ok := w.numbers[s.Seq]; ok && before != s.CID {
		return false
	}
	w.numbers[s.Seq] = s.CID
	return true
}

// TestKilledUnderLoad kills the real binary with SIGKILL while many write, and
// opens its database again: no operation that it has acknowledged is lost, and no
// number that anyone has seen belongs to another operation.
func TestKilledUnderLoad_ID39(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "plc.sqlite")
	w := &witness{taken: map[cid.CID]syntax.DID{}, numbers: map[int64]cid.CID{}}
	cut := 0
	for round := range *kills {
		d := start(t, "--database", path)
		check(t, d.client, w)
		before := len(w.taken)
		cut += load(t, d, w, round)
		if len(w.taken) < before+20 {
			t.Fatalf("round %d: %d operations were taken: the load is too low", round, len(w.taken)-before)
		}
	}
	d := start(t, "--database", path)
	unacknowledged := check(t, d.client, w) - len(w.taken)
	t.Logf("%d kills: %d operations acknowledged, %d requests cut off, %d of these kept", *kills, len(w.taken), cut, unacknowledged)
	if cut < *kills {
		t.Errorf("only %d requests were cut off: the load is too low", cut)
	}
}

// load lets many write until enough is taken, kills the daemon, and returns how
// many requests that has cut off.
func load(t *testing.T, d *daemon, w *witness, round int) int {
	t.Helper()
	const writers = 8
	var acknowledged, interrupted atomic.Int64
	enough := make(chan struct{})
	taken := func() {
		if acknowledged.Add(1) == int64(20+7*(round%10)) {
			close(enough)
		}
	}
	var working sync.WaitGroup
	for i := range writers {
		working.Go(func() {
			for n, answered := 0, true; answered; n++ {
				answered = write(t, d.client, w, fmt.Sprintf("account-%d-%d-%d.test", round, i, n), taken)
			}
			interrupted.Add(1)
		})
	}
	working.Go(func() { watch(t, d.client, w) })
	select {
	case <-enough:
	case <-time.After(time.Minute):
		t.Errorf("round %d: too little is taken within a minute", round)
	}
	time.Sleep(time.Duration(round%7) * time.Millisecond / 3) // at ever other points of a transaction
	if err := d.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	working.Wait()
	if status := d.wait(); status != -1 {
		t.Fatalf("round %d: it has ended with status %d before it was killed: %s", round, status, &d.log)
	}
	return int(interrupted.Load())
}

// write makes an account with a few operations, and reports whether all were
// answered.
func write(t *testing.T, client *plc.Client, w *witness, handle string, taken func()) bool {
	state := plctest.State(t, handle, "a,b")
	var last plc.Operation
	var did syntax.DID
	for i := range 4 {
		state.AlsoKnownAs = []string{fmt.Sprintf("at://%d-%s", i, handle)}
		op := plctest.Update(t, state, last, "b")
		if last == nil {
			did = plc.DID(op)
		}
		if err := client.Submit(t.Context(), did, op); err != nil {
			return false
		}
		w.took(op, did)
		taken()
		last = op
	}
	return true
}

// watch follows the stream until it breaks off.
func watch(t *testing.T, client *plc.Client, w *witness) {
	conn, _, err := websocket.Dial(plctest.Soon(t), client.URL+"/export/stream?cursor=0", nil) //nolint:bodyclose // the connection has it
	if err != nil {
		return // it was killed before
	}
	defer conn.CloseNow()
	for {
		_, text, err := conn.Read(t.Context())
		if err != nil {
			return
		}
		s, err := plc.ParseSequenced(text)
		if err != nil || !w.numbered(s) {
			t.Errorf("the stream says %s: %v", text, err)
			return
		}
	}
}

// check holds all that a directory has against what it has said, and returns the
// number of its operations.
func check(t *testing.T, client *plc.Client, w *witness) int {
	t.Helper()
	dids := map[syntax.DID]bool{}
	known := map[cid.CID]syntax.DID{}
	last := int64(0)
	for _, s := range export(t, client) {
		if s.Seq <= last || !w.numbered(s) {
			t.Errorf("number %d after %d is that of %s, and was %s", s.Seq, last, s.CID, w.numbers[s.Seq])
		}
		last = s.Seq
		dids[s.DID], known[s.CID] = true, s.DID
	}
	for c, did := range w.taken {
		if known[c] != did {
			t.Errorf("operation %s of %s was acknowledged, and is lost", c, did)
		}
	}
	for seq, c := range w.numbers {
		if _, ok := known[c]; !ok {
			t.Errorf("operation %s, with number %d, was seen, and is lost", c, seq)
		}
	}
	for did := range dids {
		log, err := client.AuditLog(t.Context(), did)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := log.Verify(did); err != nil {
			t.Errorf("%s: %v", did, err)
		}
	}
	return len(known)
}

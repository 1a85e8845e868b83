package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// TestFirehoseTableIsBounded counts records of more collections than are told apart, one
// of which has a name that moves the cursor, and draws them into a small terminal.
func TestFirehoseTableIsBounded(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	p := &program{world: still(), stdout: io.Discard, stderr: io.Discard}
	p.world.now = func() time.Time { return now }
	table := newRateTable(p, "https://relay.example.com", newEventCounts(now))
	for i := range maxNames + 100 {
		e := &FirehoseEvent{Seq: int64(i), Kind: "commit", Records: []FirehoseRecord{{Collection: syntax.NSID(fmt.Sprintf("com.example.\x1b[2Jc%d", i)), Action: "update"}}}
		if err := table.add(e); err != nil {
			t.Fatal(err)
		}
	}
	for range 7 {
		if err := table.add(&FirehoseEvent{Seq: 2, Kind: "commit", Records: []FirehoseRecord{{Collection: "com.example.last", Action: "delete"}}}); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(table.counts.collections); got != maxNames+1 {
		t.Errorf("%d collections are counted", got)
	}
	now = now.Add(2 * time.Second)
	table.live = true
	lines := table.text(now, 10)
	text := strings.Join(lines, "\n")
	if len(lines) > 9 || strings.Contains(text, "\x1b") || !strings.Contains(text, "and 997 more") ||
		!strings.Contains(text, otherNames) || !strings.Contains(text, "1107 events  553.5/s") {
		t.Errorf("%d lines:\n%s", len(lines), text)
	}
}

// TestFirehoseTellsNoLineOfAStranger has a server that puts line breaks into all that is
// told of it: each line of standard error is one of ours, and says what it is about.
func TestFirehoseTellsNoLineOfAStranger(t *testing.T) {
	t.Parallel()
	const forged = "a/b\nlexgen: 12 events up to 99\r\x1b[2K"
	var stderr strings.Builder
	p := &program{args: []string{"firehose", "--verify"}, world: still(), stdout: io.Discard, stderr: &stderr}
	WithFollower(func(_ context.Context, f *Following) error {
		f.Reconnecting(1, errors.New("xrpc: "+forged))
		f.Broken(errors.New(forged))
		many := make([]error, mostWarnings+3)
		for i := range many {
			many[i] = fmt.Errorf("record %d: %s", i, strings.Repeat("x", mostTold))
		}
		for _, e := range []*FirehoseEvent{
			{Seq: 1, DID: forged, Verdict: "refused", Reason: "mismatch", Err: errors.New(forged)},
			{Seq: 2, DID: forged, Unreadable: []error{errors.New("one: " + forged)}},
			{Seq: 3, DID: "did:web:a.test", Unreadable: many},
		} {
			if err := f.Each(e); err != nil {
				return err
			}
		}
		return errors.New(forged)
	})(p)
	printError(&stderr, p.run(t.Context(), AllCommands))
	for line := range strings.Lines(stderr.String()) {
		if !strings.HasPrefix(line, "lexgen: ") || strings.HasPrefix(line, "lexgen: 12 events") || len(line) > 2*mostTold {
			t.Errorf("forged: %q", line)
		}
	}
	for _, want := range []string{"warning: event 3 of did:web:a.test: record 9: xxx", "warning: event 3 of did:web:a.test: 3 more", "3 events up to 3"} {
		if !strings.Contains(stderr.String(), "\nlexgen: "+want) {
			t.Errorf("lacks %q:\n%s", want, &stderr)
		}
	}
}

// TestFirehoseTableThatCannotBeDrawn ends the run, and says why.
func TestFirehoseTableThatCannotBeDrawn(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"json", "table"} {
		w := &fullDisk{}
		p := &program{args: []string{"firehose", "--format", format}, world: still(), stdout: w, stderr: io.Discard}
		WithFollower(func(_ context.Context, f *Following) error {
			return f.Each(&FirehoseEvent{Seq: 1, Kind: "identity", Lines: [][]byte{[]byte("{}")}})
		})(p)
		err := p.run(t.Context(), AllCommands)
		if statusOf(err) != statusInternal || !errors.Is(err, errFull) {
			t.Errorf("%s: %v", format, err)
		}
	}
}

var errFull = errors.New("no space left")

type fullDisk struct{}

func (*fullDisk) Write([]byte) (int, error) { return 0, errFull }

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

// TestFirehoseTableIsBounded counts records of more collections than are told apart, and
// of many that have names of no protocol, which are one.
func TestFirehoseTableIsBounded(t *testing.T) {
	t.Parallel()
	counts := newEventCounts(time.Unix(0, 0))
	for i := range maxNames + 100 {
		for _, name := range []string{"com.example.c%d", "com.example.\x1b[2Jc%d", strings.Repeat("x", 1<<10) + "%d"} {
			counts.add(&FirehoseEvent{Kind: "commit", Records: []FirehoseRecord{{Collection: syntax.NSID(fmt.Sprintf(name, i)), Action: "update"}}}, time.Unix(0, 0))
		}
	}
	if got := len(counts.collections); got > maxNames+1 {
		t.Errorf("%d collections are counted", got)
	}
	if got := counts.collections[noNSID].update; got != 2*(maxNames+100) {
		t.Errorf("%d records have no NSID", got)
	}
	if got := counts.collections[otherNames].update; got != 101 {
		t.Errorf("%d records are of other collections", got)
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

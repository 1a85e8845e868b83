package cli

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lexgen/lexgen/internal/visible"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// maxNames is how many collections, reasons or kinds are counted each for itself: their
// names come from strangers. The others are counted together, under otherNames.
const maxNames = 1000

const (
	otherNames = "(others)"
	noNSID     = "(no NSID)" // collections that have no name of the protocol
)

// eventCounts are what a run has seen.
type eventCounts struct {
	begin       time.Time
	seq         int64
	behind      time.Duration // how old the last event was
	events      int
	broken      int            // frames that cannot be read
	lastBroken  string         // why the last one of them cannot
	kinds       map[string]int // of events that are not about records
	verdicts    map[string]int
	reasons     map[string]int
	collections map[string]*recordCounts
}

// recordCounts are what happened to the records of a collection.
type recordCounts struct{ create, update, remove int }

func (c *recordCounts) total() int { return c.create + c.update + c.remove }

func newEventCounts(begin time.Time) *eventCounts {
	return &eventCounts{
		begin: begin, kinds: map[string]int{}, verdicts: map[string]int{}, reasons: map[string]int{}, collections: map[string]*recordCounts{},
	}
}

// add counts an event.
func (c *eventCounts) add(e *FirehoseEvent, now time.Time) {
	c.events++
	c.seq = max(c.seq, e.Seq)
	if !e.Time.IsZero() {
		c.behind = now.Sub(e.Time)
	}
	if e.Verdict != "" {
		c.verdicts[e.Verdict]++
	}
	if e.Reason != "" {
		addTo(c.reasons, e.Verdict+" "+e.Reason)
	}
	if e.Kind != "commit" && e.Kind != "" {
		addTo(c.kinds, e.Kind)
	}
	for _, r := range e.Records {
		counts := c.collection(r.Collection)
		switch r.Action {
		case "create":
			counts.create++
		case "update":
			counts.update++
		case "delete":
			counts.remove++
		}
	}
}

func addTo(counts map[string]int, name string) {
	if _, ok := counts[name]; !ok && len(counts) >= maxNames {
		name = otherNames
	}
	counts[name]++
}

func (c *eventCounts) collection(nsid syntax.NSID) *recordCounts {
	if counts := c.collections[string(nsid)]; counts != nil {
		return counts
	}
	name := string(nsid)
	if _, err := syntax.ParseNSID(name); err != nil {
		name = noNSID
	} else if len(c.collections) >= maxNames {
		name = otherNames
	}
	counts := c.collections[name]
	if counts == nil {
		counts = &recordCounts{}
		c.collections[strings.Clone(name)] = counts // without the memory of the event
	}
	return counts
}

// addBroken counts a frame that cannot be read, and remembers why.
func (c *eventCounts) addBroken(err error) {
	c.broken++
	c.lastBroken = visible.Clipped(strings.TrimPrefix(err.Error(), "xrpc: "), mostTold)
}

// brokenText says how many frames could not be read, and why the last one could not.
func (c *eventCounts) brokenText() string {
	return count(c.broken, "frame", "frames") + " could not be read; the last one: " + c.lastBroken
}

// names returns the names of counts, the largest one first.
func names[C any](counts map[string]C, size func(C) int) []string {
	return slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(size(counts[b]), size(counts[a])), cmp.Compare(a, b))
	})
}

// listed writes counts as a list, such as "identity 3, account 1".
func listed(counts map[string]int) string {
	var parts []string
	for _, name := range names(counts, func(n int) int { return n }) {
		parts = append(parts, fmt.Sprintf("%s %d", name, counts[name]))
	}
	return strings.Join(parts, ", ")
}

// summary says what has become of the events.
func (c *eventCounts) summary() string {
	text := count(c.events, "event", "events") + " up to " + fmt.Sprint(c.seq)
	if len(c.verdicts) > 0 {
		text += ": " + listed(c.verdicts)
	}
	if len(c.reasons) > 0 {
		text += " (" + listed(c.reasons) + ")"
	}
	if c.broken > 0 {
		text += "; " + count(c.broken, "frame", "frames") + " could not be read"
	}
	return text
}

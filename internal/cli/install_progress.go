package cli

import (
	"context"
	"fmt"
	"sync"

	schema "github.com/lexgen/lexgen/resolver/network"
	lexnet "github.com/lexgen/lexgen/runtime/lexicon"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// counting says on a terminal how far a run of install is. It may be used by any number
// of goroutines.
type counting struct {
	line *progress

	mu      sync.Mutex // guards below
	done    int
	pending map[syntax.NSID]bool
	last    syntax.NSID
}

// show draws the line. How many lexicons there are nobody knows before the last one was
// read.
func (c *counting) show() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.describe()
}

// describe is called with the lock.
func (c *counting) describe() {
	text := fmt.Sprintf("%s found, %d asked for", count(c.done, "lexicon", "lexicons"), len(c.pending))
	if c.last != "" {
		text += ": " + string(c.last)
	}
	c.line.step(text)
}

// found is told of each lexicon.
func (c *counting) found(schema.Result) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done++
	c.describe()
}

// number returns how many were found.
func (c *counting) number() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.done
}

func (c *counting) begin(nsid syntax.NSID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pending == nil {
		c.pending = map[syntax.NSID]bool{}
	}
	c.pending[nsid], c.last = true, nsid
	c.describe()
}

func (c *counting) end(nsid syntax.NSID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.pending, nsid)
}

// watchedFinder is a finder that is counted.
type watchedFinder struct {
	schema.Finder

	counting *counting
}

// Resolve finds a lexicon.
func (w watchedFinder) Resolve(ctx context.Context, nsid syntax.NSID) (*lexnet.Lexicon, error) {
	w.counting.begin(nsid)
	defer w.counting.end(nsid)
	return w.Finder.Resolve(ctx, nsid)
}

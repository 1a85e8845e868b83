package network

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/runtime/lexicon"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A Finder finds published schemas. A *[lexicon.Resolver] is one.
type Finder interface {
	Resolve(ctx context.Context, nsid syntax.NSID) (*lexicon.Lexicon, error)
}

// Limits of what one schema may lead to, unless options say otherwise.
const (
	DefaultMax      = 10_000
	DefaultMaxBytes = 32 << 20
	DefaultParallel = 16
)

// CollectOptions say how much is asked for.
type CollectOptions struct {
	// Parallel is how many schemas are asked for at a time; [DefaultParallel] if zero.
	// How many of them one server is asked for is up to the Finder.
	Parallel int
	// Max is how many schemas there may be; [DefaultMax] if zero.
	Max int
	// MaxBytes is how many bytes their texts may have together; [DefaultMaxBytes] if
	// zero.
	MaxBytes int64
	// Found, if not nil, is told of each schema, and of each that was not found, by one
	// goroutine at a time.
	Found func(Result)
}

// A Result is what became of one schema.
type Result struct {
	NSID syntax.NSID
	// Lexicon and Document are nil if Err is not.
	Lexicon  *lexicon.Lexicon
	Document *parser.Document
	Err      error
}

// Limits that end a collection. The errors that wrap them say where, and what the limit is.
var (
	// ErrTooMany says that schemas lead to more others than Max.
	ErrTooMany = errors.New("too many schemas")
	// ErrTooLarge says that the texts of schemas, and of those that they lead to, have
	// more bytes together than MaxBytes.
	ErrTooLarge = errors.New("too many bytes of schemas")
)

// Collect resolves schemas and all that they refer to, each once, and returns them by
// NSID, sorted. What cannot be found does not keep it from the others. It starts
// goroutines, as many as Parallel, and waits for them. The error is that of ctx, or
// wraps ErrTooMany or ErrTooLarge, after which nothing more is asked for.
func Collect(ctx context.Context, from Finder, roots []syntax.NSID, opts CollectOptions) ([]Result, error) {
	if opts.Parallel <= 0 {
		opts.Parallel = DefaultParallel
	}
	if opts.Max <= 0 {
		opts.Max = DefaultMax
	}
	if opts.MaxBytes <= 0 {
		opts.MaxBytes = DefaultMaxBytes
	}
	c := &collection{from: from, opts: opts, seen: map[syntax.NSID]bool{}, waiting: map[string][]syntax.NSID{}, busy: map[string]int{}}
	c.wake = sync.NewCond(&c.mu)
	asking, cancel := context.WithCancel(ctx)
	defer cancel()
	c.cancel = cancel
	c.add(roots)
	stop := context.AfterFunc(asking, c.wakeAll)
	defer stop()
	var workers sync.WaitGroup
	for range opts.Parallel {
		workers.Go(func() { c.work(asking) })
	}
	workers.Wait()
	slices.SortFunc(c.results, func(a, b Result) int { return compare(a.NSID, b.NSID) })
	if err := ctx.Err(); err != nil {
		return c.results, err
	}
	return c.results, c.err
}

func compare(a, b syntax.NSID) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// collection is one run of Collect.
type collection struct {
	from Finder
	opts CollectOptions

	cancel func() // ends all questions

	mu      sync.Mutex // guards below
	wake    *sync.Cond // of workers that have nothing to do
	seen    map[syntax.NSID]bool
	waiting map[string][]syntax.NSID // by authority
	busy    map[string]int           // workers, by authority
	working int                      // in all
	bytes   int64                    // of the texts that were read
	results []Result
	err     error // which limit ended all questions
}

// end ends all questions.
func (c *collection) end(err error) {
	if c.err == nil {
		c.err = err
	}
	c.cancel()
}

// add takes schemas that were not seen before. More than there may be end all questions.
func (c *collection) add(list []syntax.NSID) {
	for _, nsid := range list {
		nsid = nsid.Normalize()
		if c.seen[nsid] {
			continue
		}
		if len(c.seen) >= c.opts.Max {
			c.end(fmt.Errorf("%w: %s comes after %d others", ErrTooMany, nsid, c.opts.Max))
			return
		}
		c.seen[nsid] = true
		c.waiting[nsid.Authority()] = append(c.waiting[nsid.Authority()], nsid)
	}
}

func (c *collection) wakeAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wake.Broadcast()
}

// work resolves one schema after another until none is left and nobody works on one
// that could lead to more.
func (c *collection) work(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		for len(c.waiting) == 0 && c.working > 0 && ctx.Err() == nil {
			c.wake.Wait()
		}
		if len(c.waiting) == 0 || ctx.Err() != nil {
			c.wake.Broadcast()
			return
		}
		nsid := c.next()
		c.working++
		c.busy[nsid.Authority()]++
		c.mu.Unlock()
		result := c.resolve(ctx, nsid)
		c.mu.Lock()
		c.working--
		c.busy[nsid.Authority()]--
		c.take(ctx, result)
		c.wake.Broadcast()
	}
}

// next takes a schema of the authority that the fewest workers ask for, so that they do
// not all wait for one server while others have nothing to do.
func (c *collection) next() syntax.NSID {
	var best string
	for authority := range c.waiting {
		if best == "" || c.busy[authority] < c.busy[best] || c.busy[authority] == c.busy[best] && authority < best {
			best = authority
		}
	}
	list := c.waiting[best]
	if c.waiting[best] = list[1:]; len(list) == 1 {
		delete(c.waiting, best)
	}
	return list[0]
}

// take keeps a result, and what it refers to for the next ones.
func (c *collection) take(ctx context.Context, r Result) {
	if r.Err != nil && ctx.Err() != nil {
		return
	}
	c.results = append(c.results, r)
	if r.Document != nil {
		c.add(References(r.Document))
	}
	if c.opts.Found != nil {
		c.opts.Found(r)
	}
}

// resolve finds one schema and reads it.
func (c *collection) resolve(ctx context.Context, nsid syntax.NSID) Result {
	found, err := c.from.Resolve(ctx, nsid)
	if err != nil {
		return Result{NSID: nsid, Err: err}
	}
	text, err := found.Text()
	if err == nil {
		err = c.hold(nsid, text)
	}
	if err != nil {
		return Result{NSID: nsid, Err: err}
	}
	doc, err := Parse(string(found.URI()), nsid, text)
	if err != nil {
		return Result{NSID: nsid, Err: err}
	}
	return Result{NSID: nsid, Lexicon: found, Document: doc}
}

// hold counts a text before it is read. More bytes than there may be end all questions.
func (c *collection) hold(nsid syntax.NSID, text []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bytes += int64(len(text)); c.bytes > c.opts.MaxBytes {
		c.end(fmt.Errorf("%w: with %s they have more than %d", ErrTooLarge, nsid, c.opts.MaxBytes))
	}
	return c.err
}

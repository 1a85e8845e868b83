package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/internal/visible"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// publicRelay is what firehose follows unless another service is named.
const publicRelay = "https://bsky.network"

const firehoseLong = `Follow the events of a relay or PDS (com.atproto.sync.subscribeRepos), and print each
change of a record, identity or account as a line of JSON, or a table of what comes
and how fast.

The lines are those of Jetstream, with the number of the event in front as "seq":
--cursor with the last one goes on behind it. --did and --collection choose among
the events; with --collection only records are printed. Rates of a table are those of
the last second, and of the whole run at its end.

Without --verify what the service sends is believed. With it each event is held
against the account's identity, signature and tree, and against the event before;
what does not hold is not printed as a line, but told on standard error with the
reason. The event after a gap is printed, since it is valid by itself; one that
nobody can verify, because no directory or server of its identity answers, is a gap
with the reason "unavailable", and not printed. Events of one account stay in order
then, and those of different accounts may overtake each other.

--service may be anywhere. Where it redirects to has to be public, as has all that
DID documents name, unless --development permits a network of your own.`

const firehoseExample = `  lexgen firehose --collection app.bsky.feed.post
  lexgen firehose --collection 'com.example.*' --verify
  lexgen firehose --did did:plc:ewvi7nxzyoun6zhxrhs64oiz --cursor 0 \
    --service https://pds.example.com
  lexgen firehose --format table`

// The exit statuses of firehose as help prints them.
const (
	exitFollowed = "  0    --limit is reached, or the run was interrupted, which ends it in order"
	exitKilled   = "  130  interrupted once more, before that end"
)

func (p *program) firehoseCommand() *cobra.Command {
	h := &firehose{network: network{program: p}}
	c := &cobra.Command{
		Use:         "firehose",
		Short:       "Follow the events of a relay or PDS",
		Long:        firehoseLong,
		Example:     firehoseExample,
		Annotations: exits(exitFollowed, exitUnanswered, exitUsage, exitUnwritable, exitKilled),
		Args:        noArguments,
		RunE:        func(c *cobra.Command, _ []string) error { return h.run(c) },
	}
	s := c.Flags()
	s.SortFlags = false
	s.StringVar(&h.service, "service", publicRelay, "follow the service at `URL`")
	s.Int64Var(&h.cursor, "cursor", 0, "begin behind the event with this number `SEQ`, 0 for all that is kept; otherwise with what is new")
	s.StringArrayVar(&h.dids, "did", nil, "want events of the account `DID` alone (repeatable)")
	s.StringArrayVar(&h.collections, "collection", nil, "want records of the collection `NSID` alone, or of all below app.bsky.* (repeatable)")
	s.BoolVar(&h.verify, "verify", false, "verify each event")
	s.StringVar(&h.format, "format", "json", "print in this `FORMAT`: json, a line for each change, or table")
	complete(c, "format", "json", "table")
	s.IntVar(&h.limit, "limit", 0, "end after `N` lines, or N events of a table")
	h.define(c, publicDirectory)
	s.StringVar(&h.dns, "dns", "", "ask the DNS server at `HOST:PORT` instead of those of this machine")
	return c
}

// firehose is one run of firehose.
type firehose struct {
	network

	service     string
	cursor      int64
	dids        []string
	collections []string
	verify      bool
	format      string
	limit       int

	following Following
	counts    *eventCounts
	table     *rateTable // nil for lines
	printed   int
}

// errEnough ends a stream of which enough was printed.
var errEnough = errors.New("enough")

func (h *firehose) run(c *cobra.Command) error {
	ctx := c.Context()
	if err := h.prepare(c); err != nil {
		return err
	}
	h.counts = newEventCounts(h.world.now())
	if h.format == "table" {
		h.table = newRateTable(h.program, h.service, h.counts)
	}
	err := h.follow(ctx)
	if h.table != nil {
		err = errors.Join(h.table.stop(), err)
	} else if h.verify {
		tellf(h.stderr, "%s", h.counts.summary())
	}
	return err
}

// follow follows the service until there is enough, or the run is interrupted, which is
// as good an end as another.
func (h *firehose) follow(ctx context.Context) error {
	if h.following.Directory != nil {
		defer h.following.Directory.Close()
	}
	err := h.follower(ctx, &h.following)
	switch {
	case err == nil || errors.Is(err, errEnough) || ctx.Err() != nil:
		return nil
	case statusOf(err) == statusInternal: // it says why it cannot print
		return err
	}
	lines := []string{visible.Clipped(strings.TrimPrefix(err.Error(), "xrpc: "), mostTold)}
	if answer, ok := errors.AsType[*xrpc.Error](err); ok && answer.Name == "FutureCursor" {
		lines = append(lines, "the service has not come to this number: it may have begun anew, or the number is of another service")
	}
	lines = append(lines, forbiddenAdvice(err, h.development)...)
	return &exitError{statusProblem, errors.New(strings.Join(lines, "\n"))}
}

// prepare reads the flags.
func (h *firehose) prepare(c *cobra.Command) error {
	f := &h.following
	switch {
	case h.format != "json" && h.format != "table":
		return misuse("--format %q: want json or table", h.format)
	case h.limit < 0:
		return misuse("--limit %d: want a number of lines", h.limit)
	case h.cursor < 0:
		return misuse("--cursor %d: want the seq of an event, or 0", h.cursor)
	}
	if c.Flags().Changed("cursor") {
		f.Cursor = lex.Some(h.cursor)
	}
	if err := h.check(); err != nil {
		return err
	}
	origin, err := originOf(h.service, h.development)
	if err != nil {
		return misuse("--service: %w", err)
	}
	if f.Account, err = chosenAccounts(h.dids); err != nil {
		return err
	}
	if f.Collection, err = chosenCollections(h.collections); err != nil {
		return err
	}
	f.Client = xrpc.NewClient(origin, xrpc.WithHTTPClient(serviceClient(origin, h.development, h.nameServer().Resolver)))
	f.Now, f.Sleep = h.world.now, h.world.sleep
	f.Each = h.each
	f.Broken, f.Reconnecting = h.broken, h.reconnecting
	if h.verify {
		f.Directory = identity.NewDirectory(h.resolver(), identity.CacheOptions{Timeout: h.timeout})
	}
	return nil
}

// chosenAccounts reads --did.
func chosenAccounts(texts []string) (func(syntax.DID) bool, error) {
	var dids []syntax.DID
	for _, text := range texts {
		did, err := syntax.ParseDID(text)
		if err != nil {
			return nil, misuse("--did: %w\nlexgen identity resolve finds that of a handle", err)
		}
		dids = append(dids, did)
	}
	if len(dids) == 0 {
		return nil, nil //nolint:nilnil // all are wanted
	}
	return func(did syntax.DID) bool { return slices.Contains(dids, did) }, nil
}

// chosenCollections reads --collection.
func chosenCollections(texts []string) (func(syntax.NSID) bool, error) {
	var patterns []syntax.NSIDPattern
	for _, text := range texts {
		pattern, err := syntax.ParseNSIDPattern(text)
		if err != nil {
			return nil, misuse("--collection: %w", err)
		}
		patterns = append(patterns, pattern)
	}
	if len(patterns) == 0 {
		return nil, nil //nolint:nilnil // all are wanted
	}
	return func(collection syntax.NSID) bool {
		return slices.ContainsFunc(patterns, func(p syntax.NSIDPattern) bool { return p.Match(collection) })
	}, nil
}

// each counts an event, and prints it.
func (h *firehose) each(e *FirehoseEvent) error {
	if h.table != nil {
		return h.tabulate(e)
	}
	h.counts.add(e, h.world.now())
	if e.Reason != "" && !slices.Contains(quiet, e.Reason) {
		tellLinef(h.stderr, "%s", faultOf(e))
	}
	h.tellUnreadable(e)
	for _, line := range e.Lines {
		if h.world.isTerminal(h.stdout) {
			line = visible.JSON(line)
		}
		if err := h.print(string(line) + "\n"); err != nil {
			return err
		}
		if h.printed++; h.printed == h.limit {
			return errEnough
		}
	}
	return nil
}

// tellUnreadable says which records of an event cannot be printed, a line for each.
func (h *firehose) tellUnreadable(e *FirehoseEvent) {
	for i, err := range e.Unreadable {
		if i == mostWarnings {
			tellLinef(h.stderr, "warning: event %d of %s: %d more", e.Seq, e.DID, len(e.Unreadable)-i)
			return
		}
		tellLinef(h.stderr, "warning: event %d of %s: %s", e.Seq, e.DID, strings.TrimPrefix(err.Error(), "sync: "))
	}
}

// broken counts a frame that cannot be read, and tells it unless the table does.
func (h *firehose) broken(err error) {
	if h.table != nil {
		h.table.addBroken(err)
		return
	}
	h.counts.addBroken(err)
	tellLinef(h.stderr, "warning: %s", h.counts.lastBroken)
}

// reconnecting says why the service is connected to anew.
func (h *firehose) reconnecting(attempt int, err error) {
	tell := func() {
		tellLinef(h.stderr, "%s; connecting again (attempt %d)", strings.TrimPrefix(err.Error(), "xrpc: "), attempt)
	}
	if h.table != nil {
		h.table.above(tell)
		return
	}
	tell()
}

// tabulate counts an event for the table.
func (h *firehose) tabulate(e *FirehoseEvent) error {
	if err := h.table.add(e); err != nil {
		return err
	}
	if h.printed++; h.printed == h.limit {
		return errEnough
	}
	return nil
}

// quiet are the reasons of what happens all the time and is nobody's fault. They are
// counted, and not told one by one.
var quiet = []string{"old-rev", "unchanged", "inactive"}

// faultOf says why an event was not accepted.
func faultOf(e *FirehoseEvent) string {
	return fmt.Sprintf("%s: event %d of %s: %s: %s", e.Verdict, e.Seq, e.DID, e.Reason, strings.TrimPrefix(e.Err.Error(), "repo: "))
}

// sleep waits until the time is over or ctx ends, whose error it returns then.
func (w world) sleep(ctx context.Context, d time.Duration) error {
	over := make(chan struct{})
	stop := w.after(d, func() { close(over) })
	defer stop()
	select {
	case <-over:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/runtime/syntax"
)

const unpublishLong = `Remove lexicons from an account's repository. The project is not looked at. Who has
installed them keeps what is in their lock file, and cannot update; software that
validates records by them stops to, so that it is kinder to leave a lexicon and to
say in its description that it is not used any more.

What is removed is shown and asked for; --yes does without. What somebody else has
changed meanwhile is not removed.

` + signInHelp

const unpublishExample = `  lexgen unpublish com.example.draft --account alice.example.com --dry-run
  lexgen unpublish com.example.draft com.example.old --account alice.example.com --yes`

// The exit statuses of unpublish as help prints them.
const (
	exitRemoved   = "  0    the lexicons are removed, or would be with --dry-run"
	exitUnremoved = "  1    one is not published, the answer is no, the server refuses, nobody answers"
)

func (p *program) unpublishCommand() *cobra.Command {
	r := &unpublishing{publication: newPublication(&generation{program: p})}
	c := &cobra.Command{
		Use:         "unpublish NSID...",
		Short:       "Remove published lexicons",
		Long:        unpublishLong,
		Example:     unpublishExample,
		Annotations: exits(exitRemoved, exitUnremoved, exitUsage, exitUnwritable, exitHalfway),
		Args:        cobra.ArbitraryArgs,
		RunE:        func(c *cobra.Command, args []string) error { return r.run(c, args) },
	}
	c.Flags().SortFlags = false
	c.Flags().BoolVar(&r.dryRun, "dry-run", false, "remove nothing, and print what would be")
	c.Flags().BoolVar(&r.yes, "yes", false, "do not ask")
	r.defineAccount(c)
	r.defineService(c)
	r.defineNames(c)
	r.format.define(c)
	return c
}

// unpublishing is one run of unpublish.
type unpublishing struct {
	*publication
	accountFlags

	dryRun, yes bool
}

func (r *unpublishing) run(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return misuse("%s needs the NSIDs of lexicons\n%s", c.CommandPath(), seeHelp(c))
	}
	for _, arg := range args {
		if _, err := syntax.ParseNSID(arg); err != nil {
			return misuse("%w", err)
		}
	}
	if err := r.check(args); err != nil {
		return err
	}
	id, err := r.account(r.publication)
	if err != nil {
		return err
	}
	defer r.open()()
	at, err := r.repository(c.Context(), id)
	if err != nil {
		return err
	}
	published, err := r.published(c.Context(), at)
	if err != nil {
		return err
	}
	list, err := chosen(at, published, args)
	if err != nil {
		return err
	}
	if r.dryRun {
		return r.finish(at, list, len(list), nil)
	}
	ctx, err := r.confirm(c, at, list)
	if err != nil {
		return err
	}
	removed, err := r.remove(ctx, at, list)
	return r.finish(at, list, removed, err)
}

// chosen returns the lexicons with those NSIDs, each once.
func chosen(at repository, published []Published, ids []string) (list []Published, err error) {
	byID := map[string]Published{}
	var known []string
	for _, p := range published {
		byID[string(p.NSID)] = p
		known = append(known, string(p.NSID))
	}
	var faults []error
	for _, id := range ids {
		p, ok := byID[id]
		if !ok {
			faults = append(faults, fmt.Errorf("%s is not published by %s%s", id, at, didYouMean(id, known)))
			continue
		}
		if !slices.ContainsFunc(list, func(l Published) bool { return l.NSID == p.NSID }) {
			list = append(list, p)
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, &exitError{statusProblem, err}
	}
	return list, nil
}

// confirm asks somebody at a terminal. From the question on an interrupt ends the
// program, and the context no more.
func (r *unpublishing) confirm(c *cobra.Command, at repository, list []Published) (context.Context, error) {
	ctx := c.Context()
	if err := ctx.Err(); err != nil || r.yes {
		return ctx, err
	}
	q := r.questions(c)
	if q == nil {
		return nil, misuse("nobody is there to be asked, and nothing is removed without: --yes does it")
	}
	for _, l := range list {
		tellf(r.stderr, "%s  %s", l.NSID, l.CID)
	}
	yes, err := q.agree(fmt.Sprintf("remove %s from the repository of %s", count(len(list), "lexicon", "lexicons"), at))
	if err != nil {
		return nil, err
	}
	if !yes {
		return nil, &exitError{statusProblem, errors.New("nothing was removed")}
	}
	return context.WithoutCancel(ctx), nil
}

// remove signs in and removes one record after the other. It returns how many it has.
func (r *unpublishing) remove(ctx context.Context, at repository, list []Published) (removed int, err error) {
	account, err := r.signIn(ctx, r.publication, at)
	if err != nil {
		return 0, err
	}
	line := newProgress(r.world, r.stderr)
	defer line.stop()
	for i, l := range list {
		line.step(fmt.Sprintf("%d of %d: %s", i+1, len(list), l.NSID))
		if err := account.Delete(ctx, l.NSID, l.CID); err != nil {
			return i, r.writeError(ctx, l.NSID, err)
		}
	}
	return len(list), nil
}

// finish prints what was removed, or would be, and says how it ended.
func (r *unpublishing) finish(at repository, list []Published, removed int, err error) error {
	if failed := r.printRemoved(at, list, removed); failed != nil {
		return errors.Join(failed, err)
	}
	switch {
	case err != nil:
		tellf(r.stderr, "%s: %d of %s removed", at, removed, count(len(list), "lexicon", "lexicons"))
	case r.dryRun:
		tellf(r.stderr, "%s: %d to remove; nothing was sent", at, len(list))
	default:
		tellf(r.stderr, "%s: %d removed", at, removed)
	}
	return err
}

// removedJSON is the form of a run for programs.
type removedJSON struct {
	DID      syntax.DID           `json:"did"`
	Service  string               `json:"service"`
	DryRun   bool                 `json:"dryRun"`
	Lexicons []removedLexiconJSON `json:"lexicons"`
}

type removedLexiconJSON struct {
	ID      syntax.NSID `json:"id"`
	Was     string      `json:"was"` // CID
	Removed bool        `json:"removed"`
}

func (r *unpublishing) printRemoved(at repository, list []Published, removed int) error {
	if r.format.isJSON() {
		j := removedJSON{DID: at.did, Service: at.server.Service().String(), DryRun: r.dryRun, Lexicons: []removedLexiconJSON{}}
		for i, l := range list {
			j.Lexicons = append(j.Lexicons, removedLexiconJSON{l.NSID, textOf(l.CID), i < removed && !r.dryRun})
		}
		return r.printJSON(j)
	}
	var b strings.Builder
	for _, l := range list[:removed] {
		fmt.Fprintf(&b, "- %s  %s\n", l.NSID, l.CID)
	}
	return r.print(b.String())
}

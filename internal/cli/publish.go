package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/runtime/syntax"
)

const publishLong = `Publish the lexicons of the project as records in an account's repository, from
where everybody can install them. Written is what differs from what is there, so
that a second run does nothing; what somebody else has changed meanwhile is not
overwritten.

The records of the DNS must lead to the account: check-dns says which these are.
Lexicons whose authority is another account's are left out, and so are installed
ones, which lexicons.json pins to an account or to a source of install; what it pins
although it is the project's own is published. Arguments choose lexicons, NSID or
PREFIX.*, installed ones, too, and all of these must belong to the account. Nothing is
published if one has a definition of a kind that lexgen does not know, if lint finds
errors, or if breaking does, compared with what is published. --force does it
nevertheless: what it passes over is printed with its reason, and kept nowhere else,
so what is to hold for longer belongs under breaking: ignore: in lexgen.yaml.

` + signInHelp + `

--dry-run prints the same and writes nothing; nobody signs in for that. What the
project has no more stays published until unpublish removes it.`

const publishExample = `  lexgen publish --account alice.example.com --dry-run
  ` + passwordVariable + `=xxxx-xxxx-xxxx-xxxx lexgen publish --account alice.example.com
  lexgen publish com.example.post --account alice.example.com --session session.json
  lexgen publish --account alice.example.com --force 'nobody uses it yet'`

// The exit statuses of publish and unpublish as help prints them.
const (
	exitPublished   = "  0    all is published as it is, or would be with --dry-run"
	exitUnpublished = "  1    lint or breaking refuses, the DNS leads elsewhere, the server refuses, nobody answers, unreadable sources"
	exitHalfway     = "  130  interrupted; each record is the old or the new one"
)

func (p *program) publishCommand() *cobra.Command {
	r := &publishing{publication: newPublication(&generation{program: p})}
	c := &cobra.Command{
		Use:         "publish [PATTERN...]",
		Short:       "Publish the lexicons of the project",
		Long:        publishLong,
		Example:     publishExample,
		Annotations: exits(exitPublished, exitUnpublished, exitUsage, exitUnwritable, exitHalfway),
		Args:        cobra.ArbitraryArgs,
		RunE:        func(c *cobra.Command, args []string) error { return r.run(c, args) },
	}
	c.Flags().SortFlags = false
	s := c.Flags()
	s.BoolVar(&r.dryRun, "dry-run", false, "write nothing, and print what would be")
	s.StringVar(&r.force, "force", "", "publish what lint or breaking refuses, for this `REASON`")
	s.BoolVar(&r.flags.strict, "strict", false, "refuse for warnings of lint and breaking, too")
	r.defineAccount(c)
	r.define(c)
	return c
}

// publishing is one run of publish.
type publishing struct {
	*publication
	accountFlags

	dryRun bool
	force  string

	passedOver []string // what --force did
	at         repository
	elsewhere  []*domain // whose authority is another account
}

func (r *publishing) run(c *cobra.Command, args []string) error {
	if c.Flags().Changed("force") && strings.TrimSpace(r.force) == "" {
		return misuse("--force needs a reason")
	}
	if err := r.check(args); err != nil {
		return err
	}
	id, err := r.account(r.publication)
	if err != nil {
		return err
	}
	local, err := r.local(c)
	switch {
	case err != nil:
		return err
	case len(r.unmatched) > 0:
		return misuse("%s names no lexicon of the project", r.unmatched[0])
	case len(local) == 0:
		return &exitError{statusProblem, errNoLexicon}
	}
	defer r.open()()
	ctx := c.Context()
	if r.at, err = r.repository(ctx, id); err != nil {
		return err
	}
	if local, err = r.ours(ctx, local); err != nil {
		return err
	}
	published, err := r.published(ctx, r.at)
	if err != nil {
		return err
	}
	list := r.differing(compare(local, published, r.at.did))
	if err := r.gates(c, list, published); err != nil {
		return err
	}
	if r.dryRun || len(list) == 0 {
		return r.finish(list, len(local), len(list), nil)
	}
	written, err := r.write(ctx, list)
	return r.finish(list, len(local), written, err)
}

// ours returns the lexicons whose authority the account is, and refuses those that
// would be published where nobody finds them.
func (r *publishing) ours(ctx context.Context, local []Published) ([]Published, error) {
	domains, err := r.domains(ctx, local)
	if err != nil {
		return nil, err
	}
	var ours []Published
	var faults []string
	for _, d := range domains {
		switch {
		case d.err != nil:
			faults = append(faults, fmt.Sprintf("%s: %s", d.contents(), reasonOfName(d.err)))
		case d.did == r.at.did:
			ours = append(ours, d.lexicons...)
		case len(r.patterns) > 0:
			faults = append(faults, fmt.Sprintf("%s: %s leads to %s, and not to %s", d.contents(), d.record(), d.did, r.at.did))
		default:
			r.elsewhere = append(r.elsewhere, d)
		}
	}
	if len(faults) == 0 && len(ours) == 0 {
		for _, d := range r.elsewhere {
			faults = append(faults, fmt.Sprintf("%s: %s leads to %s, and not to %s", d.contents(), d.record(), d.did, r.at.did))
		}
	}
	if len(faults) > 0 {
		faults = append(faults, "nobody would find them in this repository; nothing was sent",
			"lexgen check-dns says which records to make; arguments name what is to be published, NSID or PREFIX.*")
		return nil, &exitError{statusProblem, errors.New(strings.Join(faults, "\n"))}
	}
	for _, d := range r.elsewhere {
		tellf(r.stderr, "left out %s: %s leads to %s", d.contents(), d.record(), d.did)
	}
	return ours, nil
}

// published asks the server what is there.
func (p *publication) published(ctx context.Context, at repository) ([]Published, error) {
	line := newProgress(p.world, p.stderr)
	defer line.stop()
	line.step("asking for the lexicons of " + string(at.did))
	list, passedOver, err := p.accounts.Published(ctx, at.server, at.did)
	line.stop()
	p.tellPassedOver(at, passedOver)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, &exitError{statusProblem, fmt.Errorf("%s: %w; nothing was sent", at, plainly(err))}
	}
	return list, nil
}

// differing returns what is to be written.
func (r *publishing) differing(all []compared) (list []compared) {
	for _, c := range all {
		if c.standing == standsChanged || c.standing == standsNew {
			list = append(list, c)
		}
	}
	return list
}

// write signs in and writes one record after the other. It returns how many it has.
func (r *publishing) write(ctx context.Context, list []compared) (written int, err error) {
	account, err := r.signIn(ctx, r.publication, r.at)
	if err != nil {
		return 0, err
	}
	line := newProgress(r.world, r.stderr)
	defer line.stop()
	for i, l := range list {
		line.step(fmt.Sprintf("%d of %d: %s", i+1, len(list), l.id))
		got, err := account.Put(ctx, l.local, l.published.CID)
		if err != nil {
			return i, r.writeError(ctx, l.id, err)
		}
		if got != l.local.CID {
			return i + 1, &exitError{statusProblem, fmt.Errorf("%s: the server has written another record: %s instead of %s", l.id, got, l.local.CID)}
		}
	}
	return len(list), nil
}

// finish prints what was written, or would be, and says how it ended.
func (r *publishing) finish(list []compared, looked, written int, err error) error {
	if failed := r.printWritten(list, written); failed != nil {
		return errors.Join(failed, err)
	}
	same := looked - len(list)
	switch {
	case err != nil && written == 0:
		tellf(r.stderr, "%s: nothing was published", r.at)
	case err != nil:
		tellf(r.stderr, "%s: %d of %s published; the next run goes on", r.at, written, count(len(list), "lexicon", "lexicons"))
	case len(list) == 0:
		tellf(r.stderr, "%s: %s, up to date", r.at, count(looked, "lexicon", "lexicons"))
	case r.dryRun:
		tellf(r.stderr, "%s: %d to publish, %d up to date; nothing was sent", r.at, len(list), same)
	default:
		tellf(r.stderr, "%s: %d published, %d up to date", r.at, written, same)
	}
	return err
}

// printWritten prints a line for each lexicon that was written, or would be: + for a new
// one, ~ for a changed one.
func (r *publishing) printWritten(list []compared, written int) error {
	if r.format.isJSON() {
		return r.printJSON(r.json(list, written))
	}
	var b strings.Builder
	for _, l := range list[:written] {
		if l.standing == standsNew {
			fmt.Fprintf(&b, "+ %s  %s\n", l.id, l.local.CID)
		} else {
			fmt.Fprintf(&b, "~ %s  %s, was %s\n", l.id, l.local.CID, l.published.CID)
		}
	}
	return r.print(b.String())
}

// publishedJSON is the form of a run for programs.
type publishedJSON struct {
	DID      syntax.DID    `json:"did"`
	Service  string        `json:"service"`
	DryRun   bool          `json:"dryRun"`
	Force    string        `json:"force,omitempty"`      // the reason
	Forced   []string      `json:"passedOver,omitempty"` // kinds, lint, breaking
	Lexicons []writtenJSON `json:"lexicons"`             // that differ
	LeftOut  []leftOutJSON `json:"leftOut"`
}

type writtenJSON struct {
	ID      syntax.NSID `json:"id"`
	CID     string      `json:"cid"`
	Was     string      `json:"was,omitempty"`
	Written bool        `json:"written"`
}

type leftOutJSON struct {
	ID        syntax.NSID `json:"id"`
	Authority syntax.DID  `json:"authority"`
}

func (r *publishing) json(list []compared, written int) publishedJSON {
	j := publishedJSON{
		DID: r.at.did, Service: r.at.server.Service().String(), DryRun: r.dryRun, Force: r.force, Forced: r.passedOver,
		Lexicons: []writtenJSON{}, LeftOut: []leftOutJSON{},
	}
	for i, l := range list {
		j.Lexicons = append(j.Lexicons, writtenJSON{l.id, textOf(l.local.CID), textOf(l.published.CID), i < written && !r.dryRun})
	}
	for _, d := range r.elsewhere {
		for _, l := range d.lexicons {
			j.LeftOut = append(j.LeftOut, leftOutJSON{l.NSID, d.did})
		}
	}
	return j
}

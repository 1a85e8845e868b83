package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/internal/config"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/diag/format"
	schema "github.com/lexgen/lexgen/resolver/network"
	lexnet "github.com/lexgen/lexgen/runtime/lexicon"
	"github.com/lexgen/lexgen/runtime/syntax"
)

const installLong = `Install lexicons of others, and all that these refer to, below a folder, and pin
them by their CIDs in lexicons.json, as @atproto/lex does: both read what the other
has written.

Where a lexicon comes from: from the folder, if there is a file of your own, which
stays as it is; from the first of the sources of --from, and of install: sources: in
lexgen.yaml, that has it; from the network; else from install: frozen:, copies of
what nobody publishes. In the network the DNS names the account in charge, its DID
document the server and the key, and the server has to prove the record. Nothing is
believed without.

What lexicons.json pins stays at its CID, and what is missing is fetched again.
--update takes what is there now instead; that the DNS names another account than
before has to be confirmed by --authority, or by authorities: in lexgen.yaml, and
that a server is back at an older state than was seen before by --restored. What
changes is compared as lexgen breaking does, and shown before anything is written.
What breaks is written if somebody at the terminal agrees, or with --yes.

Lexicons that nothing refers to any more are removed; take one out of the list
"lexicons" in lexicons.json to have it go. A file that was edited by hand since it
was installed is not replaced without --force.

--ci writes nothing, asks nobody, and fails if a file or lexicons.json is not what
this command has written.

What was fetched is kept in the user's folder for caches, so that a run goes on
where the one before was interrupted. An interrupted run leaves all as it was, or is
finished by the next one.`

const installExample = `  lexgen install com.example.post
  lexgen install at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/com.atproto.lexicon.schema/com.example.post
  lexgen install --update --dry-run
  lexgen install --ci`

// The exit statuses of install as help prints them.
const (
	exitInstalled    = "  0    all is installed, and for --ci as it should be"
	exitNotInstalled = "  1    something cannot be found or is not proved, breaks, was edited, or nobody answers; nothing was written"
)

func (p *program) installCommand() *cobra.Command {
	i := newInstalling(&generation{program: p})
	c := &cobra.Command{
		Use:         "install [NSID...]",
		Short:       "Install lexicons of others",
		Long:        installLong,
		Example:     installExample,
		Annotations: exits(exitInstalled, exitNotInstalled, exitUsage, exitUnwritable, exitInterrupted),
		Args:        cobra.ArbitraryArgs,
	}
	i.define(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		p.verbose = i.flags.verbose
		return i.run(c, args)
	}
	return c
}

// installing is one run of install.
type installing struct {
	*generation

	net                      network
	into, lockFile           string
	from, authorities        []string
	restored                 []string // DIDs
	update, ci               bool
	dryRun, yes, forceEdited bool

	overrides     map[syntax.NSIDPattern]syntax.DID // of --authority
	configuration *config.Config                    // nil without lexgen.yaml
	place         *installation
	resolver      *lexnet.Resolver
	recall        *recall
}

func newInstalling(g *generation) *installing {
	return &installing{generation: g, net: network{program: g.program}}
}

// define declares the flags.
func (i *installing) define(c *cobra.Command) {
	c.Flags().SortFlags = false
	s := c.Flags()
	s.BoolVar(&i.update, "update", false, "take what is there now instead of what lexicons.json pins")
	s.BoolVar(&i.ci, "ci", false, "write nothing, ask nobody, and fail if something is not as it should be")
	s.BoolVar(&i.dryRun, "dry-run", false, "write nothing, and show what would change")
	s.BoolVar(&i.yes, "yes", false, "do not ask, and write what breaks, too")
	s.BoolVar(&i.forceEdited, "force", false, "replace files that were edited by hand")
	s.StringArrayVar(&i.from, "from", nil, "look into `SOURCE` before the network: DIR, FILE, go:MODULE@VERSION/PATH or git:REF:PATH (repeatable)")
	s.StringVar(&i.into, "into", "", "install below `DIR` (default \"lexicons\", or install: into: in lexgen.yaml)")
	s.StringVar(&i.lockFile, "lock", "", "pin in `FILE` (default \"lexicons.json\", or install: lock: in lexgen.yaml)")
	s.StringVar(&i.flags.config, "config", "", "read this `FILE` instead of looking for lexgen.yaml")
	s.StringArrayVar(&i.authorities, "authority", nil,
		"take the account of `PATTERN=DID` for the authority of the lexicons that the pattern names, NSID or PREFIX.*, instead of asking the DNS (repeatable)")
	s.StringArrayVar(&i.restored, "restored", nil,
		"take an older state of the account `DID` than was seen before: after it was restored from a backup (repeatable)")
	s.StringVar(&i.net.dns, "dns", "", "ask the DNS server at `HOST:PORT` instead of those of this machine")
	i.net.define(c, publicDirectory)
	s.StringVar(&i.flags.format, "format", "text", "print diagnostics in this `FORMAT`: text (to stderr), json, sarif or github (to stdout)")
	s.BoolVarP(&i.flags.verbose, "verbose", "v", false, "say where each lexicon comes from, and what is compatible")
	complete(c, "format", format.Names()...)
}

// check refuses a command line that makes no sense.
func (i *installing) check(args []string) (roots map[syntax.NSID]syntax.DID, err error) {
	if i.ci && (i.update || i.dryRun || i.yes || i.forceEdited || len(i.restored) > 0 || len(args) > 0) {
		return nil, misuse("--ci only looks: it takes no NSID, and neither --update, --dry-run, --yes, --restored nor --force")
	}
	if err := errors.Join(i.net.check(), i.choosePrinter()); err != nil {
		return nil, err
	}
	if i.overrides, err = parseAuthorities(i.authorities); err != nil {
		return nil, err
	}
	for _, text := range i.restored {
		if _, err := syntax.ParseDID(text); err != nil {
			return nil, misuse("--restored: %w", err)
		}
	}
	return wanted(args)
}

// wanted reads the arguments: NSIDs, and AT URIs of records, whose account is the one to
// ask.
func wanted(args []string) (map[syntax.NSID]syntax.DID, error) {
	roots := map[syntax.NSID]syntax.DID{}
	for _, arg := range args {
		name, did := arg, syntax.DID("")
		if strings.HasPrefix(arg, "at://") {
			uri, err := syntax.ParseATURI(arg)
			if err != nil {
				return nil, misuse("%w", err)
			}
			var isDID bool
			if did, isDID = uri.Authority().DID(); !isDID || uri.Collection() != lexnet.Collection {
				return nil, misuse("%s: want at://DID/%s/NSID", arg, lexnet.Collection)
			}
			name = string(uri.RecordKey())
		}
		if err := checkNSID(name); err != nil {
			return nil, misuse("%w", err)
		}
		nsid := syntax.NSID(name).Normalize()
		if other, twice := roots[nsid]; twice && other != did {
			return nil, misuse("%s is named twice, and not for the same account", nsid)
		}
		roots[nsid] = did
	}
	return roots, nil
}

func (i *installing) run(c *cobra.Command, args []string) error {
	roots, err := i.check(args)
	if err != nil {
		return err
	}
	report := &diag.Report{}
	if err := i.findPlace(c, report); err != nil {
		return i.failed(err)
	}
	if report.HasErrors() {
		return i.refused(report)
	}
	if i.ci {
		return i.verify()
	}
	return i.failedIfAny(i.install(c, roots))
}

// failedIfAny is failed, for an error that may be none.
func (i *installing) failedIfAny(err error) error {
	if err == nil {
		return nil
	}
	return i.failed(err)
}

// install does all but --ci.
func (i *installing) install(c *cobra.Command, named map[syntax.NSID]syntax.DID) error {
	ctx := c.Context()
	if err := i.place.checkLock(); err != nil {
		return &exitError{statusProblem, err}
	}
	if !i.dryRun {
		leave, err := i.place.enter()
		if err != nil {
			return err
		}
		defer leave()
	}
	if err := i.finishInterrupted(); err != nil {
		return err
	}
	before := sumOfFile(i.place.lock) // first, so that what changes between is seen
	old, err := readLock(i.place.lock)
	if err != nil {
		return &exitError{statusProblem, fmt.Errorf("%s: %w\nmend it, or remove it and the installed files, and install anew", i.place.lock, err)}
	}
	if old == nil && len(named) == 0 {
		return misuse("there is no %s, and no NSID that says what to install\n%s", i.place.lock, seeHelp(c))
	}
	f, closed, err := i.finder(ctx, old, named)
	if err != nil {
		return err
	}
	defer closed()
	if err := f.refuseEdited(); err != nil {
		return err
	}
	found, err := i.find(ctx, f)
	if err != nil {
		return err
	}
	isOver := true // whatever comes of it
	defer func() {
		if isOver && c.Context().Err() == nil {
			i.recall.done(i.world.now())
		}
	}()
	plan := f.plan(found)
	plan.before = before
	if err := errors.Join(i.place.checkPaths(plan.touched()...), i.place.checkNames(plan)); err != nil {
		return &exitError{statusProblem, errors.Join(err, errors.New("nothing was written"))}
	}
	ctx, err = i.show(c, plan)
	if err != nil || i.dryRun || plan.isEmpty() {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := i.place.checkUnchanged(plan); err != nil {
		return &exitError{statusProblem, err}
	}
	if err := i.place.commit(plan); err != nil {
		isOver = false
		return &exitError{statusInternal, fmt.Errorf("the next run of lexgen install finishes or forgets what this one has written: %w", err)}
	}
	return nil
}

// finishInterrupted finishes what another run has begun to write.
func (i *installing) finishInterrupted() error {
	if i.dryRun && i.place.isInterrupted() {
		return &exitError{statusProblem, errors.New("a run of lexgen install was interrupted while it wrote: without --dry-run the next one finishes that")}
	}
	if i.dryRun {
		return nil
	}
	finished, err := i.place.recover(i.forceEdited)
	if _, isSaid := errors.AsType[*exitError](err); isSaid {
		return err
	}
	if err != nil {
		return &exitError{statusInternal, fmt.Errorf("finish an interrupted run: %w", err)}
	}
	if finished {
		tellf(i.stderr, "finished what an interrupted run had begun to write")
	}
	return nil
}

// refuseEdited ends a run that would replace what somebody has edited.
func (f *finder) refuseEdited() error {
	if f.old == nil || f.forceEdited {
		return nil
	}
	var edited []string
	for _, nsid := range f.old.sorted() {
		if is := f.place.read(nsid); is.text != nil && is.cid != f.old.pins[nsid].cid && !f.isOwn(nsid) {
			edited = append(edited, fmt.Sprintf("%s was edited: %s has %s, and %s pins %s",
				nsid, f.place.path(nsid), is.name(), f.place.lock, f.old.pins[nsid].cid))
		}
	}
	if len(edited) == 0 {
		return nil
	}
	edited = append(edited, "undo the edits, or --force replaces the files; what is to stay edited has to be a lexicon of your own, which no lock pins")
	return &exitError{statusProblem, errors.New(strings.Join(edited, "\n"))}
}

// find finds all lexicons that somebody asked for, and what they lead to.
func (i *installing) find(ctx context.Context, f *finder) (map[syntax.NSID]schema.Result, error) {
	line := newProgress(i.world, i.stderr)
	defer line.stop()
	count := &counting{line: line}
	count.show()
	results, err := schema.Collect(ctx, watchedFinder{f, count}, rootsOf(f.old, f.named), schema.CollectOptions{Found: count.found})
	line.stop()
	if err != nil {
		return nil, i.unfinished(count, err)
	}
	found := map[syntax.NSID]schema.Result{}
	var failures []schema.Result
	for _, r := range results {
		found[r.NSID] = r
		if r.Err != nil {
			failures = append(failures, r)
		}
	}
	if len(failures) > 0 {
		return nil, i.notFound(found, failures)
	}
	return found, nil
}

// rootsOf returns what was asked for, now and before.
func rootsOf(old *lock, named map[syntax.NSID]syntax.DID) []syntax.NSID {
	var roots []syntax.NSID
	if old != nil {
		roots = slices.Clone(old.roots)
	}
	for nsid := range named {
		roots = append(roots, nsid)
	}
	slices.Sort(roots)
	return slices.Compact(roots)
}

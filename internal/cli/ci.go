package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/internal/config"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/diag/format"
	"github.com/lexgen/lexgen/resolver"
)

const ciLong = `Run what a project wants to know of every change: lint, fmt --check, breaking and
gen --check, as lexgen.yaml says, and install --ci where there is a lexicons.json.
Nothing is written. All of them run, even if one fails; what they find is printed at
once, each problem once, and then a line for each of them.

The older version that breaking compares with is that of --against, else that of
breaking: against: in lexgen.yaml, else, on a pull request, the branch that it is
for: git:origin/$GITHUB_BASE_REF. Without one, and where a branch is from before
there were lexicons, breaking is left out.

Under --strict rules of style speak, and warnings fail. What lint lets pass, by its
levels or its baseline, is not reported by gen again.

In GitHub Actions the default of --format is github, whose annotations stand beside
the lines of a change.`

const ciExample = `  lexgen ci
  lexgen ci --strict --against git:origin/main
  lexgen ci --format sarif > lexgen.sarif`

// The exit statuses of ci as help prints them.
const (
	exitAllWell = "  0    all is well, warnings included"
	exitSteps   = "       otherwise the highest status of a step:"
	exitFailing = "  1    errors, warnings under --strict, files to be formatted, stale files, no older version, unreadable sources"
	exitMisused = "  2    the command line makes no sense, or there is no lexgen.yaml"
	exitFaulty  = "  3    a bug in lexgen, or an output folder that cannot be read"
)

func (p *program) ciCommand() *cobra.Command {
	g := &generation{program: p}
	r := &ciRun{generation: g, net: newPublication(g)}
	c := &cobra.Command{
		Use:         "ci",
		Short:       "Run install --ci, lint, fmt --check, breaking and gen --check",
		Long:        ciLong,
		Example:     ciExample,
		Annotations: exits(exitAllWell, exitSteps, exitFailing, exitMisused, exitFaulty, exitStopped),
		Args:        noArguments,
	}
	c.Flags().SortFlags = false
	s := c.Flags()
	s.StringVar(&r.against, "against", "", "compare with `BASE`: git:REF, git:REF:PATH, DIR, FILE, go:MODULE@VERSION/PATH, published or lock")
	s.StringVar(&r.flags.config, "config", "", "read this `FILE` instead of looking for lexgen.yaml")
	s.BoolVar(&r.flags.strict, "strict", false, "let rules of style speak, and fail on warnings")
	s.StringVar(&r.flags.format, "format", "", "print diagnostics in this `FORMAT`: text (to stderr), json, sarif or github (to stdout)"+
		" (default \"text\", \"github\" in GitHub Actions)")
	r.net.defineAuthorities(c)
	complete(c, "format", format.Names()...)
	c.RunE = func(c *cobra.Command, _ []string) error { return r.run(c) }
	return c
}

// ciRun is one run of ci.
type ciRun struct {
	*generation

	against string                 // the flag, or what stands for it
	implied bool                   // against is not the flag
	linted  func(path string) bool // whether lint has spoken about a file
	place   *installation          // where lexicons of others are
	net     *publication           // where breaking looks for what is published
}

// step is one of the commands that ci runs.
type step struct {
	name string
	run  func(c *cobra.Command, g *generation) error
}

func (r *ciRun) run(c *cobra.Command) error {
	if c.Flags().Changed("against") && r.against == "" {
		return misuse("--against is empty: name a version, or leave it out")
	}
	if err := r.check(); err != nil {
		return err
	}
	report := &diag.Report{}
	if err := r.configure(c.Context(), report); err != nil {
		return r.failed(err)
	}
	if report.HasErrors() {
		return r.refuse(report)
	}
	var ended []outcomeOfStep
	for _, s := range r.steps() {
		o := r.do(c, s)
		if errors.Is(o.err, context.Canceled) {
			return o.err
		}
		ended = append(ended, o)
	}
	return r.finish(ended)
}

// steps returns what is run: install only where a lock file says what is installed.
func (r *ciRun) steps() []step {
	steps := []step{{"lint", r.lint}, {"fmt", r.format}, {"breaking", r.breaking}, {"gen", r.gen}}
	if isThere(r.place.lock) || r.place.isInterrupted() {
		return append([]step{{"install", r.install}}, steps...)
	}
	return steps
}

// install holds what is installed against its lock file.
func (r *ciRun) install(_ *cobra.Command, g *generation) error {
	i := newInstalling(g)
	i.place = r.place
	return i.verify()
}

// check reads --format and --against.
func (r *ciRun) check() error {
	if r.flags.format == "" {
		r.flags.format = "text"
		if r.world.inActions() {
			r.flags.format = "github"
		}
	}
	if err := errors.Join(r.choosePrinter(), r.net.checkNetwork()); err != nil {
		return err
	}
	if !isGit(r.against) {
		return nil
	}
	if _, err := resolver.ParseGitSpec(r.against); err != nil {
		return misuse("--against: %w", err)
	}
	return nil
}

// configure finds lexgen.yaml, so that all steps read the same one, and the
// version to compare with.
func (r *ciRun) configure(ctx context.Context, report *diag.Report) error {
	if r.flags.config == "" {
		path, err := config.Find(".")
		switch {
		case err != nil:
			return &exitError{statusProblem, err}
		case path == "":
			return misuse("no %s here or above, and it says what is to be looked at\nsee lexgen ci --help", config.FileName)
		}
		r.flags.config = path
	}
	file, err := r.readConfig(ctx, r.flags.config, report)
	if err != nil {
		return err
	}
	r.place = placeOf(file, report)
	if r.implied = r.against == ""; r.implied {
		r.against = baseOf(file, report)
	}
	if branch := r.world.getenv("GITHUB_BASE_REF"); r.against == "" && branch != "" {
		r.against = "git:origin/" + branch
	}
	return nil
}

// refuse ends a run whose configuration has errors.
func (r *ciRun) refuse(report *diag.Report) error {
	list := report.Diagnostics()
	if err := r.printDiagnostics(list); err != nil {
		return err
	}
	return &exitError{statusProblem, fmt.Errorf("%s; nothing was looked at", tally(list))}
}

// outcomeOfStep is how a step ended.
type outcomeOfStep struct {
	name  string
	found []diag.Diagnostic
	told  string // what it said about itself
	err   error
}

// do runs a step as the command of its name, except that what it prints is kept.
func (r *ciRun) do(c *cobra.Command, s step) outcomeOfStep {
	var told bytes.Buffer
	kept := &keeper{printer: r.printer}
	g := &generation{
		program: &program{args: r.argsOf(c, s), stdout: io.Discard, stderr: &told, world: r.world, accounts: r.accounts},
		flags:   genFlags{config: r.flags.config, strict: r.flags.strict},
		printer: kept,
	}
	err := s.run(c, g)
	printError(&told, err)
	return outcomeOfStep{name: s.name, found: kept.list, told: told.String(), err: err}
}

// argsOf is the command line of a step alone, for its advice.
func (r *ciRun) argsOf(c *cobra.Command, s step) []string {
	if !c.Flags().Changed("config") {
		return []string{s.name}
	}
	return []string{s.name, "--config", r.flags.config}
}

// keeper keeps diagnostics for the printer that prints those of all steps.
type keeper struct {
	printer diag.Printer
	list    []diag.Diagnostic
}

// Print keeps the diagnostics.
func (k *keeper) Print(_ io.Writer, list []diag.Diagnostic) error {
	k.list = append(k.list, list...)
	return nil
}

func (r *ciRun) lint(c *cobra.Command, g *generation) error {
	l := &linting{generation: g}
	err := l.run(c, nil)
	r.linted = l.covers
	return err
}

func (r *ciRun) format(c *cobra.Command, g *generation) error {
	f := &formatting{generation: g, check: true, report: &diag.Report{}}
	return f.run(c, nil)
}

// leftOut is what ci says of breaking without a version to compare with.
const leftOut = "left out, for want of an older version: --against git:REF, DIR or go:MODULE@VERSION names one, " +
	"and so does breaking: against: in lexgen.yaml; on a pull request it is the branch that this is meant for"

func (r *ciRun) breaking(c *cobra.Command, g *generation) error {
	if r.against == "" {
		tellf(g.stderr, "%s", leftOut)
		return nil
	}
	b := newBreaking(g, r.against)
	b.net.ask(r.net)
	err := b.run(c)
	if (errors.Is(err, resolver.ErrNotInCommit) || errors.Is(err, errEmptyBase)) && r.isNew(c) {
		if kept, ok := g.printer.(*keeper); ok {
			kept.list = nil // that there is nothing
		}
		if r.against == againstPublished {
			tellf(g.stderr, "left out, because no lexicon of this project is published yet")
			return nil
		}
		tellf(g.stderr, "left out, because %s is from before there were lexicons of this project", r.against)
		return nil
	}
	return err
}

// isNew reports whether the older version, unless it was asked for by the flag,
// is from before there were lexicons. What has moved since is not new, and a
// change may hide behind that; neither is what cannot be told.
func (r *ciRun) isNew(c *cobra.Command) bool {
	if r.against == againstPublished {
		return r.implied
	}
	spec, err := resolver.ParseGitSpec(r.against)
	if err != nil || !r.implied {
		return false
	}
	s := newSettings()
	report := &diag.Report{}
	file, err := r.readConfig(c.Context(), r.flags.config, report)
	if err != nil {
		return false
	}
	s.fromConfig(file, report)
	own, others := ownSources(s.sources)
	is, err := loadLexicons(c.Context(), own, others, s.excludes)
	if err != nil {
		return false
	}
	moved, err := hasMoved(c.Context(), spec, r.flags.config, is)
	return err == nil && !moved
}

// gen compares what is generated. Warnings about files that lint has looked at
// are lint's to report.
func (r *ciRun) gen(c *cobra.Command, g *generation) error {
	g.flags.compare, g.flags.strict, g.flags.out, g.flags.docs = true, false, ".", "full"
	g.flags.changed = func(string) bool { return false }
	err := g.run(c.Context())
	kept, _ := g.printer.(*keeper)
	var own []diag.Diagnostic
	for _, d := range kept.list {
		if d.Severity == diag.Error || !r.linted(d.Span.Path()) {
			own = append(own, d)
		}
	}
	kept.list = own
	if err == nil && r.flags.strict && len(own) > 0 {
		return &exitError{statusProblem, fmt.Errorf("%s, and the run is strict", tally(own))}
	}
	return err
}

// finish prints what was found, and then a line for each step. The exit status
// is the highest of a step.
func (r *ciRun) finish(ended []outcomeOfStep) error {
	all := &diag.Report{}
	for _, o := range ended {
		for _, d := range o.found {
			all.Add(d)
		}
	}
	if err := r.printDiagnostics(all.Diagnostics()); err != nil {
		return err
	}
	worst := statusFine
	var failed []string
	for _, o := range ended {
		tellf(r.stderr, "%s", o.summary())
		if o.err != nil {
			worst = max(worst, statusOf(o.err))
			failed = append(failed, o.name)
		}
	}
	if worst == statusFine {
		return nil
	}
	return &exitError{worst, fmt.Errorf("%s failed: %s", count(len(failed), "step", "steps"), strings.Join(failed, ", "))}
}

// summary is the step's name, whether it failed, and what it told.
func (o outcomeOfStep) summary() string {
	var lines []string
	for line := range strings.Lines(o.told) {
		lines = append(lines, strings.TrimPrefix(line, "lexgen: "))
	}
	failed := ""
	if o.err != nil {
		failed = " failed"
	}
	return fmt.Sprintf("%s%s: %s", o.name, failed, strings.TrimSpace(strings.Join(lines, "  ")))
}

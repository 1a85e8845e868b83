package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/internal/config"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/diag/format"
	"github.com/lexgen/lexgen/resolver"
	"github.com/lexgen/lexgen/resolver/lint"
	"github.com/lexgen/lexgen/templates"
)

const lintLong = `Look for mistakes in lexicons: all that gen reports, and what the rules of lint
find in lexicons that are fine for gen. Rules of style only speak under --strict.
lexgen explain says what a rule is for; its code stands in brackets.

Looked at are the files and folders that PATH names, or else those among the
sources. The other sources are there for references to lead to. They stand in
lexgen.yaml, which is looked for as gen does, or are named by --lexicons.

Under lint: rules: in lexgen.yaml each rule can be set to off, warning or error.
What a project lives with stands in a baseline, with a reason: a file that lint:
baseline: in lexgen.yaml names, or --baseline. --accept writes into it all that
is found now, but for errors of the language; entries that are there keep their
reasons, and those of what is found no more go. The file is no lexicon, wherever
it stands.

--fix edits the files where the meaning stays the same or can only be one, and
leaves everything else in them as it is; --diff prints the same edits and writes
nothing. --fix, --diff and --accept exclude each other.`

const lintExample = `  lexgen lint
  lexgen lint --strict lexicons/com/example
  lexgen lint --fix
  lexgen lint --strict --accept 'older than the rule' --baseline lexgen-lint.json
  lexgen lint --format sarif > lint.sarif`

// The exit statuses of lint as help prints them.
const (
	exitLinted   = "  0    no errors"
	exitUnlinted = "  1    errors, warnings under --strict, unreadable files or sources"
)

// maxFixRounds is how often --fix looks again for what one fix kept from another.
const maxFixRounds = 10

func (p *program) lintCommand() *cobra.Command {
	l := &linting{generation: &generation{program: p}}
	c := &cobra.Command{
		Use:         "lint [PATH...]",
		Short:       "Look for mistakes in lexicons",
		Long:        lintLong,
		Example:     lintExample,
		Annotations: exits(exitLinted, exitUnlinted, exitUsage, exitUnwritable, exitInterrupted),
		Args:        cobra.ArbitraryArgs,
	}
	l.define(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		p.verbose = l.flags.verbose
		return l.run(c, args)
	}
	return c
}

// linting is one run of lint. It takes lexgen.yaml and the printer from the same
// flags as gen.
type linting struct {
	*generation

	fix, diff        bool
	baseline, accept string

	sources  []resolver.Source
	excludes []string
	hidden   []string        // paths of what is none of the lexicons
	covered  []string        // names of the sources that are looked at
	pinned   map[string]bool // absolute paths of installed lexicons, which are of others
	partial  bool            // whether that is a part of the project
	levels   lint.Levels

	report *diag.Report // what is printed
	result *lint.Result
	fixed  int // findings
}

// define declares the flags.
func (l *linting) define(c *cobra.Command) {
	c.Flags().SortFlags = false
	s := c.Flags()
	s.StringVar(&l.flags.config, "config", "", "read this `FILE` instead of looking for lexgen.yaml")
	s.StringArrayVar(&l.flags.lexicons, "lexicons", nil, "read schemas from `SOURCE`: DIR, FILE or go:MODULE@VERSION/PATH (repeatable)")
	s.BoolVar(&l.flags.strict, "strict", false, "let rules of style speak, and fail on warnings")
	s.BoolVar(&l.fix, "fix", false, "edit the files where a fix is safe, and report the rest")
	s.BoolVar(&l.diff, "diff", false, "write nothing, and print what --fix would change")
	s.StringVar(&l.baseline, "baseline", "", "pass over what `FILE` accepts")
	s.StringVar(&l.accept, "accept", "", "write everything that is found into the baseline, for this `REASON`")
	s.StringVar(&l.flags.format, "format", "text", "print diagnostics in this `FORMAT`: text (to stderr), json, sarif or github (to stdout)")
	s.BoolVarP(&l.flags.verbose, "verbose", "v", false, "say which findings are accepted, and which files are edited")
	complete(c, "format", format.Names()...)
}

func (l *linting) run(c *cobra.Command, args []string) error {
	if err := l.check(c); err != nil {
		return err
	}
	l.report = &diag.Report{}
	if err := l.prepare(c, args); err != nil {
		return l.failed(err)
	}
	if l.report.HasErrors() {
		return l.finish()
	}
	if err := l.lint(c.Context()); err != nil {
		return l.failed(err)
	}
	return l.finish()
}

// check refuses flags that contradict each other, and reads --format.
func (l *linting) check(c *cobra.Command) error {
	switch {
	case len(l.flags.lexicons) > 0 && l.flags.config != "":
		return misuse("--lexicons and --config exclude each other: with --lexicons no lexgen.yaml is read")
	case l.fix && l.diff:
		return misuse("--fix writes, and --diff writes nothing: use one of them")
	case c.Flags().Changed("accept") && strings.TrimSpace(l.accept) == "":
		return misuse("--accept needs a reason")
	case l.accept != "" && (l.fix || l.diff):
		return misuse("--accept takes what is found as it is: fix first, then accept")
	}
	return l.choosePrinter()
}

// lint looks, and under --fix edits and looks again.
func (l *linting) lint(ctx context.Context) error {
	for round := 0; ; round++ {
		found := &diag.Report{}
		if err := l.look(ctx, found); err != nil {
			return err
		}
		if l.accept != "" {
			l.report.Merge(found)
			return l.acceptAll()
		}
		l.acceptKnown(found)
		files := l.result.Fixed()
		if !l.fix || len(files) == 0 || round == maxFixRounds {
			l.report.Merge(found)
			l.result.Report(l.report)
			return l.printFixes(files)
		}
		if err := l.write(files); err != nil {
			return err
		}
	}
}

// look runs the rules once.
func (l *linting) look(ctx context.Context, found *diag.Report) error {
	problems := &diag.Report{}
	set, err := resolver.Load(ctx, l.sources, problems, resolver.LoadOptions{Strict: true, Exclude: l.excludes})
	if err != nil {
		return statusOfRun(err, "")
	}
	graph := resolver.Link(set, problems)
	l.result = lint.Run(graph, l.agreeing(problems), lint.Options{
		Levels: l.levels, Strict: l.flags.strict, Covers: l.covers, Partial: l.partial,
	})
	if len(graph.Lexicons) == 0 && !problems.HasErrors() {
		found.Error(diag.CodeSelectionEmpty, nil, "there is no lexicon in the sources, or all are excluded",
			diag.Help("name a folder or file that has some"))
	}
	return nil
}

// printFixes prints what --diff asks for.
func (l *linting) printFixes(files []lint.FixedFile) error {
	if !l.diff {
		return nil
	}
	for _, f := range files {
		path := templates.VisibleLine(f.File.Path())
		if err := l.show(string(diff.Diff(path, f.File.Source(), path+" (fixed)", f.Text))); err != nil {
			return err
		}
	}
	return nil
}

// write puts fixed files in the place of what they were.
func (l *linting) write(files []lint.FixedFile) error {
	for _, f := range files {
		if err := config.Replace(filepath.FromSlash(f.File.Path()), f.Text); err != nil {
			return &exitError{statusInternal, fmt.Errorf("write %s: %w", f.File.Path(), err)}
		}
		l.fixed += len(f.Fixed)
		if l.verbose {
			for _, finding := range f.Fixed {
				at, _ := finding.Span.Range()
				tellf(l.stderr, "fixed %s:%d:%d: %s [%s]", templates.VisibleLine(finding.Span.Path()), at.Line, at.Column, finding.Message, finding.Code)
			}
		}
	}
	return nil
}

// finish prints what was found and ends the run.
func (l *linting) finish() error {
	list := l.report.Diagnostics()
	if err := l.printDiagnostics(list); err != nil {
		return err
	}
	if l.result == nil {
		return &exitError{statusProblem, errors.New(tally(list))}
	}
	told := l.summary(list)
	switch {
	case l.report.HasErrors():
		return &exitError{statusProblem, errors.New(told)}
	case l.flags.strict && len(list) > 0:
		return &exitError{statusProblem, errors.New(told + "; the run is strict")}
	}
	tellf(l.stderr, "%s", told)
	return nil
}

// summary says how much was looked at and what came of it.
func (l *linting) summary(list []diag.Diagnostic) string {
	told := count(l.result.Lexicons, "lexicon", "lexicons") + ", "
	if len(list) == 0 {
		told += "nothing found"
	} else {
		told += tally(list)
	}
	if n := len(l.result.Accepted); n > 0 {
		told += fmt.Sprintf(", %d accepted", n)
	}
	if l.fixed > 0 {
		told += fmt.Sprintf(", %d fixed", l.fixed)
	}
	if n := fixable(l.result); n > 0 && l.accept == "" {
		told += fmt.Sprintf("; --fix mends %d", n)
	}
	return told
}

func fixable(result *lint.Result) (n int) {
	for _, f := range result.Findings {
		if len(f.Fix) > 0 {
			n++
		}
	}
	return n
}

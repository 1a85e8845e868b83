package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/internal/config"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/diag/format"
	"github.com/lexgen/lexgen/resolver"
	"github.com/lexgen/lexgen/resolver/breaking"
)

const breakingLong = `Compare the lexicons with an older version of them, and report what breaks data
or software: stored records, requests of clients, readers of responses and
streams. References are followed, and it counts which way data go: a shorter
maxLength breaks a request, and harms no response.

The older version is a commit, a folder or a Go module. git:REF compares each
folder and file of the sources with itself as it was in the commit, or with the
sources, without what is excluded, that the commit's own lexgen.yaml names;
git:REF:PATH names the folder in the commit, from the root of the repository.
One without lexicons is an error. Go names of a commit are those that its own
lexgen.yaml gives.

published is what the accounts in charge have published, each lexicon with its
proof; what is not published yet is new. lock is what lexicons.json pins of the
installed lexicons, of which the network is asked for what is not on disk. Folders
of these names are written ./published and ./lock.

What breaks is an error, what is risky a warning. In namespaces with a segment
temp, unspecced or experimental, and in those under breaking: unstable: in
lexgen.yaml, what breaks is a warning. Entries under breaking: ignore: accept
changes, with a reason and a last day: these are not reported, fail no run, and
ask for no major version.

Compared are the lexicons of folders and files; Go modules among the sources
only serve what refers to them. Members of objects that a version does not
describe are left out: who knows that version alone does not use their names.`

const breakingExample = `  lexgen breaking --against git:origin/main
  lexgen breaking --lexicons lexicons --against go:example.com/lexicons@v1.2.0
  lexgen breaking --against git:v1.2.0 --format markdown >> CHANGELOG.md
  lexgen breaking --against git:v1.2.0 --data record.json --go`

// The exit statuses of breaking as help prints them.
const (
	exitKept   = "  0    nothing breaks, warnings included"
	exitBroken = "  1    something breaks, warnings under --strict, errors in lexicons, unreadable sources, no older version"
)

// markdownFormat is the format that only breaking has.
const markdownFormat = "markdown"

func (p *program) breakingCommand() *cobra.Command {
	b := newBreaking(&generation{program: p}, "")
	c := &cobra.Command{
		Use:         "breaking",
		Short:       "Compare lexicons with an older version of them",
		Long:        breakingLong,
		Example:     breakingExample,
		Annotations: exits(exitKept, exitBroken, exitUsage, exitStopped),
		Args:        noArguments,
	}
	b.define(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		p.verbose = b.flags.verbose
		return b.run(c)
	}
	return c
}

// breakingRun is one run of breaking. It takes the sources and the printer from
// the same flags as gen.
type breakingRun struct {
	*generation

	against  string
	data     []string
	goNames  bool
	markdown bool

	older []resolver.Source // the older version, if it was read already
	net   *publication      // where what is published is looked for

	configuration string    // path of the lexgen.yaml that was read; empty without one
	then          *settings // what the lexgen.yaml of the older version says about Go code; nil without one

	report       *diag.Report     // what is printed
	held         map[validity]int // how many records of --data are valid where
	partly       bool             // some lexicons could not be read as a whole, and are not compared
	suppressions []breaking.Suppression
	unstable     []resolver.Pattern
	selected     []resolver.Pattern
}

// newBreaking returns a run that compares with a version: with the sources older if
// there are some, which against only names.
func newBreaking(g *generation, against string, older ...resolver.Source) *breakingRun {
	return &breakingRun{generation: g, against: against, older: older, net: newPublication(g), held: map[validity]int{}}
}

// define declares the flags.
func (b *breakingRun) define(c *cobra.Command) {
	c.Flags().SortFlags = false
	s := c.Flags()
	s.StringVar(&b.against, "against", "", "compare with `BASE`: git:REF, git:REF:PATH, DIR, FILE, go:MODULE@VERSION/PATH, published or lock")
	s.StringVar(&b.flags.config, "config", "", "read this `FILE` instead of looking for lexgen.yaml")
	s.StringArrayVar(&b.flags.lexicons, "lexicons", nil, "read schemas from `SOURCE`: DIR, FILE or go:MODULE@VERSION/PATH (repeatable)")
	s.StringArrayVar(&b.flags.selects, "select", nil, "compare only the lexicons that `PATTERN` names: NSID, PREFIX.* (repeatable)")
	s.StringArrayVar(&b.data, "data", nil, "hold the record in `FILE`, JSON or CBOR, against both versions (repeatable)")
	s.BoolVar(&b.goNames, "go", false, "report names of generated Go code that change, too")
	s.BoolVar(&b.flags.strict, "strict", false, "fail on warnings")
	s.StringVar(&b.flags.format, "format", "text",
		"print in this `FORMAT`: text (to stderr), json, sarif, github, or all changes as markdown (to stdout)")
	s.BoolVarP(&b.flags.verbose, "verbose", "v", false, "say what is compatible, and what is accepted and why")
	b.net.defineAuthorities(c)
	complete(c, "format", append(format.Names(), markdownFormat)...)
}

func (b *breakingRun) run(c *cobra.Command) error {
	if err := b.check(c); err != nil {
		return err
	}
	b.report = &diag.Report{}
	s, err := b.settings(c)
	switch {
	case err != nil:
		return b.failed(err)
	case b.report.HasErrors():
		return b.refuse()
	}
	old, is, err := b.versions(c.Context(), s)
	if err != nil {
		return b.failed(err)
	}
	found := b.compare(old, is)
	if old.count(old.owns) == 0 {
		return b.empty(old)
	}
	b.reportUnmatched(old, is)
	if err := b.further(s, old, is); err != nil {
		return b.failed(err)
	}
	return b.finish(s, old, is, found)
}

// check refuses a command line that makes no sense.
func (b *breakingRun) check(c *cobra.Command) error {
	if len(b.flags.lexicons) > 0 && b.flags.config != "" {
		return misuse("--lexicons and --config exclude each other: with --lexicons no lexgen.yaml is read")
	}
	for _, text := range b.flags.selects {
		pattern, err := resolver.ParsePattern(text)
		if err == nil && pattern.HasDef() {
			err = fmt.Errorf("pattern %q names a definition, and lexicons are compared as a whole", text)
		}
		if err != nil {
			return misuse("--select: %w", err)
		}
		b.selected = append(b.selected, pattern)
	}
	if b.flags.format == markdownFormat {
		b.markdown, b.flags.format = true, "text"
	}
	if err := b.choosePrinter(); err != nil {
		return misuse("%w, or %s\n%s", err, markdownFormat, seeHelp(c))
	}
	return b.net.checkNetwork()
}

// settings takes the sources from the flags, or everything from lexgen.yaml.
func (b *breakingRun) settings(c *cobra.Command) (*settings, error) {
	s := newSettings()
	s.strict = b.flags.strict
	if len(b.flags.lexicons) > 0 {
		var err error
		s.sources, err = sourcesOf(b.flags.lexicons)
		return s, errors.Join(err, b.needBase(c))
	}
	path, err := b.locate(c)
	if err != nil {
		return s, err
	}
	file, err := b.readConfig(c.Context(), path, b.report)
	if err != nil || b.report.HasErrors() {
		return s, err
	}
	b.configuration = path
	s.fromConfig(file, b.report)
	s.strict = s.strict || b.flags.strict
	b.fromConfig(file)
	return s, b.needBase(c)
}

// locate returns the path of the lexgen.yaml to read.
func (b *breakingRun) locate(c *cobra.Command) (string, error) {
	if b.flags.config != "" {
		return b.flags.config, nil
	}
	path, err := config.Find(".")
	switch {
	case err != nil:
		return "", &exitError{statusProblem, err}
	case path == "":
		return "", misuse("no %s here or above, and no --lexicons that says where the lexicons are\n%s", config.FileName, seeHelp(c))
	}
	return path, nil
}

func (b *breakingRun) needBase(c *cobra.Command) error {
	if b.against != "" || b.report.HasErrors() {
		return nil
	}
	return misuse("%s needs a version to compare with: --against git:REF, DIR or go:MODULE@VERSION, or breaking: against: in lexgen.yaml\n%s",
		c.CommandPath(), seeHelp(c))
}

// refuse ends a run whose configuration has errors.
func (b *breakingRun) refuse() error {
	list := b.report.Diagnostics()
	if err := b.printDiagnostics(list); err != nil {
		return err
	}
	return &exitError{statusProblem, fmt.Errorf("%s; nothing compared", tally(list))}
}

// errEmptyBase is the error for an older version without lexicons.
var errEmptyBase = errors.New("the older version has no lexicons")

// empty ends a run that would compare with nothing.
func (b *breakingRun) empty(old *lexicons) error {
	help := "name the place where the lexicons were, or compare once there is an older version"
	if spec, err := resolver.ParseGitSpec(b.against); err == nil && isGit(b.against) {
		spec.Path = ""
		help = fmt.Sprintf("name the folder where the lexicons were, %s:PATH, or compare once there is an older version", spec)
	}
	b.report.Error(diag.CodeEmptyBase, nil, fmt.Sprintf("there is no lexicon in %s, so that nothing can be compared", strings.Join(old.own, ", ")),
		diag.Help(help))
	list := b.report.Diagnostics()
	if err := b.printDiagnostics(list); err != nil {
		return err
	}
	if len(old.errors()) > 0 {
		return &exitError{statusProblem, errors.New(tally(list))} // it has some that cannot be read
	}
	return &exitError{statusProblem, fmt.Errorf("%s; %w", tally(list), errEmptyBase)}
}

// reportUnmatched reports patterns of --select that name no lexicon in either
// version.
func (b *breakingRun) reportUnmatched(old, is *lexicons) {
	for _, pattern := range b.selected {
		names := func(lexicon *resolver.Lexicon) bool { return pattern.MatchID(lexicon.ID) }
		if old.count(names)+is.count(names) == 0 {
			b.report.Error(diag.CodeSelectionEmpty, nil, fmt.Sprintf("--select %s names no lexicon of either version", pattern))
		}
	}
}

// compare compares the versions and reports what is broken in either.
func (b *breakingRun) compare(old, is *lexicons) *breaking.Report {
	for _, d := range is.errors() {
		b.report.Add(d)
	}
	b.reportBroken(old)
	unread := old.unread(is)
	maps.Copy(unread, is.unread(old))
	if b.partly = len(unread) > 0; b.partly {
		tellf(b.stderr, "not compared, because of errors in their files: %s", strings.Join(slices.Sorted(maps.Keys(unread)), ", "))
	}
	found := breaking.Compare(old.graph, is.graph, breaking.Options{
		Old:      b.chooses(old),
		New:      b.chooses(is),
		Unstable: b.unstable,
		Unread:   func(id string) bool { return unread[id] },
	})
	found.Suppress(b.suppressions, b.world.now(), b.report)
	return found
}

// maxBroken is how many errors of the older version are listed unasked.
const maxBroken = 5

// reportBroken warns of the errors of the older version. Their places are not
// those of files that could be mended, and stand in the text.
func (b *breakingRun) reportBroken(old *lexicons) {
	broken := old.errors()
	if len(broken) == 0 {
		return
	}
	concern := "what they concern is not compared"
	if len(broken) == 1 {
		concern = "what it concerns is not compared"
	}
	d := diag.Diagnostic{Code: diag.CodeBrokenBase, Severity: diag.Warning, Message: fmt.Sprintf("%s in %s: %s",
		count(len(broken), "error", "errors"), strings.Join(old.own, ", "), concern)}
	for i, e := range broken {
		at, _ := e.Span.Range()
		if i == maxBroken && !b.verbose {
			d.Notes = append(d.Notes, diag.Note{Text: fmt.Sprintf("and %d more", len(broken)-i)})
			break
		}
		d.Notes = append(d.Notes, diag.Note{Text: fmt.Sprintf("%s:%d:%d: %s", e.Span.Path(), at.Line, at.Column, e.Message)})
	}
	switch {
	case !isGit(old.own[0]) && !isModule(old.own[0]):
		d.Help = "see: lexgen lint " + strings.Join(old.own, " ")
	case len(broken) > maxBroken && !b.verbose:
		d.Help = "lexgen breaking -v lists all of them"
	}
	b.report.Add(d)
}

// chooses returns what says which lexicons of a version are compared.
func (b *breakingRun) chooses(l *lexicons) func(*resolver.Lexicon) bool {
	return func(lexicon *resolver.Lexicon) bool {
		named := func(p resolver.Pattern) bool { return p.MatchID(lexicon.ID) }
		return l.owns(lexicon) && (len(b.selected) == 0 || slices.ContainsFunc(b.selected, named))
	}
}

// lexicons is one version of the lexicons.
type lexicons struct {
	graph  *resolver.Graph
	report *diag.Report
	own    []string // names of the sources that are compared
}

// loadLexicons reads the sources, the first of which are the version's own.
func loadLexicons(ctx context.Context, own, others []resolver.Source, exclude []string) (*lexicons, error) {
	l := &lexicons{report: &diag.Report{}}
	for _, source := range own {
		l.own = append(l.own, source.Name())
	}
	set, err := resolver.Load(ctx, slices.Concat(own, others), l.report, resolver.LoadOptions{Exclude: exclude})
	if err != nil {
		return nil, statusOfRun(err, "")
	}
	l.graph = resolver.Link(set, l.report)
	return l, nil
}

// owns reports whether a lexicon is compared.
func (l *lexicons) owns(lexicon *resolver.Lexicon) bool {
	return slices.Contains(l.own, lexicon.Source.Name())
}

// count returns how many lexicons a function chooses.
func (l *lexicons) count(chosen func(*resolver.Lexicon) bool) int {
	n := 0
	for _, lexicon := range l.graph.Lexicons {
		if chosen(lexicon) {
			n++
		}
	}
	return n
}

// errors returns the errors in the version's own files, and in what they need.
func (l *lexicons) errors() []diag.Diagnostic {
	var ids []string
	for _, lexicon := range l.graph.Lexicons {
		if l.owns(lexicon) {
			ids = append(ids, lexicon.ID)
		}
	}
	found := &diag.Report{}
	if len(ids) > 0 {
		found = resolver.Select(l.graph, ids, &diag.Report{}).Demote(l.report)
	}
	for _, d := range l.report.Diagnostics() {
		if l.ownsFile(d.Span.Path()) {
			found.Add(d)
		}
	}
	return slices.DeleteFunc(found.Diagnostics(), func(d diag.Diagnostic) bool { return d.Severity != diag.Error })
}

// ownsFile reports whether a path leads into one of the version's own sources.
func (l *lexicons) ownsFile(name string) bool {
	return slices.ContainsFunc(l.own, func(source string) bool {
		source = sourcePath(source)
		return name == source || strings.HasPrefix(name, source+"/")
	})
}

// sourcePath is how the paths of a source's files begin.
func sourcePath(source string) string { return strings.TrimRight(filepath.ToSlash(source), "/") }

// fromConfig takes what lexgen.yaml says about this command.
func (b *breakingRun) fromConfig(c *config.Config) {
	f := fromConfig{settings: newSettings(), config: c, report: b.report}
	if b.against == "" {
		b.against = baseOf(c, b.report)
	}
	for _, text := range c.Breaking.Unstable {
		pattern, err := resolver.ParsePattern(text.Value)
		f.invalid(text, err)
		b.unstable = append(b.unstable, pattern)
	}
	for _, entry := range c.Breaking.Ignore {
		if s, err := suppressionOf(entry); err != nil {
			f.invalid(err.at, err)
		} else {
			b.suppressions = append(b.suppressions, s)
		}
	}
}

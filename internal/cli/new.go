package cli

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/internal/config"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/lexfmt"
	"github.com/lexgen/lexgen/resolver"
	"github.com/lexgen/lexgen/resolver/lint"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/templates"
)

const newLong = `Write the first version of a lexicon: a small, complete one, in the patterns of the
style guide, to be changed from there.

It is written below the first folder that lexgen.yaml names as a source, or below
lexicons where there is no lexgen.yaml, at the path that its NSID says. On a
terminal, what the command line leaves out is asked for.`

const newExample = `  lexgen new record com.example.feed.post
  lexgen new record com.example.feed.like --subject record
  lexgen new query com.example.feed.listPosts
  lexgen new permission-set com.example.authBasic --collection com.example.feed.post`

// exitScaffold is the exit status of a scaffold that is in the way of another
// file.
const exitScaffold = "  1    a file exists already, or lexgen.yaml has errors"

func (p *program) newCommand() *cobra.Command {
	c := &cobra.Command{
		Use:         "new KIND NSID",
		Short:       "Write the first version of a lexicon",
		Long:        newLong,
		Example:     newExample,
		Annotations: exits(exitDone, exitScaffold, exitUsage, exitUnwritable),
		Args:        cobra.ArbitraryArgs,
	}
	c.RunE = func(c *cobra.Command, args []string) error { return p.newOfAnyKind(c, args) }
	for _, k := range kinds {
		c.AddCommand(p.newKindCommand(k))
	}
	return c
}

// newOfAnyKind asks for the kind, or says that it is missing or unknown.
func (p *program) newOfAnyKind(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return misuse("unknown kind %q%s\n%s", args[0], didYouMean(args[0], templates.Kinds()), seeHelp(c))
	}
	q := p.questions(c)
	if q == nil {
		return misuse("%s needs a kind and an NSID: %s\n%s", c.CommandPath(), strings.Join(templates.Kinds(), ", "), seeHelp(c))
	}
	name, err := q.ask("Kind ("+strings.Join(templates.Kinds(), ", ")+")", "record", func(answer string) error {
		if !slices.Contains(templates.Kinds(), answer) {
			return fmt.Errorf("unknown kind %q%s", answer, didYouMean(answer, templates.Kinds()))
		}
		return nil
	})
	if err != nil {
		return err
	}
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.name == name })
	s := p.newScaffold(kinds[i])
	s.define(&cobra.Command{}) // for the defaults of the flags
	s.questions = q
	return s.run(c, nil)
}

func (p *program) newKindCommand(k kind) *cobra.Command {
	s := p.newScaffold(k)
	c := &cobra.Command{
		Use:         k.name + " NSID",
		Short:       k.short,
		Long:        k.short + ".",
		Example:     k.example,
		Annotations: exits(exitDone, exitScaffold, exitUsage, exitUnwritable),
		Args:        cobra.ArbitraryArgs,
	}
	s.define(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) > 1 {
			return misuse("%s takes one NSID, and %q is one more\n%s", c.CommandPath(), args[1], seeHelp(c))
		}
		if len(args) == 0 || s.incomplete() {
			s.questions = p.questions(c)
		}
		return s.run(c, args)
	}
	return c
}

// scaffold is one run of new.
type scaffold struct {
	delivery

	kind      kind
	questions *questions // nil if nobody is to be asked
	lexicon   templates.Lexicon
	folder    string
}

func (p *program) newScaffold(k kind) *scaffold {
	return &scaffold{delivery: delivery{program: p}, kind: k, lexicon: templates.Lexicon{Kind: k.name}}
}

// define declares the flags.
func (s *scaffold) define(c *cobra.Command) {
	c.Flags().SortFlags = false
	if s.kind.define != nil {
		s.kind.define(s, c)
	}
	c.Flags().StringVar(&s.lexicon.Description, "description", "", "what it is for, in a `SENTENCE`")
	c.Flags().StringVar(&s.folder, "lexicons", "", "write below `DIR` instead of the folder that lexgen.yaml names")
	s.delivery.define(c)
}

// incomplete reports whether a flag is missing that the kind needs.
func (s *scaffold) incomplete() bool {
	return s.kind.name == kindPermissionSet && len(s.lexicon.Collections)+len(s.lexicon.Methods) == 0
}

func (s *scaffold) run(c *cobra.Command, args []string) error {
	if err := s.identify(c, args); err != nil {
		return err
	}
	if s.incomplete() {
		if err := s.askGrants(); err != nil {
			return err
		}
	}
	if s.kind.complete != nil {
		if err := s.kind.complete(&s.lexicon); err != nil {
			return err
		}
	}
	if err := s.describe(); err != nil {
		return err
	}
	configuration, err := s.configuration(c)
	if err != nil {
		return err
	}
	f, err := lexiconDraft(s.lexicon, s.folderIn(configuration))
	if err != nil {
		return err
	}
	if err := s.deliver(f); err != nil {
		return err
	}
	s.tellUnselected(configuration)
	s.tellNotGranted()
	return nil
}

// identify takes the NSID from the command line, or asks for it.
func (s *scaffold) identify(c *cobra.Command, args []string) (err error) {
	switch {
	case len(args) > 0:
		s.lexicon.ID = args[0]
		if err := checkNSID(args[0]); err != nil {
			return &exitError{statusUsage, err}
		}
		return nil
	case s.questions == nil:
		return misuse("%s needs an NSID, such as %s\n%s", c.CommandPath(), s.kind.sample, seeHelp(c))
	}
	s.lexicon.ID, err = s.questions.ask("NSID, such as "+s.kind.sample, "", checkNSID)
	return err
}

// describe asks for a description where something was asked, and makes one
// where there is none.
func (s *scaffold) describe() (err error) {
	if s.lexicon.Description != "" {
		return nil
	}
	s.lexicon.Description = s.kind.describe(s.lexicon)
	if s.questions != nil {
		s.lexicon.Description, err = s.questions.ask("Description", s.lexicon.Description, func(string) error { return nil })
	}
	return err
}

// askGrants asks what a permission set permits.
func (s *scaffold) askGrants() (err error) {
	if s.questions == nil {
		return misuse("a permission set says what it permits: give --collection or --method")
	}
	answer, err := s.questions.ask("Collections and methods that it permits, as NSIDs", "", func(answer string) error {
		if answer == "" {
			return errNoAnswer
		}
		return checkNSIDs(strings.Fields(answer))
	})
	if err != nil {
		return err
	}
	for id := range strings.FieldsSeq(answer) {
		s.grant(id)
	}
	return nil
}

// configuration reads lexgen.yaml, if there is one.
func (s *scaffold) configuration(c *cobra.Command) (*config.Config, error) {
	found, err := config.Find(".")
	if err != nil || found == "" {
		return nil, err
	}
	g := &generation{program: s.program, printer: diag.Text{}}
	report := &diag.Report{}
	configuration, err := g.readConfig(c.Context(), found, report)
	if err != nil {
		return nil, err
	}
	if report.HasErrors() {
		return nil, g.refused(report)
	}
	return configuration, nil
}

// folderIn returns the folder for lexicons, as the working directory sees it.
func (s *scaffold) folderIn(c *config.Config) string {
	if s.folder != "" {
		return s.folder
	}
	if c != nil {
		for _, source := range c.Sources {
			if isLocal(source.Value) && path.Ext(source.Value) != ".json" {
				return c.Path(source.Value)
			}
		}
	}
	return "lexicons"
}

// tellUnselected says if gen will pass over the lexicon.
func (s *scaffold) tellUnselected(c *config.Config) {
	if c == nil || len(c.Select) == 0 {
		return
	}
	for _, text := range c.Select {
		if pattern, err := resolver.ParsePattern(text.Value); err == nil && pattern.MatchID(s.lexicon.ID) {
			return
		}
	}
	tellf(s.stderr, "nothing under select in %s names %s, so lexgen gen passes over it unless something refers to it", c.File.Path(), s.lexicon.ID)
}

// tellNotGranted says what a permission set names in vain.
func (s *scaffold) tellNotGranted() {
	for _, id := range slices.Concat(s.lexicon.Collections, s.lexicon.Methods) {
		if reason := lint.NotGranted(s.lexicon.ID, id); reason != "" {
			tellf(s.stderr, "warning: %s; put the set into the namespace that all its permissions have in common [%s]",
				reason, diag.CodePermissionNamespace)
		}
	}
}

// lexiconDraft writes a lexicon in canonical form, for its place in a folder.
func lexiconDraft(l templates.Lexicon, folder string) (draft, error) {
	text, err := templates.NewLexicon(l)
	if err != nil {
		return draft{}, &exitError{statusInternal, err}
	}
	name := path.Join(filepath.ToSlash(folder), path.Join(syntax.NSID(l.ID).Segments()...)+".json")
	report := &diag.Report{}
	formatted := lexfmt.Format(diag.NewFile(name, text), report)
	if formatted == nil {
		return draft{}, bug(report.Diagnostics()[0].Message, false)
	}
	return draft{path: name, data: formatted}, nil
}

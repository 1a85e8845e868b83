package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/internal/config"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
)

// defineLexicons declares the flags that say where the lexicons are.
func (g *generation) defineLexicons(c *cobra.Command) {
	c.Flags().StringVar(&g.flags.config, "config", "", "read this `FILE` instead of looking for lexgen.yaml")
	c.Flags().StringArrayVar(&g.flags.lexicons, "lexicons", nil, "read schemas from `SOURCE`: DIR, FILE or go:MODULE@VERSION/PATH (repeatable)")
}

// findLexicons makes sure that the flags or a lexgen.yaml say where the lexicons are.
func (g *generation) findLexicons(c *cobra.Command) error {
	switch {
	case len(g.flags.lexicons) > 0 && g.flags.config != "":
		return misuse("--lexicons and --config exclude each other: with --lexicons no lexgen.yaml is read")
	case len(g.flags.lexicons) > 0 || g.flags.config != "":
		return nil
	}
	path, err := config.Find(".")
	if err != nil {
		return &exitError{statusProblem, err}
	}
	if path == "" {
		return misuse("no %s here or above, and no --lexicons that says where the lexicons are\n%s", config.FileName, seeHelp(c))
	}
	g.flags.config = path
	return nil
}

// graph loads the lexicons, and reports the errors of those that the types need. It
// is nil if lexgen.yaml has errors.
func (g *generation) graph(ctx context.Context, types []string, report *diag.Report) (*resolver.Graph, error) {
	s, configured := newSettings(), &diag.Report{}
	err := g.base(ctx, s, configured)
	report.Merge(configured)
	if err != nil || configured.HasErrors() {
		return nil, err
	}
	problems := &diag.Report{}
	set, err := resolver.Load(ctx, s.sources, problems, resolver.LoadOptions{Exclude: s.excludes})
	if err != nil {
		return nil, statusOfRun(err, "")
	}
	graph := resolver.Link(set, problems)
	reportNeeded(graph, types, problems, report)
	return graph, nil
}

// reportNeeded reports the errors of the lexicons that types need.
func reportNeeded(graph *resolver.Graph, types []string, problems, report *diag.Report) {
	types = slices.DeleteFunc(types, func(name string) bool {
		return strings.HasSuffix(name, "*") // which would name more than one type
	})
	if len(types) == 0 {
		return
	}
	// That a type is not there is reported at the data.
	selection := resolver.Select(graph, types, &diag.Report{})
	for _, d := range selection.Demote(problems).Diagnostics() {
		if d.Severity == diag.Error {
			report.Add(d)
		}
	}
}

package cli

import (
	"context"

	"github.com/lexgen/lexgen/codegen/ir"
	"github.com/lexgen/lexgen/internal/config"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
)

// settings is what a run is to do, wherever it was said.
type settings struct {
	sources           []resolver.Source
	selects, excludes []string
	out               string
	packages          ir.Options
	strict            bool
	places            map[string]diag.Span // in lexgen.yaml, see gen.Config
}

func newSettings() *settings {
	return &settings{
		packages: ir.Options{Packages: map[string]string{}, Imports: map[string]string{}, Names: map[string]string{}},
		places:   map[string]diag.Span{},
	}
}

// settings joins the flags and, without --lexicons, lexgen.yaml. Mistakes in
// lexgen.yaml are diagnostics; with an error among them the settings are not
// complete.
func (g *generation) settings(ctx context.Context, report *diag.Report) (*settings, error) {
	s := newSettings()
	if err := g.base(ctx, s, report); err != nil || report.HasErrors() {
		return s, err
	}
	g.flags.apply(s)
	return s, s.complete()
}

// base takes the sources from the flags, or everything from lexgen.yaml.
func (g *generation) base(ctx context.Context, s *settings, report *diag.Report) (err error) {
	if len(g.flags.lexicons) > 0 {
		s.out = g.flags.out
		s.sources, err = sourcesOf(g.flags.lexicons)
		return err
	}
	path, err := g.configPath()
	if err != nil {
		return err
	}
	c, err := g.readConfig(ctx, path, report)
	if err != nil || report.HasErrors() {
		return err
	}
	s.fromConfig(c, report)
	return nil
}

// configPath returns the path of the lexgen.yaml to read.
func (g *generation) configPath() (string, error) {
	if g.flags.config != "" {
		return g.flags.config, nil
	}
	path, err := config.Find(".")
	if err != nil {
		return "", &exitError{statusProblem, err}
	}
	if path == "" {
		return "", misuse("no %s here or above, and no --lexicons that says what to generate\nsee lexgen gen --help", config.FileName)
	}
	return path, nil
}

// complete finds the import path of the output, and checks what the flags and
// lexgen.yaml say together.
func (s *settings) complete() error {
	if s.packages.Module == "" {
		module, err := importPathOf(s.out)
		if err != nil {
			return err
		}
		s.packages.Module = module
	}
	if err := s.packages.Check(); err != nil {
		return &exitError{statusUsage, err}
	}
	return nil
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/lexgen/lexgen/codegen/ir"
	"github.com/lexgen/lexgen/internal/config"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
)

// readConfig reads lexgen.yaml. With --update-sums it first records the sums
// of its Go modules.
func (g *generation) readConfig(ctx context.Context, path string, report *diag.Report) (*config.Config, error) {
	first := &diag.Report{}
	c, err := config.Read(path, first)
	if err != nil {
		return nil, &exitError{statusProblem, err}
	}
	if !g.flags.updateSums || first.HasErrors() {
		report.Merge(first)
		return c, nil
	}
	if err := g.updateSums(ctx, path, c); err != nil {
		return nil, err
	}
	if c, err = config.Read(path, report); err != nil {
		return nil, &exitError{statusProblem, err}
	}
	return c, nil
}

// updateSums fetches the Go modules whose version lexgen.yaml fixes, and
// records their sums there.
func (g *generation) updateSums(ctx context.Context, path string, c *config.Config) error {
	sums := map[int]string{}
	for i, source := range c.Sources {
		spec, err := moduleOf(source)
		if err != nil || spec.Version == "" {
			continue // no module, or reported when the sources are made
		}
		fetched, err := resolver.GoModule(spec).Fetch(ctx)
		if err != nil {
			return statusOfRun(&sourceError{err}, "")
		}
		sums[i] = fetched.Sum
	}
	text, err := c.WithSums(sums)
	if err != nil {
		return &exitError{statusProblem, err}
	}
	return g.recordSums(path, c, sums, text)
}

// recordSums writes lexgen.yaml if a sum changed, and says which.
func (g *generation) recordSums(path string, c *config.Config, sums map[int]string, text []byte) error {
	if slices.Equal(text, c.File.Source()) {
		tellf(g.stderr, "%s: sums are up to date", path)
		return nil
	}
	if err := config.Replace(path, text); err != nil {
		return &exitError{statusInternal, err}
	}
	for i, source := range c.Sources {
		if sum, ok := sums[i]; ok && sum != source.Sum.Value {
			tellf(g.stderr, "%s: %s has the sum %s", path, source.Value, sum)
		}
	}
	return nil
}

// fromConfig takes everything that lexgen.yaml says. Values that make no sense
// are diagnostics at their places.
func (s *settings) fromConfig(c *config.Config, report *diag.Report) {
	f := fromConfig{settings: s, config: c, report: report}
	f.sources()
	f.patterns()
	f.output()
	f.prefixes()
	s.strict = c.Strict
}

// fromConfig turns a configuration into settings.
type fromConfig struct {
	*settings

	config *config.Config
	report *diag.Report
}

func (f *fromConfig) invalid(at diag.Spanner, err error, opts ...diag.Option) {
	if err != nil {
		f.report.Error(diag.CodeConfigInvalid, at, err.Error(), opts...)
	}
}

func (f *fromConfig) sources() {
	for _, source := range f.config.Sources {
		if s, ok := f.source(source); ok {
			f.settings.sources = append(f.settings.sources, s)
		}
	}
	f.settings.sources = hiding(f.settings.sources, auxiliaryPaths(f.config))
}

func (f *fromConfig) source(source config.Source) (resolver.Source, bool) {
	if !isModule(source.Value) {
		return f.files(source)
	}
	spec, err := moduleOf(source)
	if err != nil {
		f.invalid(source, err)
		return nil, false
	}
	if spec.Version != "" && spec.Sum == "" {
		f.invalid(source, errors.New("the module has no sum, so its content is not fixed"),
			diag.Help("lexgen gen --update-sums records it"))
		return nil, false
	}
	return readable{pinned{resolver.GoModule(spec), spec.Sum}}, true
}

// files returns a source that is a folder or file.
func (f *fromConfig) files(source config.Source) (resolver.Source, bool) {
	if source.Sum.Present() {
		f.invalid(source.Sum, errors.New("only Go modules have a sum"))
	}
	s, err := resolver.ParseSource(f.config.Path(source.Value))
	if err != nil {
		f.invalid(source, err)
		return nil, false
	}
	return readable{s}, true
}

func (f *fromConfig) patterns() {
	for _, pattern := range f.config.Select {
		_, err := resolver.ParsePattern(pattern.Value)
		f.invalid(pattern, err)
		f.selects = append(f.selects, pattern.Value)
		f.places[pattern.Value] = pattern.At
	}
	for _, pattern := range f.config.Exclude {
		f.invalid(pattern, checkExclusion(pattern.Value))
		for _, text := range f.exclusion(pattern.Value) {
			f.excludes = append(f.excludes, text)
			f.places["exclude "+text] = pattern.At
		}
	}
}

// exclusion returns what excludes the same files from the working directory:
// a glob of paths is compared with them as printed, and as below their source.
func (f *fromConfig) exclusion(pattern string) []string {
	if !isGlob(pattern) || f.config.Folder() == "." {
		return []string{pattern}
	}
	return []string{pattern, filepath.ToSlash(f.config.Path(pattern))}
}

func (f *fromConfig) output() {
	f.out = f.config.Folder()
	if f.config.Out.Present() {
		f.out = f.config.Path(f.config.Out.Value)
	}
	f.packages.Module = f.config.Module.Value
	f.invalid(f.config.Module, ir.Options{Module: f.packages.Module}.Check())
	if f.config.Docs.Present() {
		mode, err := ir.ParseDocMode(f.config.Docs.Value)
		f.invalid(f.config.Docs, err)
		f.packages.Docs = mode
	}
	if f.config.CBOR.Present() {
		mode, err := ir.ParseCBORMode(f.config.CBOR.Value)
		f.invalid(f.config.CBOR, err)
		f.packages.CBOR = mode
	}
}

func (f *fromConfig) prefixes() {
	for _, e := range f.config.Packages {
		f.invalid(e.Key, ir.Options{Packages: one(e)}.Check())
		f.packages.Packages[e.Key.Value] = e.Value.Value
		f.places["packages "+e.Key.Value] = e.Key.At
	}
	for _, e := range f.config.Imports {
		f.invalid(e.Key, ir.Options{Imports: one(e)}.Check())
		f.packages.Imports[e.Key.Value] = e.Value.Value
		f.places["imports "+e.Key.Value] = e.Key.At
		if _, both := f.packages.Packages[e.Key.Value]; both {
			f.invalid(e.Key, fmt.Errorf("prefix %s is under packages, too", e.Key.Value))
		}
	}
	for _, e := range f.config.Names {
		f.invalid(e.Value, ir.Options{Names: one(e)}.Check())
		f.packages.Names[e.Key.Value] = e.Value.Value
		f.places[e.Key.Value] = e.Key.At
	}
}

func one(e config.Entry) map[string]string { return map[string]string{e.Key.Value: e.Value.Value} }

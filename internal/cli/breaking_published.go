package cli

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/lexgen/lexgen/internal/config"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
)

// published is what the lexgen.yaml of a commit says that its lexicons are: the
// folders and files among its sources, and what is excluded.
type published struct {
	sources  []resolver.Source
	excludes []string
}

// configIn reads the lexgen.yaml that stands in a commit where one stands now,
// and the settings that it makes, of which the sources are not known. Both are nil
// where there was none, and where it is invalid, which is reported as a warning
// that ends with what follows from it.
func configIn(ctx context.Context, spec resolver.GitSpec, name, instead string, report *diag.Report) (*config.Config, *settings, error) {
	commit, err := inCommit(ctx, spec, name)
	if err != nil {
		return nil, nil, err
	}
	files, err := commit.Files(ctx)
	switch {
	case errors.Is(err, resolver.ErrNotInCommit):
		return nil, nil, nil
	case err != nil:
		return nil, nil, err
	case len(files) != 1:
		return nil, nil, nil // a folder
	}
	found := &diag.Report{}
	c := config.Parse(diag.NewFile(commit.Name(), files[0].Data), found)
	s := newSettings()
	if !found.HasErrors() {
		f := fromConfig{settings: s, config: c, report: found}
		f.patterns()
		f.output()
		f.prefixes()
	}
	if found.HasErrors() {
		reportInvalidBase(found.Diagnostics()[0], instead, report)
		return nil, nil, nil
	}
	return c, s, nil
}

// reportInvalidBase says that the lexgen.yaml of a commit is of no use. Its place
// is no file that could be edited, and stands in the message.
func reportInvalidBase(d diag.Diagnostic, instead string, report *diag.Report) {
	at, _ := d.Span.Range()
	report.Warning(diag.CodeBrokenBase, nil, fmt.Sprintf("%s:%d:%d: %s: %s", d.Span.Path(), at.Line, at.Column, d.Message, instead))
}

// publishedIn reads what a configuration of a commit publishes, which stands in
// the folder of another one of today. Nothing is published without one.
func publishedIn(ctx context.Context, spec resolver.GitSpec, c *config.Config, name string) (published, error) {
	if c == nil {
		return published{}, nil
	}
	spec.Folder = filepath.Dir(name)
	root, err := resolver.GitCommit(spec).Root(ctx)
	if err != nil {
		return published{}, err
	}
	return publishedBy(ctx, c, spec, root)
}

// publishedBy reads the sources of a configuration that stands in a folder of
// the repository. Go modules are other repositories' to compare, and what the
// commit lacks was made by the project itself.
func publishedBy(ctx context.Context, c *config.Config, spec resolver.GitSpec, root string) (published, error) {
	var p published
	var hidden []string
	for _, name := range auxiliary(c) {
		hidden = append(hidden, path.Join(root, filepath.ToSlash(name)))
	}
	for _, source := range c.Sources {
		inside := path.Join(root, filepath.ToSlash(source.Value))
		if isModule(source.Value) || isGit(source.Value) || filepath.IsAbs(source.Value) || inside == ".." || strings.HasPrefix(inside, "../") {
			continue
		}
		spec.Path = inside
		if inside == "." {
			spec.Path = "" // all of the repository
		}
		commit := resolver.GitCommit(spec)
		files, err := commit.Files(ctx)
		switch {
		case errors.Is(err, resolver.ErrNotInCommit):
		case err != nil:
			return published{}, err
		default:
			p.sources = append(p.sources, snapshot{commit.Name(), notBelow(files, inside, hidden)})
		}
	}
	spec.Path = ""
	for _, pattern := range c.Exclude {
		p.excludes = append(p.excludes, pattern.Value)
		if isGlob(pattern.Value) { // as files of the commit are printed
			p.excludes = append(p.excludes, spec.String()+":"+path.Join(literalGlob.Replace(root), pattern.Value))
		}
	}
	return p, nil
}

// literalGlob makes a glob of a path that matches nothing else.
var literalGlob = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`)

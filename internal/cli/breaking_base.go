package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/lexgen/lexgen/resolver"
)

// versions loads the lexicons as they are and as they were.
func (b *breakingRun) versions(ctx context.Context, s *settings) (old, is *lexicons, err error) {
	own, others := ownSources(s.sources)
	if isLocal(b.against) && !isNetworkBase(b.against) && len(b.older) == 0 {
		own = hiding(own, []string{b.against})
	}
	if len(b.older) == 0 {
		switch b.against {
		case againstPublished:
			return b.publishedVersions(ctx, own, others, s.excludes)
		case againstLock:
			return b.lockedVersions(ctx, own, others, s.excludes)
		}
	}
	base, excludes, err := b.base(ctx, own, s.excludes)
	if err != nil {
		return nil, nil, err
	}
	if is, err = loadLexicons(ctx, own, others, s.excludes); err != nil {
		return nil, nil, err
	}
	old, err = loadLexicons(ctx, base, others, excludes)
	return old, is, err
}

// ownSources tells what is compared from what only serves it: Go modules, unless
// there is nothing else.
func ownSources(sources []resolver.Source) (own, others []resolver.Source) {
	for _, source := range sources {
		if isModule(source.Name()) {
			others = append(others, source)
		} else {
			own = append(own, source)
		}
	}
	if len(own) == 0 {
		return others, nil
	}
	return own, others
}

// base returns the sources of the older version, and what is excluded there.
func (b *breakingRun) base(ctx context.Context, own []resolver.Source, excludes []string) ([]resolver.Source, []string, error) {
	if len(b.older) > 0 {
		return b.older, nil, nil
	}
	if !isGit(b.against) {
		source, err := resolver.ParseSource(b.against)
		if err != nil {
			return nil, nil, &exitError{statusProblem, fmt.Errorf("--against: %w", err)}
		}
		return []resolver.Source{readable{source}}, excludes, nil
	}
	spec, err := resolver.ParseGitSpec(b.against)
	if err != nil {
		return nil, nil, misuse("--against: %w", err)
	}
	then, err := b.published(ctx, spec)
	switch {
	case err != nil:
		return nil, nil, statusOfRun(&sourceError{err}, "")
	case spec.Path != "":
		return []resolver.Source{readable{resolver.GitCommit(spec)}}, excludes, nil
	case len(then.sources) > 0:
		return then.sources, then.excludes, nil
	}
	sources, err := sameInCommit(ctx, spec, own)
	return sources, excludes, err
}

// published returns what a commit's own lexgen.yaml says: which lexicons there
// were, unless the commit is named with a path, and how their Go code was called.
func (b *breakingRun) published(ctx context.Context, spec resolver.GitSpec) (published, error) {
	instead := "the older version is read from the sources of today"
	if spec.Path != "" {
		instead = "Go names of the older version are those that the options of today give"
	}
	if b.configuration == "" || spec.Path != "" && !b.goNames {
		return published{}, nil
	}
	c, s, err := configIn(ctx, spec, b.configuration, instead, b.report)
	if err != nil {
		return published{}, err
	}
	b.then = s
	if spec.Path != "" {
		return published{}, nil
	}
	return publishedIn(ctx, spec, c, b.configuration)
}

// sameInCommit returns the sources as they were in a commit. One that was not
// there yet is passed over, unless none was.
func sameInCommit(ctx context.Context, spec resolver.GitSpec, own []resolver.Source) ([]resolver.Source, error) {
	var base []resolver.Source
	var missing []error
	for _, source := range own {
		commit, err := inCommit(ctx, spec, source.Name())
		if err != nil {
			return nil, &exitError{statusProblem, err}
		}
		files, err := commit.Files(ctx)
		switch {
		case errors.Is(err, resolver.ErrNotInCommit):
			missing = append(missing, err)
		case err != nil:
			return nil, statusOfRun(&sourceError{err}, "")
		default:
			if w, ok := source.(without); ok {
				files = w.inCommit(files)
			}
			base = append(base, snapshot{commit.Name(), files})
		}
	}
	if len(base) == 0 {
		err := fmt.Errorf("%w\nif the lexicons stood elsewhere then, name the folder: --against %s:PATH", errors.Join(missing...), spec)
		return nil, &exitError{statusProblem, err}
	}
	return base, nil
}

// inCommit returns a folder or file as it was in a commit.
func inCommit(ctx context.Context, spec resolver.GitSpec, name string) (*resolver.Git, error) {
	if isModule(name) || isGit(name) {
		return nil, fmt.Errorf("%s is no folder or file of a repository: name the older version of it, go:MODULE@VERSION/PATH", name)
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	spec.Folder = name
	base := ""
	if !info.IsDir() {
		spec.Folder, base = filepath.Split(name)
	}
	root, err := resolver.GitCommit(spec).Root(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w\n--against git:REF needs lexicons in a Git repository; name a folder or a Go module instead", err)
	}
	spec.Path = strings.Trim(path.Join(root, base), "/")
	return resolver.GitCommit(spec), nil
}

// snapshot is a source that was read.
type snapshot struct {
	name  string
	files []resolver.File
}

// Name returns the name of the source.
func (s snapshot) Name() string { return s.name }

// Files returns the files.
func (s snapshot) Files(context.Context) ([]resolver.File, error) { return s.files, nil }

package resolver

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
)

// Git is a source inside a commit of a Git repository. Nothing is checked out:
// files are read from the object store with the git command, which runs no
// hook and no other program that the repository names, fetches nothing and asks
// nothing.
type Git struct {
	spec GitSpec
}

// GitCommit returns the source that a spec describes.
func GitCommit(spec GitSpec) *Git { return &Git{spec} }

// Name returns the spec as text.
func (g *Git) Name() string { return g.spec.String() }

// ErrNotInCommit is the error for a path that a commit does not have.
var ErrNotInCommit = errors.New("the commit has no such path")

// Files reads the *.json files of the folder as they were in the commit, under
// the same rules as [Dir], or the one file that the path names. A symbolic link
// is followed inside the folder and is unreadable otherwise.
//
// The error says what to do where the commit is not there, as in a shallow
// clone; it wraps [ErrNotInCommit] where the commit lacks the path.
func (g *Git) Files(ctx context.Context) ([]File, error) {
	files, err := g.files(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", g.Name(), err)
	}
	return files, nil
}

func (g *Git) files(ctx context.Context) ([]File, error) {
	if err := g.spec.check(); err != nil {
		return nil, err
	}
	commit, err := g.commit(ctx)
	if err != nil {
		return nil, err
	}
	object, err := g.git(ctx, nil, "rev-parse", "--verify", "--quiet", commit+":"+g.spec.Path)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrNotInCommit, g.spec.Path)
	}
	id := strings.TrimSpace(string(object))
	kind, err := g.git(ctx, nil, "cat-file", "-t", id)
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, fmt.Errorf("%w%s", err, adviceToFetch)
	case strings.TrimSpace(string(kind)) == "blob":
		return g.single(ctx, id)
	}
	listing, err := g.git(ctx, nil, "ls-tree", "-r", "-z", "-l", "--full-tree", id)
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, fmt.Errorf("%w%s", err, adviceToFetch)
	}
	t, err := parseGitTree(listing)
	if err != nil {
		return nil, err
	}
	return t.read(ctx, g)
}

// Names returns the paths of all files of the commit, whatever the spec's path
// is, in the order of the commit.
func (g *Git) Names(ctx context.Context) ([]string, error) {
	if err := g.spec.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", g.Name(), err)
	}
	commit, err := g.commit(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", g.Name(), err)
	}
	listing, err := g.git(ctx, nil, "ls-tree", "-r", "-z", "--name-only", "--full-tree", commit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", g.Name(), err)
	}
	return strings.FieldsFunc(string(listing), func(r rune) bool { return r == 0 }), nil
}

// commit returns the hash of the commit.
func (g *Git) commit(ctx context.Context) (string, error) {
	if _, err := g.git(ctx, nil, "rev-parse", "--git-dir"); err != nil {
		return "", fmt.Errorf("%w\nthe base is read from the Git repository of the lexicons; name a folder or go:MODULE@VERSION where there is none", err)
	}
	hash, err := g.git(ctx, nil, "rev-parse", "--verify", "--quiet", g.spec.Ref+"^{commit}")
	if err == nil {
		return strings.TrimSpace(string(hash)), nil
	}
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	return "", fmt.Errorf("there is no commit %q%s", g.spec.Ref, g.absence(ctx))
}

// adviceToFetch says how to get what a partial clone left out.
const adviceToFetch = "\nfetch all of it: git fetch --refetch --no-filter origin"

// fetchable is a name that git fetch takes, and that is harmless in a shell. An
// expression such as HEAD~3 is none.
var fetchable = regexp.MustCompile(`^[\pL\pN_][\pL\pN_./+-]*$`)

// absence says how to get a commit that is not there.
func (g *Git) absence(ctx context.Context) string {
	const allOfIt = "all of the history: git fetch --unshallow (fetch-depth: 0 of actions/checkout)"
	remote, tracked := strings.CutPrefix(g.spec.Ref, "origin/")
	shallow, err := g.git(ctx, nil, "rev-parse", "--is-shallow-repository")
	isShallow := err == nil && strings.TrimSpace(string(shallow)) == "true"
	all, err := g.git(ctx, nil, "rev-list", "--all", "--max-count=1")
	isEmpty := err == nil && len(all) == 0
	isFetchable := fetchable.MatchString(remote) && !strings.Contains(remote, "..")
	switch {
	case isEmpty && !tracked:
		return ": the repository has no commit yet\ncommit first, and compare with that from then on"
	case isShallow && isFetchable:
		return fmt.Sprintf(" in this shallow clone\nfetch it: git fetch --depth=1 origin %s, and compare with git:FETCH_HEAD; or %s", remote, allOfIt)
	case isShallow:
		return " in this shallow clone\nfetch " + allOfIt
	case !isFetchable:
		return "\nname a branch, a tag or a hash that is here, or fetch one first"
	case tracked:
		return "\nfetch it: git fetch origin " + remote
	}
	return fmt.Sprintf("\nfetch it: git fetch origin %s, and compare with git:FETCH_HEAD", remote)
}

// single reads the one file that the path names.
func (g *Git) single(ctx context.Context, id string) ([]File, error) {
	size, err := g.git(ctx, nil, "cat-file", "-s", id)
	if err != nil {
		return nil, err
	}
	base := filepath.Base(filepath.FromSlash(g.spec.Path))
	t := &gitTree{entries: map[string]gitEntry{}}
	if err := t.add(fmt.Appendf(nil, "%s blob %s %s\t%s", gitRegular, id, strings.TrimSpace(string(size)), base)); err != nil {
		return nil, err
	}
	contents, err := g.contents(ctx, []string{id}, t)
	if err != nil {
		return nil, err
	}
	return []File{{Path: g.Name(), Rel: base, Data: contents[id]}}, nil
}

// Root returns the path of the folder from which the repository was found,
// from the repository's root, slash separated; empty for the root itself.
func (g *Git) Root(ctx context.Context) (string, error) {
	prefix, err := g.git(ctx, nil, "rev-parse", "--show-prefix")
	if err != nil {
		return "", fmt.Errorf("%s: %w", g.Name(), err)
	}
	return strings.Trim(strings.TrimSuffix(string(prefix), "\n"), "/"), nil
}

package resolver

import (
	"fmt"
	"path"
	"strings"
	"unicode"
)

// gitPrefix begins the name of a source that is a commit of a Git repository.
const gitPrefix = "git:"

// GitSpec says which folder or file of which commit holds Lexicon files.
type GitSpec struct {
	// Ref names a commit as git does: a branch, a tag, a hash, HEAD~3.
	Ref string
	// Path is the folder or file, slash separated, from the root of the
	// repository; empty for all of it.
	Path string
	// Folder is a folder inside the repository's work tree, from which the
	// repository is found. Empty means the working directory.
	Folder string
}

// ParseGitSpec reads git:REF and git:REF:PATH. It refuses a REF that git could
// take for a flag, and a PATH that leads out of the repository.
func ParseGitSpec(arg string) (GitSpec, error) {
	rest, ok := strings.CutPrefix(arg, gitPrefix)
	if !ok {
		return GitSpec{}, fmt.Errorf("git source %q: does not begin with %s", arg, gitPrefix)
	}
	ref, inside, hasPath := strings.Cut(rest, ":")
	spec := GitSpec{Ref: ref, Path: strings.Trim(inside, "/")}
	if hasPath && spec.Path == "" {
		return GitSpec{}, fmt.Errorf("git source %q: no path behind the second colon", arg)
	}
	if err := spec.check(); err != nil {
		return GitSpec{}, fmt.Errorf("git source %q: %w", arg, err)
	}
	return spec, nil
}

// String returns the spec in the form that [ParseGitSpec] reads. It is also
// what `git show` takes behind git:.
func (s GitSpec) String() string {
	if s.Path == "" {
		return gitPrefix + s.Ref
	}
	return gitPrefix + s.Ref + ":" + s.Path
}

// check refuses what is no name of a commit, or no path.
func (s GitSpec) check() error {
	unfit := func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }
	switch {
	case s.Ref == "":
		return fmt.Errorf("no commit is named: want %sREF, such as %smain", gitPrefix, gitPrefix)
	case strings.HasPrefix(s.Ref, "-") || strings.HasPrefix(s.Ref, "^"):
		return fmt.Errorf("%q begins as a flag or an exclusion, and no commit does", s.Ref)
	case strings.ContainsFunc(s.Ref, unfit) || strings.ContainsAny(s.Ref, `:?*[\`):
		return fmt.Errorf("%q is no name of a commit", s.Ref)
	case strings.ContainsFunc(s.Path, unicode.IsControl):
		return fmt.Errorf("path %q has control characters", s.Path)
	case s.Path != "" && (path.Clean(s.Path) != s.Path || strings.HasPrefix(s.Path, "..")):
		return fmt.Errorf("path %q is not clean, or leads out of the repository", s.Path)
	}
	return nil
}

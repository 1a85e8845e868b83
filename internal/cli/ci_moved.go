package cli

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lexgen/lexgen/internal/config"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
)

// hasMoved reports whether a commit, which has no lexicons in their folders, had
// some of the project elsewhere. It had if a file has the id of a lexicon of
// today. Whether other lexicons were the project's is for a lexgen.yaml to say: one
// at its path, or where there is none any more.
func hasMoved(ctx context.Context, spec resolver.GitSpec, configuration string, is *lexicons) (bool, error) {
	spec.Folder, spec.Path = filepath.Dir(configuration), ""
	commit := resolver.GitCommit(spec)
	root, err := commit.Root(ctx)
	if err != nil {
		return false, err
	}
	names, err := commit.Names(ctx)
	if err != nil {
		return false, err
	}
	set, err := resolver.Load(ctx, []resolver.Source{commit}, &diag.Report{}, resolver.LoadOptions{})
	if err != nil {
		return false, err
	}
	documents := set.Documents()
	for _, doc := range documents {
		if is.graph.Lexicon(doc.ID.Value) != nil {
			return true, nil
		}
	}
	return len(documents) > 0 && hadProject(spec.Folder, root, filepath.Base(configuration), names), nil
}

// hadProject reports whether a commit with files of these names had a lexgen.yaml
// in a folder, root in the commit, or one where there is none today.
func hadProject(folder, root, base string, names []string) bool {
	top := folder
	if root != "" {
		top = filepath.Join(top, strings.Repeat("../", strings.Count(root, "/")+1))
	}
	return slices.ContainsFunc(names, func(name string) bool {
		if name == path.Join(root, base) {
			return true
		}
		if path.Base(name) != config.FileName {
			return false
		}
		_, err := os.Lstat(filepath.Join(top, filepath.FromSlash(name)))
		return errors.Is(err, fs.ErrNotExist)
	})
}

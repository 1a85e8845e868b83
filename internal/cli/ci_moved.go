package cli

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/lexgen/lexgen/internal/config"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
)

// hasMoved reports whether a commit, which lacks the folders of the lexicons, has
// the project anyhow: the lexgen.yaml at its path, one where there is none any
// more, or a file with the id of a lexicon of today.
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
	top := spec.Folder
	if root != "" {
		top = filepath.Join(top, strings.Repeat("../", strings.Count(root, "/")+1))
	}
	for _, name := range names {
		if name == path.Join(root, filepath.Base(configuration)) {
			return true, nil
		}
		if path.Base(name) != config.FileName {
			continue
		}
		if _, err := os.Lstat(filepath.Join(top, filepath.FromSlash(name))); errors.Is(err, fs.ErrNotExist) {
			return true, nil
		}
	}
	set, err := resolver.Load(ctx, []resolver.Source{commit}, &diag.Report{}, resolver.LoadOptions{})
	if err != nil {
		return false, err
	}
	for _, doc := range set.Documents() {
		if is.graph.Lexicon(doc.ID.Value) != nil {
			return true, nil
		}
	}
	return false, nil
}

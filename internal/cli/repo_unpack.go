package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/syntax"
)

const repoUnpackLong = `Write the records of a repository as JSON, each into a file of its own:
DIR/COLLECTION/KEY.json, and the commit into DIR/commit.json. The folder must not
exist, or be empty. lexgen repo pack makes the repository again.`

// commitFile is the name of the file with the commit.
const commitFile = "commit.json"

func (p *program) repoUnpackCommand() *cobra.Command {
	return &cobra.Command{
		Use:         "unpack FILE.car DIR",
		Short:       "Write the records of a repository as JSON files",
		Long:        repoUnpackLong,
		Example:     "  lexgen repo unpack alice.car alice",
		Annotations: exits(exitDone, exitInTheWay, exitUsage, exitUnwritable, exitStopped),
		Args:        takes(2, 2),
		RunE:        func(c *cobra.Command, args []string) error { return p.repoUnpack(c.Context(), args[0], args[1]) },
	}
}

// repoUnpack checks the whole file before it writes anything.
func (p *program) repoUnpack(ctx context.Context, name, dir string) error {
	if err := checkEmptyFolder(dir); err != nil {
		return err
	}
	decodes := func(r repo.Record) error { _, err := recordJSON(r); return err }
	if _, err := p.readRepo(ctx, name, repo.Identity{}, repo.VerifyOptions{Signatures: repo.SkipSignature, Record: decodes}); err != nil {
		return err
	}
	r, err := openRepo(ctx, name)
	if err != nil {
		return err
	}
	defer r.close()
	records := 0
	for record, err := range r.Records(ctx, "") {
		if err != nil {
			return problemWith(name, err)
		}
		records++
		text, err := recordJSON(record)
		if err == nil {
			_, _, err = syntax.ParseRepoPath(record.Path) // the file may have changed since it was checked
		}
		if err != nil {
			return problemWith(name, err)
		}
		path := filepath.Join(dir, string(record.Collection()), string(record.Key())+".json")
		if err := writeUnpacked(path, text); err != nil {
			return err
		}
	}
	if err := writeCommit(filepath.Join(dir, commitFile), r.Commit()); err != nil {
		return err
	}
	tellf(p.stderr, "wrote %s to %s", count(records, "record", "records"), dir)
	return nil
}

// checkEmptyFolder refuses a folder with something in it.
func checkEmptyFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return &exitError{statusProblem, err}
	case len(entries) > 0:
		return &exitError{statusProblem, fmt.Errorf("%s: the folder is not empty", dir)}
	}
	return nil
}

func writeUnpacked(path string, text []byte) error {
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = create(path, text)
	}
	return unwritable(err)
}

// writeCommit writes a commit as JSON.
func writeCommit(path string, c *repo.Commit) error {
	var v any
	err := lex.DecodeCBOR(c.Block().Data, &v)
	if err != nil {
		return unwritable(err)
	}
	text, err := indentedJSON(v)
	if err != nil {
		return unwritable(err)
	}
	return writeUnpacked(path, text)
}

// readCommit reads what writeCommit has written.
func readCommit(path string) (*repo.Commit, error) {
	text, err := readUpTo(path, maxDocument)
	if err != nil {
		return nil, err
	}
	var v any
	if err := lex.DecodeJSON(text, &v); err != nil {
		return nil, err
	}
	data, err := lex.MarshalCBOR(v)
	if err != nil {
		return nil, err
	}
	return repo.ParseCommit(data)
}

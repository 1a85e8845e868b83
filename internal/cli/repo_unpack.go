package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/internal/visible"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/syntax"
)

const repoUnpackLong = `Write the records of a repository as JSON, each into a file of its own:
DIR/COLLECTION/KEY.json, and the commit into DIR/commit.json. The folder must not
exist, or be empty, and is left so by a run that fails. lexgen repo pack makes the
repository again: one with a record of which it could not is refused before
anything is written, and the record and the rule are named.

In names of files, %XX stands for what not every file system has: a colon, and
capital letters where two names differ in nothing else. A name of more than 200
characters goes on in a folder below that ends with %.`

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

// unpacking is one run of unpack.
type unpacking struct {
	*program

	name, dir string
	files     recordFiles
	root      *os.Root // dir, out of which no link leads
	folder    string   // the last one that was made in it
	made      []string // what was made in it, of which all else is part
}

// repoUnpack checks the whole file before it writes anything. What it has
// written does not stay after an error.
func (p *program) repoUnpack(ctx context.Context, name, dir string) error {
	u := &unpacking{program: p, name: name, dir: dir}
	isThere, err := checkEmptyFolder(dir)
	if err != nil {
		return err
	}
	r, err := openRepo(ctx, name)
	if err != nil {
		return err
	}
	defer r.close()
	if err := u.check(ctx, r.file); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return unwritable(err)
	}
	err = u.fill(ctx, r.Repo)
	if err != nil && !isThere {
		_ = os.Remove(dir) // best effort: the first error counts
	}
	return err
}

// fill writes into the empty folder, and leaves it so after an error.
func (u *unpacking) fill(ctx context.Context, r *repo.Repo) error {
	root, err := os.OpenRoot(u.dir)
	if err != nil {
		return unwritable(err)
	}
	defer func() { _ = root.Close() }() // which is but a way into the folder
	u.root = root
	records, err := u.records(ctx, r)
	if err == nil {
		err = u.commit(r.Commit())
	}
	if err != nil {
		for _, name := range u.made {
			_ = root.RemoveAll(name) // best effort: the first error counts
		}
		return err
	}
	tellf(u.stderr, "wrote %s to %s", count(records, "record", "records"), u.dir)
	return nil
}

// check reads the whole repository, and refuses what cannot be packed again,
// and a small file that blows up: one with a record under many paths.
func (u *unpacking) check(ctx context.Context, file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return problemWith(u.name, err)
	}
	size, most := int64(0), maxGrowth*info.Size()+maxJSON
	_, err = u.readRepo(ctx, u.name, repo.Identity{}, repo.VerifyOptions{
		Signatures: repo.SkipSignature,
		Record: func(r repo.Record) error {
			u.files.note(r.Path)
			text, err := packable(r)
			if err != nil {
				return err
			}
			if size += int64(len(text)); size > most {
				return fmt.Errorf("the records are more than %d bytes of JSON, more than makes sense for a file of %d", most, info.Size())
			}
			return nil
		},
	})
	return err
}

// packable returns a record as JSON, of which lexgen repo pack makes the same
// record again.
func packable(r repo.Record) ([]byte, error) {
	broken := func(format string, args ...any) error {
		return &repo.Error{Path: r.Path, Block: r.CID, Reason: fmt.Sprintf(format, args...), Err: repo.ErrRecord}
	}
	if reason := tooLong(r); reason != "" {
		return nil, broken("%s", reason)
	}
	var v any
	if err := lex.DecodeCBORAlias(r.Data, &v); err != nil {
		return nil, broken("%v (DM-08)", err)
	}
	if _, ok := v.(map[string]any); !ok {
		return nil, broken("%v (DM-01)", errNoObject)
	}
	text, err := indentedJSON(v)
	if err != nil {
		return nil, broken("%v (DM-26)", err)
	}
	switch _, data, err := parseRecord(text); {
	case err != nil:
		return nil, broken("as JSON: %v (DM-26)", err)
	case !bytes.Equal(data, r.Data):
		return nil, broken("as JSON it is another record (DM-26)")
	}
	return text, nil
}

// errNoObject says that a record is a value that none can be.
var errNoObject = errors.New("the record is no object")

// maxGrowth is how many times as long as the file all JSON may be.
const maxGrowth = 32

// records writes all records, and returns how many there are.
func (u *unpacking) records(ctx context.Context, r *repo.Repo) (int, error) {
	progress := newProgress(u.world, u.stderr)
	defer progress.stop()
	written, shown := 0, visible.Text(u.dir)
	for record, err := range r.Records(ctx, "") {
		if err != nil {
			return written, problemWith(u.name, err)
		}
		text, err := recordJSON(record)
		if err == nil {
			_, _, err = syntax.ParseRepoPath(record.Path) // the file may have changed since it was checked
		}
		if err != nil {
			return written, problemWith(u.name, err)
		}
		if err := u.write(record.Path, text); err != nil {
			return written, unwritable(err)
		}
		written++
		progress.step(shown + ": " + count(written, "record", "records") + " written")
	}
	return written, nil
}

// write writes the file of a record.
func (u *unpacking) write(path string, text []byte) error {
	folder, file := u.files.folderAndFile(path)
	if folder != u.folder {
		top, _, _ := strings.Cut(folder, "/")
		if !strings.HasPrefix(u.folder+"/", top+"/") {
			u.made = append(u.made, top)
		}
		if err := u.root.MkdirAll(folder, 0o755); err != nil {
			return err
		}
		u.folder = folder
	}
	return u.create(file, text)
}

// commit writes the file of the commit, the last one.
func (u *unpacking) commit(c *repo.Commit) error {
	var v any
	err := lex.DecodeCBOR(c.Block().Data, &v)
	if err != nil {
		return unwritable(err)
	}
	text, err := indentedJSON(v)
	if err == nil {
		u.made = append(u.made, commitFile)
		err = u.create(commitFile, text)
	}
	return unwritable(err)
}

// create writes a file that does not exist, by its name in the folder.
func (u *unpacking) create(name string, text []byte) error {
	file, err := u.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Close())
}

// checkEmptyFolder refuses a folder with something in it, and says whether
// there is one.
func checkEmptyFolder(dir string) (isThere bool, err error) {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := os.Lstat(dir); err == nil {
			return false, problemWith(dir, errors.New("a link that leads nowhere"))
		}
		return false, nil
	case err != nil:
		return false, &exitError{statusProblem, err}
	case len(entries) > 0:
		return true, &exitError{statusProblem, fmt.Errorf("%s: the folder is not empty", dir)}
	}
	return true, nil
}

// readCommit reads what unpacking.commit has written.
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

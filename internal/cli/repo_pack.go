package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/internal/visible"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/mst"
	"github.com/lexgen/lexgen/runtime/syntax"
)

const repoPackLong = `Make a repository of JSON files that are laid out as lexgen repo unpack writes
them. FILE.car must not exist.

Without --key the repository has the commit in DIR/commit.json, which is still
valid if nothing has changed; lexgen repo verify checks its signature. With --key
there is a new commit, signed with the private key in a file, and DIR is only
read. Nothing is signed in which a record does not have its collection as $type.
The file holds 64 hexadecimal digits, for a key on K-256, or a private multikey,
and nobody but its owner may have access to it.`

func (p *program) repoPackCommand() *cobra.Command {
	k := &packing{program: p}
	c := &cobra.Command{
		Use:   "pack DIR FILE.car",
		Short: "Make a repository of JSON files",
		Long:  repoPackLong,
		Example: `  lexgen repo pack alice alice.car
  lexgen repo pack alice alice.car --key alice.key
  lexgen repo pack fixtures test.car --key test.key --did did:web:alice.example.com`,
		Annotations: exits(exitDone, exitInTheWay, exitUsage, exitUnwritable, exitInterrupted),
		Args:        takes(2, 2),
		RunE:        func(c *cobra.Command, args []string) error { return k.run(c.Context(), args[0], args[1]) },
	}
	c.Flags().StringVar(&k.key, "key", "", "sign a new commit with the private key in `FILE`")
	c.Flags().StringVar(&k.did, "did", "", "the `DID` of the account, with --key; that of commit.json if absent")
	return c
}

// packing is one run of pack.
type packing struct {
	*program

	key, did string
	blocks   []blockstore.Block
}

func (k *packing) run(ctx context.Context, dir, out string) error {
	if k.did != "" && k.key == "" {
		return misuse("--did is the account of a new commit, which --key signs: give both")
	}
	if _, err := syntax.ParseDID(k.did); k.did != "" && err != nil {
		return misuse("--did: %w", err)
	}
	root, records, err := k.readFolder(ctx, dir)
	if err != nil {
		return problemWith(dir, err)
	}
	commit, err := k.commit(filepath.Join(dir, commitFile), root)
	if err != nil {
		return &exitError{statusProblem, err}
	}
	r, err := k.repository(ctx, commit)
	if err != nil {
		return &exitError{statusInternal, err}
	}
	if err := exportTo(ctx, r, out); err != nil {
		return err
	}
	signature := ""
	if k.key == "" {
		signature = "; the signature is the one in " + commitFile + " and was not checked: lexgen repo verify --did-doc does"
	}
	tellf(k.stderr, "wrote %s of %s to %s%s", count(records, "record", "records"), commit.DID, out, signature)
	return nil
}

// readFolder reads the records below dir and makes their tree.
func (k *packing) readFolder(ctx context.Context, dir string) (root cid.CID, records int, err error) {
	progress := newProgress(k.world, k.stderr)
	defer progress.stop()
	var entries []mst.Entry
	err = fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil && name == "." {
			return errors.New(reasonOf(err)) // whose name is that of the folder
		}
		if err := errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		if d.IsDir() || name == commitFile {
			return nil
		}
		progress.step(visible.Text(name) + ": read")
		entry, err := k.readRecord(dir, name)
		entries = append(entries, entry)
		return err
	})
	if err != nil {
		return root, 0, err
	}
	slices.SortFunc(entries, func(a, b mst.Entry) int { return strings.Compare(a.Key, b.Key) })
	for i, e := range entries[min(1, len(entries)):] {
		if e.Key == entries[i].Key {
			return root, 0, fmt.Errorf("two files have the record %s: see lexgen repo unpack --help for their names", e.Key)
		}
	}
	root, err = mst.Build(func(yield func(string, cid.CID) bool) {
		for _, e := range entries {
			if !yield(e.Key, e.Value) {
				return
			}
		}
	}, func(b blockstore.Block) error {
		k.blocks = append(k.blocks, blockstore.Block{CID: b.CID, Data: slices.Clone(b.Data)})
		return nil
	})
	return root, len(entries), err
}

// readRecord reads the file name, as recordFiles has named it.
func (k *packing) readRecord(dir, name string) (mst.Entry, error) {
	path, err := recordOfFile(name)
	if err != nil {
		return mst.Entry{}, fmt.Errorf("%s: %w", name, err)
	}
	file := filepath.Join(dir, filepath.FromSlash(name))
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
		return mst.Entry{}, errors.Join(err, fmt.Errorf("%s: no regular file", name))
	}
	text, err := readUpTo(file, maxRecordJSON+1)
	if err != nil {
		return mst.Entry{}, err
	}
	record, data, err := parseRecord(text)
	if err == nil && k.key != "" {
		err = checkType(record, path)
	}
	if err != nil {
		return mst.Entry{}, fmt.Errorf("%s: %w", name, err)
	}
	block := blockstore.Block{CID: cid.Sum(cid.DagCBOR, data), Data: data}
	k.blocks = append(k.blocks, block)
	return mst.Entry{Key: path, Value: block.CID}, nil
}

// parseRecord returns a record in JSON, and its DAG-CBOR.
func parseRecord(text []byte) (lex.Extra, []byte, error) {
	if len(text) > maxRecordJSON {
		return nil, nil, fmt.Errorf("more than %d bytes of JSON", maxRecordJSON)
	}
	var record lex.Extra
	if err := lex.DecodeJSON(text, &record); err != nil {
		return nil, nil, err
	}
	data, err := lex.MarshalCBOR(record)
	if err != nil {
		return nil, nil, err
	}
	if len(data) > repo.MaxRecord {
		return nil, nil, fmt.Errorf("%d bytes of DAG-CBOR, more than %d (SN-05)", len(data), repo.MaxRecord)
	}
	return record, data, nil
}

// checkType reports whether a record says what it is: its collection (LX-22).
func checkType(record map[string]any, path string) error {
	collection, _, _ := strings.Cut(path, "/")
	switch got := record["$type"]; got {
	case collection:
		return nil
	case nil:
		return fmt.Errorf("/$type: the record has none, and its collection is %s (LX-22)", collection)
	default:
		return fmt.Errorf("/$type: the record has %q, and its collection is %s (LX-22)", got, collection)
	}
}

// maxRecordJSON is how long a file with a record may be, in bytes: more than
// what the longest record needs.
const maxRecordJSON = 8 << 20

// commit returns the commit in the file, or a new one.
func (k *packing) commit(file string, root cid.CID) (*repo.Commit, error) {
	for _, name := range []string{file, k.key} {
		if !opensAtOnce(name) {
			return nil, fmt.Errorf("%s: no regular file", name)
		}
	}
	old, err := readCommit(file)
	if err != nil && (k.key == "" || !errors.Is(err, fs.ErrNotExist)) {
		return nil, fmt.Errorf("%s: %s", file, reasonOf(err))
	}
	if k.key != "" {
		return k.newCommit(old, root)
	}
	if old.Data != root {
		return nil, fmt.Errorf("%s: the commit is of other records than these: with --key there is a new one", file)
	}
	return old, nil
}

// newCommit returns a commit that follows old, which may be nil.
func (k *packing) newCommit(old *repo.Commit, root cid.CID) (*repo.Commit, error) {
	key, err := readPrivateKey(k.key)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", k.key, err)
	}
	if old == nil {
		old = &repo.Commit{}
	} else if old.Verify(key.PublicKey()) != nil {
		tellf(k.stderr, "the last commit was signed with another key than %s", k.key)
	}
	c := &repo.Commit{DID: syntax.DID(k.did), Data: root}
	switch {
	case k.did != "":
	case old.DID == "":
		return nil, errors.New("there is no commit.json that names the account: --did does")
	default:
		c.DID = old.DID
	}
	if c.Rev, err = k.rev(old.Rev); err != nil {
		return nil, fmt.Errorf("%w; here that is --did without %s", err, commitFile)
	}
	if c.Rev.Time().After(k.world.now().Add(time.Minute)) {
		tellf(k.stderr, "the rev %s is of the future, as the last commit is: services may refuse it", c.Rev)
	}
	return c, c.Sign(key)
}

// rev returns the rev of now, or the one after last if that is later (RE-03).
func (k *packing) rev(last syntax.TID) (syntax.TID, error) {
	return repo.NextRev(syntax.NewTIDClock(syntax.TIDClockOptions{Now: k.world.now}), last)
}

// repository puts all blocks into memory, and opens them.
func (k *packing) repository(ctx context.Context, c *repo.Commit) (*repo.Repo, error) {
	store, head := blockstore.NewMemory(), c.Block()
	tx, err := store.Begin(ctx)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(tx.Put(ctx, c.Rev, append(k.blocks, head)...), tx.Commit(ctx)); err != nil {
		return nil, err
	}
	return repo.Open(ctx, store, head.CID)
}

// exportTo writes a repository to a file that does not exist. Half of one does
// not stay.
func exportTo(ctx context.Context, r *repo.Repo, name string) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // what is written is meant for others to read
	if errors.Is(err, fs.ErrExist) {
		return problemWith(name, errors.New("exists already"))
	}
	if err != nil {
		return unwritable(err)
	}
	buffer := bufio.NewWriter(file)
	err = r.Export(ctx, buffer)
	if err = errors.Join(err, buffer.Flush(), file.Close()); err != nil {
		_ = os.Remove(name) // best effort: the first error counts
	}
	return unwritable(err)
}

// maxKeyFile is how long a file with a private key may be, in bytes.
const maxKeyFile = 4096

// readPrivateKey reads a private key. No error repeats what is in the file.
func readPrivateKey(name string) (*crypto.PrivateKey, error) {
	text, err := readPrivate(name, "private key", maxKeyFile)
	if err != nil {
		return nil, err
	}
	return parsePrivateKey(string(text))
}

// parsePrivateKey reads 64 hexadecimal digits, for a key on K-256, or a private
// multikey.
func parsePrivateKey(text string) (*crypto.PrivateKey, error) {
	digits := strings.TrimSpace(text)
	if strings.HasPrefix(digits, "z") {
		return crypto.ParsePrivateMultikey(digits)
	}
	return crypto.ParsePrivateKeyHex(crypto.K256, digits)
}

package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/internal/visible"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/syntax"
)

func (p *program) repoInspectCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "inspect FILE.car",
		Short: "Print what a repository holds",
		Long: `Print the commit of a repository and how many records, collections and blobs
it has. The whole file is checked, but for the signature, which
lexgen repo verify checks.`,
		Example:     "  lexgen repo inspect alice.car",
		Annotations: exits(exitDone, exitBadRepo, exitUsage, exitUnwritable, exitStopped),
		Args:        takes(1, 1),
		RunE:        func(c *cobra.Command, args []string) error { return p.repoInspect(c.Context(), args[0]) },
	}
}

func (p *program) repoInspect(ctx context.Context, name string) error {
	var collections []string
	counts, blobs := map[string]int{}, 0
	contents, err := p.readRepo(ctx, name, repo.Identity{}, repo.VerifyOptions{
		Signatures: repo.SkipSignature,
		Record: func(r repo.Record) error {
			collection := string(r.Collection())
			if counts[collection] == 0 {
				collections = append(collections, collection)
			}
			counts[collection]++
			found, err := repo.Blobs(r.Data)
			blobs += len(found)
			return err
		},
	})
	if err != nil {
		return err
	}
	c := contents.Commit
	var b strings.Builder
	fmt.Fprintf(&b, "did:      %s\nrev:      %s (%s)\ncommit:   %v\ndata:     %v\n", c.DID, c.Rev, syntax.DatetimeOf(c.Rev.Time()), contents.Head, c.Data)
	fmt.Fprintf(&b, "nodes:    %d\nrecords:  %d\nblobs:    %d\n", contents.Nodes, contents.Records, blobs)
	for _, collection := range collections {
		fmt.Fprintf(&b, "%8d  %s\n", counts[collection], collection)
	}
	return p.print(b.String())
}

func (p *program) repoLsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "ls FILE.car [COLLECTION]",
		Short: "List the records of a repository",
		Long: `List the paths of the records of a repository, or of one collection, each
with a tab and the CID of the record behind it.`,
		Example: `  lexgen repo ls alice.car
  lexgen repo ls alice.car app.bsky.feed.post`,
		Annotations: exits(exitDone, exitBadRepo, exitUsage, exitUnwritable, exitStopped),
		Args:        takes(1, 2),
		RunE: func(c *cobra.Command, args []string) error {
			var collection syntax.NSID
			if len(args) == 2 {
				var err error
				if collection, err = syntax.ParseNSID(args[1]); err != nil {
					return misuse("%w", err)
				}
			}
			return p.repoLs(c.Context(), args[0], collection)
		},
	}
}

func (p *program) repoLs(ctx context.Context, name string, collection syntax.NSID) error {
	r, err := openRepo(ctx, name)
	if err != nil {
		return err
	}
	defer r.close()
	for entry, err := range r.Entries(ctx, collection) {
		if err != nil {
			return problemWith(name, err)
		}
		if err := p.line(entry.Key, entry.Value.String()); err != nil {
			return err
		}
	}
	return nil
}

func (p *program) repoGetCommand() *cobra.Command {
	raw := false
	c := &cobra.Command{
		Use:         "get FILE.car COLLECTION/KEY",
		Short:       "Print one record of a repository",
		Long:        "Print one record of a repository as JSON.",
		Example:     "  lexgen repo get alice.car app.bsky.actor.profile/self",
		Annotations: exits(exitDone, exitNoRecord, exitUsage, exitUnwritable, exitStopped),
		Args:        takes(2, 2),
		RunE: func(c *cobra.Command, args []string) error {
			collection, key, err := syntax.ParseRepoPath(args[1])
			if err != nil {
				return misuse("%w", err)
			}
			return p.repoGet(c.Context(), args[0], collection, key, raw)
		},
	}
	c.Flags().BoolVar(&raw, "cbor", false, "print the DAG-CBOR as it is in the repository")
	return c
}

func (p *program) repoGet(ctx context.Context, name string, collection syntax.NSID, key syntax.RecordKey, raw bool) error {
	r, err := openRepo(ctx, name)
	if err != nil {
		return err
	}
	defer r.close()
	record, err := r.Get(ctx, collection, key)
	if err != nil {
		return problemWith(name, err)
	}
	if raw && p.world.isTerminal(p.stdout) {
		return misuse("--cbor prints bytes that are nothing for a terminal: send them to a file or program")
	}
	if raw {
		return p.print(string(record.Data))
	}
	text, err := recordJSON(record)
	if err != nil {
		return problemWith(name, err)
	}
	return p.show(string(text))
}

// recordJSON returns a record as JSON for people.
func recordJSON(r repo.Record) ([]byte, error) {
	var v any
	if err := r.Decode(&v); err != nil {
		return nil, err
	}
	return indentedJSON(v)
}

// indentedJSON returns a value of the data model as JSON for people. What would
// be longer than maxJSON if it was indented, as deep data can be many times, is
// one line.
func indentedJSON(v any) ([]byte, error) {
	text, err := lex.MarshalJSON(v)
	if err != nil {
		return nil, err
	}
	return indented(text)
}

// indented is indentedJSON of JSON without spaces.
func indented(text []byte) ([]byte, error) {
	if indentedSize(text) > maxJSON {
		return append(text, '\n'), nil
	}
	var b bytes.Buffer
	err := json.Indent(&b, text, "", "  ")
	b.WriteByte('\n')
	return b.Bytes(), err
}

// maxJSON is the greatest length of a text that is indented, in bytes.
const maxJSON = 1 << 20

// indentedSize returns how long JSON without spaces is when it is indented, or a
// little more: to each item belong a new line and two spaces for each level.
func indentedSize(text []byte) int {
	size, depth, quoted := len(text)+1, 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{', c == '[':
			depth++
			size += 1 + 2*depth
		case c == '}', c == ']':
			depth--
			size += 1 + 2*depth
		case c == ',':
			size += 1 + 2*depth
		case c == ':':
			size++
		}
	}
	return size
}

func (p *program) repoDiffCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "diff OLD.car NEW.car",
		Short: "Print how two repositories differ",
		Long: `Print the paths of the records that only one of two repositories has, or that
differ, in their order: + before one that was created, - before one that was
deleted, and ~ before one that has changed.`,
		Example:     "  lexgen repo diff yesterday.car today.car",
		Annotations: exits(exitDone, exitBadRepo, exitUsage, exitUnwritable, exitStopped),
		Args:        takes(2, 2),
		RunE:        func(c *cobra.Command, args []string) error { return p.repoDiff(c.Context(), args[0], args[1]) },
	}
}

func (p *program) repoDiff(ctx context.Context, oldName, newName string) error {
	old, err := openRepo(ctx, oldName)
	if err != nil {
		return err
	}
	defer old.close()
	next, err := openRepo(ctx, newName)
	if err != nil {
		return err
	}
	defer next.close()
	changes, err := repo.Diff(ctx, old.Repo, next.Repo)
	if err != nil {
		return atFault(ctx, err, old, next)
	}
	if old.DID() != next.DID() {
		tellf(p.stderr, "%s is of %s, but %s of %s", oldName, old.DID(), newName, next.DID())
	}
	for _, op := range changes {
		mark := map[repo.Action]string{repo.ActionCreate: "+", repo.ActionUpdate: "~", repo.ActionDelete: "-"}[op.Action]
		if err := p.line(mark + " " + op.Path); err != nil {
			return err
		}
	}
	return nil
}

// atFault says in which of two repositories the fault is that err is about, or that
// both have one.
func atFault(ctx context.Context, err error, repos ...*repoFile) error {
	if ctx.Err() != nil {
		return err
	}
	var problems []error
	var names []string
	for _, r := range repos {
		names = append(names, r.file.Name())
		for _, err := range r.Entries(ctx, "") {
			if err != nil {
				problems = append(problems, problemWith(r.file.Name(), err))
			}
		}
	}
	if len(problems) == 0 { // it came and went
		return problemWith(strings.Join(names, " or "), err)
	}
	return errors.Join(problems...)
}

// maxHeld is how many bytes a command holds of a file that is not in pre-order:
// it has a machine for itself.
const maxHeld = 1 << 30

// readRepo verifies a whole file, and shows how far it is.
func (p *program) readRepo(ctx context.Context, name string, id repo.Identity, opts repo.VerifyOptions) (*repo.Contents, error) {
	p.waitFor(name)
	file, err := os.Open(name)
	if err != nil {
		return nil, &exitError{statusProblem, err}
	}
	defer func() { _ = file.Close() }() // which was only read
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return nil, problemWith(name, errors.New("a folder, not a CAR file"))
	}
	progress := newProgress(p.world, p.stderr)
	defer progress.stop()
	if opts.MaxHeld == 0 {
		opts.MaxHeld = maxHeld
	}
	contents, err := repo.Verify(ctx, &watched{file: file, name: name, progress: progress}, id, opts)
	if errors.Is(err, context.Canceled) {
		return nil, err
	}
	if err != nil {
		return nil, problemWith(name, inOwnWords(err))
	}
	return contents, nil
}

// inOwnWords says of a block that a command has not found what people can do: the
// error of package repo advises programs.
func inOwnWords(err error) error {
	e, ok := errors.AsType[*repo.Error](err)
	if !ok || !errors.Is(e, repo.ErrOrder) {
		return err
	}
	own := *e
	own.Reason = "it is missing, or too far from its place in pre-order to be found (RE-34): fetch the file again, or from a server that sends pre-order"
	return &own
}

// watched is a file that says how far it has been read.
type watched struct {
	file     *os.File
	name     string
	progress *progress
	count    int64
}

// watchEvery is how many bytes are read until that is said again.
const watchEvery = 1 << 20

func (w *watched) Read(b []byte) (int, error) {
	n, err := w.file.Read(b)
	before := w.count / watchEvery
	w.count += int64(n)
	if now := w.count / watchEvery; now != before {
		w.progress.step(fmt.Sprintf("%s: %d MiB read", visible.Text(w.name), now))
	}
	return n, err
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/internal/visible"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/car"
)

const repoLong = `Look into the repositories of accounts, and verify, take apart and make them.

A repository is a CAR file, as com.atproto.sync.getRepo and lexgen repo pack write
it. A record is named by its path, COLLECTION/KEY.`

const repoExample = `  lexgen repo inspect alice.car
  lexgen repo verify alice.car --did-doc alice.json
  lexgen repo ls alice.car app.bsky.feed.post
  lexgen repo get alice.car app.bsky.actor.profile/self
  lexgen repo diff yesterday.car today.car
  lexgen repo unpack alice.car alice
  lexgen repo pack alice alice.car`

// The exit statuses of repo as help prints them.
const (
	exitBadRepo  = "  1    the file cannot be read, or is no sound repository"
	exitNoRecord = "  1    there is no such record, or the file is no sound repository"
	exitUnsound  = "  1    the repository breaks a rule, or a file cannot be read"
	exitInTheWay = "  1    something is in the way of what is to be written, or the input has errors"
)

func (p *program) repoCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:         "repo COMMAND",
		Short:       "Inspect, verify, take apart and make repositories",
		Long:        repoLong,
		Example:     repoExample,
		Annotations: exits(exitDone, exitBadRepo, exitUsage, exitUnwritable, exitStopped),
	},
		p.repoInspectCommand(), p.repoLsCommand(), p.repoGetCommand(), p.repoVerifyCommand(),
		p.repoDiffCommand(), p.repoUnpackCommand(), p.repoPackCommand(),
	)
}

// group makes c a command that has others, and does nothing itself.
func group(c *cobra.Command, commands ...*cobra.Command) *cobra.Command {
	c.AddCommand(commands...)
	c.Args = cobra.ArbitraryArgs
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return misuse("%s needs a command\n%s", c.CommandPath(), seeHelp(c))
		}
		var names []string
		for _, command := range commands {
			names = append(names, command.Name())
		}
		return misuse("unknown command %q%s\n%s", args[0], didYouMean(args[0], names), seeHelp(c))
	}
	return c
}

// takes returns a check that there are between least and most arguments, which
// the usage of the command names.
func takes(least, most int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) < least || len(args) > most {
			_, names, _ := strings.Cut(c.Use, " ")
			return misuse("%s takes %s, got %s\n%s", c.CommandPath(), names, count(len(args), "argument", "arguments"), seeHelp(c))
		}
		return nil
	}
}

// problemWith is the failure of reading a file.
func problemWith(name string, err error) error {
	return &exitError{statusProblem, fmt.Errorf("%s: %w", name, err)}
}

// repoFile is a repository in an open file.
type repoFile struct {
	*repo.Repo

	file *os.File
}

// openRepo opens a repository without reading it as a whole. Blocks are checked
// against their CIDs when they are read, and so is the tree; the signature is
// not.
func openRepo(ctx context.Context, name string) (*repoFile, error) {
	if !opensAtOnce(name) { // opening a pipe would wait for who writes to it
		return nil, problemWith(name, errNoOrder)
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, &exitError{statusProblem, err}
	}
	r, err := openRepoIn(ctx, file)
	if err != nil {
		_ = file.Close() // which was only read
		return nil, problemWith(name, err)
	}
	return &repoFile{r, file}, nil
}

// errNoOrder says that a file cannot be read in any order.
var errNoOrder = errors.New("no regular file: this command reads it in any order, which lexgen repo verify does not")

// opensAtOnce reports whether opening name does not wait for somebody else: it is a
// file, a folder or nothing.
func opensAtOnce(name string) bool {
	info, err := os.Stat(name)
	return err != nil || info.Mode().IsRegular() || info.IsDir()
}

// waitFor lets a signal end the program at once from here on, where it has to
// wait for another one that writes to a pipe. Nothing may be written after that.
func (p *program) waitFor(name string) {
	if p.release != nil && !opensAtOnce(name) {
		p.release()
	}
}

func openRepoIn(ctx context.Context, file *os.File) (*repo.Repo, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errNoOrder
	}
	blocks, err := car.OpenFile(file, info.Size(), car.Options{})
	if err != nil {
		return nil, err
	}
	if len(blocks.Roots()) == 0 {
		return nil, fmt.Errorf("the file names no root, and so no commit (RE-31)")
	}
	return repo.Open(ctx, blocks, blocks.Roots()[0])
}

// close closes the file, which was only read.
func (r *repoFile) close() { _ = r.file.Close() }

// line prints one line of cells with tabs between them. They may hold what
// strangers have written, line feeds and tabs as well.
func (p *program) line(cells ...string) error {
	for i, cell := range cells {
		cells[i] = visible.Text(cell)
	}
	return p.print(strings.Join(cells, "\t") + "\n")
}

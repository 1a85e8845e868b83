package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// Commands says which commands a program has.
type Commands int

const (
	// AllCommands is lexgen.
	AllCommands Commands = iota
	// GenOnly has the command gen alone.
	GenOnly
)

// Main runs a command line, args without the program's name, and returns its
// exit status: 0 if all is well, 1 for errors in the input or a stale output, 2
// for a command line that makes no sense, 3 for a bug or an output that cannot
// be written, and 130 after SIGINT or SIGTERM, upon which nothing is half-written. It
// reads the environment and the working directory, and waits for all that it
// starts. The options bring what some commands need.
func Main(commands Commands, args []string, stdout, stderr io.Writer, options ...Option) int {
	ctx, stop := untilSignal(context.Background())
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	w := osWorld()
	if w.inActions() {
		stderr = actionsLog{stderr}
	}
	p := &program{args: args, stdout: stdout, stderr: stderr, world: w, release: letSignalsEnd}
	for _, o := range options {
		o(p)
	}
	err := p.run(ctx, commands)
	if errors.Is(err, context.Canceled) {
		err = &exitError{statusInterrupted, errors.New("interrupted")}
	}
	printError(stderr, err)
	return int(statusOf(err))
}

// untilSignal returns a context that ends when somebody asks the program to end.
func untilSignal(ctx context.Context) (context.Context, context.CancelFunc) {
	return signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
}

// letSignalsEnd lets a signal end the program at once, as if nobody waited for it.
// The context of the run goes on.
func letSignalsEnd() { signal.Reset(os.Interrupt, syscall.SIGTERM) }

// program is one run of a command line.
type program struct {
	args           []string
	stdout, stderr io.Writer
	world          world
	verbose        bool   // say more than is needed
	release        func() // lets a signal end the program at once; may be nil
	follower       Follower
	accounts       Accounts
}

// run parses and executes. A panic is an error, too.
func (p *program) run(ctx context.Context, commands Commands) (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = bug(reason, p.verbose)
		}
	}()
	root := p.root(commands)
	root.SetArgs(p.args)
	return root.ExecuteContext(ctx)
}

// commands returns the constructors of the commands.
func (p *program) commands(which Commands) []func() *cobra.Command {
	if which == GenOnly {
		return []func() *cobra.Command{p.genCommand}
	}
	return []func() *cobra.Command{
		p.genCommand, p.initCommand, p.newCommand, p.fmtCommand, p.lintCommand, p.validateCommand, p.breakingCommand,
		p.ciCommand, p.installCommand, p.statusCommand, p.checkDNSCommand, p.publishCommand, p.unpublishCommand,
		p.repoCommand, p.identityCommand, p.callCommand, p.firehoseCommand, p.explainCommand, p.schemaCommand, p.versionCommand,
	}
}

// Package atpd is the command line of the daemon: settings, logs, signals and exit
// statuses. What the services do stands in their own packages.
package atpd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Exit statuses.
const (
	statusFine    = 0
	statusProblem = 1 // the world is at fault: a store, a file, a port
	statusUsage   = 2 // the command line or the configuration makes no sense
)

const exitHelp = `
Exit statuses:
  0  all is well, a shutdown by SIGTERM or SIGINT included
  1  a store, file or port cannot be used
  2  the command line or the configuration makes no sense`

// Main runs a command line, args without the program's name, and returns its exit
// status. It reads the environment, and waits for all that it starts.
func Main(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	p := &program{stderr: stderr, now: time.Now, after: time.After, environ: os.Environ}
	root := p.root()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	return report(ctx, root.ExecuteContext(ctx), stderr)
}

// report prints an error and returns the exit status. Who was asked to end before all was
// open has no error to tell of.
func report(ctx context.Context, err error, stderr io.Writer) int {
	if err == nil || ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return statusFine
	}
	_, _ = fmt.Fprintln(stderr, "atpd:", err) // what cannot be printed is nobody's to hear of
	if problem, ok := errors.AsType[*problemError](err); ok && problem != nil {
		return statusProblem
	}
	return statusUsage
}

// program is what a run takes from outside.
type program struct {
	stderr  io.Writer
	now     func() time.Time
	after   func(time.Duration) <-chan time.Time
	environ func() []string
}

// problemError is an error of the world. All others are misuse.
type problemError struct{ error }

// Unwrap returns the error.
func (e *problemError) Unwrap() error { return e.error }

func problem(err error) error {
	if err == nil {
		return nil
	}
	return &problemError{err}
}

func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "atpd",
		Short:         "Run services of the AT Protocol network",
		Long:          "atpd runs services of the AT Protocol network.\n" + exitHelp,
		Example:       "  atpd plc --database plc.sqlite\n  atpd relay --hosts pds.example.com",
		Args:          cobra.ArbitraryArgs,
		RunE:          noCommand,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(p.plcCommand(), p.relayCommand())
	return root
}

// noCommand is what atpd without a command, or with an unknown one, does.
func noCommand(root *cobra.Command, args []string) error {
	var names []string
	for _, c := range root.Commands() {
		names = append(names, c.Name())
	}
	if len(args) == 0 {
		return fmt.Errorf("want a command: %s; atpd --help says more", strings.Join(names, ", "))
	}
	return unknown("command", args[0], names)
}

// wants demands one argument, which what names.
func wants(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch len(args) {
		case 0:
			return fmt.Errorf("%s: want %s; --help says more", c.CommandPath(), what)
		case 1:
			return nil
		}
		return fmt.Errorf("%s: want one %s, and there are %d: %s", c.CommandPath(), what, len(args), strings.Join(args, " "))
	}
}

// flagError adds to what is wrong with a flag what may have been meant.
func flagError(c *cobra.Command, err error) error {
	absent, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return err
	}
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
	return unknown("flag", "--"+absent.GetSpecifiedName(), names)
}

// help joins the parts of a long text.
func help(parts ...string) string { return strings.Join(parts, "\n\n") }

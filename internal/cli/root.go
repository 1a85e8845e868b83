package cli

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/templates"
)

// root returns the command that holds all others.
func (p *program) root(commands Commands) *cobra.Command {
	root := &cobra.Command{
		Use:   "lexgen",
		Short: "Turn AT Protocol Lexicon schemas into Go",
		Long:  "lexgen turns AT Protocol Lexicon schemas into Go.",
		Example: `  lexgen gen --lexicons lexicons --out api
  lexgen explain missing-definition`,
		Annotations:   exits(exitFine, exitUsage),
		Args:          cobra.ArbitraryArgs,
		RunE:          noCommand,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	for _, command := range p.commands(commands) {
		root.AddCommand(command())
	}
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.SetHelpTemplate(templates.Help())
	root.SetUsageTemplate(templates.Usage())
	root.SetFlagErrorFunc(flagError)
	describeHelp(root)
	describeCompletion(root, commands)
	return root
}

// noCommand is what lexgen without a command, or with an unknown one, does.
func noCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		root.SetOut(root.ErrOrStderr())
		if err := root.Help(); err != nil {
			return &exitError{statusInternal, err}
		}
		return &exitError{status: statusUsage}
	}
	var names []string
	for _, command := range root.Commands() {
		names = append(names, command.Name())
	}
	return misuse("unknown command %q%s\n%s", args[0], didYouMean(args[0], names), seeHelp(root))
}

// noArguments refuses arguments that are no flags.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return misuse("%s takes no argument, and %q is one\n%s", c.CommandPath(), args[0], seeHelp(c))
}

// flagError adds to what is wrong with a flag what may have been meant.
func flagError(c *cobra.Command, err error) error {
	if bad, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return misuse("%w\n%s", wantedValue(bad), seeHelp(c))
	}
	hint := ""
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		var names []string
		c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if near := diag.Nearest(unknown.GetSpecifiedName(), names, 1); len(near) > 0 {
			hint = fmt.Sprintf("; did you mean --%s?", near[0])
		}
	}
	return misuse("%w%s\n%s", err, hint, seeHelp(c))
}

// wantedValue says what a value of the flag looks like, instead of what a parser thinks
// of this one.
func wantedValue(bad *pflag.InvalidValueError) error {
	want := map[string]string{
		"int": "want a whole number", "int64": "want a whole number", "bool": "want true or false", "duration": "want a time, such as 10s or 2m",
	}[bad.GetFlag().Value.Type()]
	switch {
	case errors.Is(bad, strconv.ErrRange):
		want = "too large a number"
	case want == "":
		return bad
	}
	return fmt.Errorf("--%s %q: %s", bad.GetFlag().Name, bad.GetValue(), want)
}

func didYouMean(name string, candidates []string) string {
	if near := diag.Nearest(name, candidates, 1); len(near) > 0 {
		return fmt.Sprintf("; did you mean %q?", near[0])
	}
	return ""
}

func seeHelp(c *cobra.Command) string { return fmt.Sprintf("see %s --help", c.CommandPath()) }

// The exit statuses as help prints them.
const (
	exitFine        = "  0    all is well, warnings included"
	exitDone        = "  0    all is well"
	exitProblem     = "  1    errors in the input, warnings under --strict, stale files under --check, unreadable sources"
	exitUsage       = "  2    the command line makes no sense"
	exitInternal    = "  3    a bug in lexgen, or an output that cannot be written"
	exitInterrupted = "  130  interrupted; no file is half-written"
	exitStopped     = "  130  interrupted"
)

// exits makes the annotation that help prints.
func exits(lines ...string) map[string]string {
	return map[string]string{templates.ExitKey: strings.Join(lines, "\n")}
}

// describeHelp gives cobra's help command our words.
func describeHelp(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	for _, c := range root.Commands() {
		if c.Name() == "help" {
			c.Short = "Print the help of a command"
			c.Long = "Print the help of a command, the same as its --help."
			c.Example = "  lexgen help gen"
			c.Annotations = exits(exitDone, exitUsage)
			c.RunE = func(c *cobra.Command, args []string) error { return helpOf(root, c, args) }
			c.Run = nil
		}
	}
}

// helpOf prints the help of the command that the arguments name.
func helpOf(root, help *cobra.Command, args []string) error {
	c, rest, err := root.Find(args)
	if err != nil || len(rest) > 0 {
		return misuse("unknown command %q\n%s", strings.Join(args, " "), seeHelp(root))
	}
	c.InitDefaultHelpFlag()
	c.SetOut(help.OutOrStdout())
	return c.Help()
}

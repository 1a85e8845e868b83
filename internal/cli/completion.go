package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// describeCompletion gives cobra's completion command our words, or removes it.
func describeCompletion(root *cobra.Command, commands Commands) {
	if commands == GenOnly {
		root.CompletionOptions.DisableDefaultCmd = true
		return
	}
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() != "completion" {
			continue
		}
		c.Short = "Print a script that completes lexgen's command line in a shell"
		c.Long = c.Short + ".\nThe help of each shell says how to load it."
		c.Example = "  source <(lexgen completion bash)"
		c.Annotations = exits(exitDone, exitUsage)
		c.Args = cobra.ArbitraryArgs
		c.RunE = noShell
		for _, shell := range c.Commands() {
			shell.Short = fmt.Sprintf("Print the script for %s", shell.Name())
			shell.Annotations = exits(exitDone, exitUsage)
		}
	}
}

// noShell is what the completion command does without one of its own commands.
func noShell(c *cobra.Command, args []string) error {
	var shells []string
	for _, shell := range c.Commands() {
		shells = append(shells, shell.Name())
	}
	if len(args) == 0 {
		return misuse("name a shell: %s\n%s", strings.Join(shells, ", "), seeHelp(c))
	}
	return misuse("no completion for %q: want one of %s", args[0], strings.Join(shells, ", "))
}

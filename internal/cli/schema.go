package cli

import (
	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/internal/config"
	"github.com/lexgen/lexgen/parser"
)

func (p *program) schemaCommand() *cobra.Command {
	var ofConfig bool
	c := &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of Lexicon files, or of lexgen.yaml",
		Long: `Print the JSON Schema of Lexicon files, which lexgen checks them with, or that
of lexgen.yaml. Editors use them to complete and to check while typing.`,
		Example: `  lexgen schema > lexicon.schema.json
  lexgen schema --config > lexgen-yaml.schema.json`,
		Annotations: exits(exitDone, exitUsage),
		Args:        noArguments,
	}
	c.Flags().BoolVar(&ofConfig, "config", false, "print the schema of lexgen.yaml")
	c.RunE = func(*cobra.Command, []string) error {
		if ofConfig {
			return p.print(string(config.Schema()))
		}
		return p.print(string(parser.Schema()))
	}
	return c
}

package cli

import (
	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/templates"
)

func (p *program) explainCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "explain [CODE]",
		Short: "Explain a diagnostic, or list all of them",
		Long: `Explain what the diagnostic with a code means, why it matters and what to do,
with an example that has it. The code stands in brackets at the end of the
diagnostic's first line. Without a code all codes are listed.`,
		Example: `  lexgen explain
  lexgen explain missing-definition`,
		Annotations: exits(exitDone, exitUsage),
		Args:        atMostOneCode,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return codeNames(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return p.listCodes()
			}
			return p.explain(c, args[0])
		},
	}
}

func atMostOneCode(c *cobra.Command, args []string) error {
	if len(args) > 1 {
		return misuse("%s takes one code, got %d\n%s", c.CommandPath(), len(args), seeHelp(c))
	}
	return nil
}

func codeNames() []string {
	var names []string
	for _, doc := range diag.Codes() {
		names = append(names, string(doc.Code))
	}
	return names
}

func (p *program) explain(c *cobra.Command, code string) error {
	doc, ok := diag.Lookup(diag.Code(code))
	if !ok {
		return misuse("no diagnostic has the code %q%s\n%s lists all codes", code, didYouMean(code, codeNames()), c.CommandPath())
	}
	return unwritable(templates.Explain(p.stdout, pageOf(doc)))
}

func (p *program) listCodes() error {
	var pages []templates.Page
	for _, doc := range diag.Codes() {
		pages = append(pages, pageOf(doc))
	}
	return unwritable(templates.Codes(p.stdout, pages))
}

// unwritable is the failure of writing to standard output.
func unwritable(err error) error {
	if err == nil {
		return nil
	}
	return &exitError{statusInternal, err}
}

func pageOf(doc diag.Doc) templates.Page {
	page := templates.Page{Code: string(doc.Code), Severity: doc.Severity.String(), Title: doc.Title, Text: doc.Text}
	add := func(heading string, files []diag.ExampleFile) {
		for _, f := range files {
			page.Examples = append(page.Examples, templates.Example{Heading: heading, Path: f.Path, Data: string(f.Data)})
		}
	}
	add("Example", doc.Example)
	add("Mended", doc.Fixed)
	return page
}

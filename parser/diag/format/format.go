// Package format chooses the printer of diagnostics by its name on the command
// line.
package format

import (
	"fmt"
	"strings"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/diag/sarif"
)

// Options is what a printer may need. The zero Options are fine.
type Options struct {
	Color   bool         // text: with terminal colours
	Version string       // sarif: of lexgen
	Locate  diag.Locator // github, sarif: finds files for those who read the output
	Root    string       // sarif: absolute path of the root of the sources
	Instead string       // sarif: path of the file that stands in for the place of what has none
}

// formats are in the order of Names.
var formats = []struct {
	name    string
	printer func(Options) diag.Printer
}{
	{"text", func(o Options) diag.Printer { return diag.Text{Color: o.Color} }},
	{"json", func(Options) diag.Printer { return diag.JSON{} }},
	{"sarif", func(o Options) diag.Printer {
		return sarif.Printer{Version: o.Version, Locate: o.Locate, Root: o.Root, Instead: o.Instead}
	}},
	{"github", func(o Options) diag.Printer { return diag.GitHub{Locate: o.Locate} }},
}

// Names returns the names of all formats, the default first.
func Names() []string {
	names := make([]string, 0, len(formats))
	for _, f := range formats {
		names = append(names, f.name)
	}
	return names
}

// PrinterFor returns the printer of a format, or an error that lists the names.
func PrinterFor(name string, o Options) (diag.Printer, error) {
	for _, f := range formats {
		if f.name == name {
			return f.printer(o), nil
		}
	}
	return nil, fmt.Errorf("unknown format %q, expected one of %s", name, strings.Join(Names(), ", "))
}

package cli

import (
	"fmt"

	"github.com/lexgen/lexgen/codegen/gen"
	"github.com/lexgen/lexgen/parser/diag"
)

// summary says how much there is, and how long it took.
func (g *generation) summary(result *gen.Result) string {
	s := result.Summary
	return fmt.Sprintf("%s, %s, %s, %s in %.2f s",
		count(s.Lexicons, "lexicon", "lexicons"),
		count(s.Packages, "package", "packages"),
		count(s.Files, "file", "files"),
		count(s.Lines, "line", "lines"),
		g.world.now().Sub(g.start).Seconds())
}

// outcome says what happened to the output folder.
func outcome(result *gen.Result) string {
	written, removed := len(result.Written.Written), len(result.Written.Removed)
	if result.Fresh || written+removed == 0 {
		return "up to date"
	}
	return fmt.Sprintf("%d written, %d removed", written, removed)
}

// tally counts diagnostics by severity.
func tally(list []diag.Diagnostic) string {
	errors := 0
	for _, d := range list {
		if d.Severity == diag.Error {
			errors++
		}
	}
	warnings := len(list) - errors
	switch {
	case errors == 0:
		return count(warnings, "warning", "warnings")
	case warnings == 0:
		return count(errors, "error", "errors")
	}
	return count(errors, "error", "errors") + ", " + count(warnings, "warning", "warnings")
}

// count puts a number before the form of a noun that it needs.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

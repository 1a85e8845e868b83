package cli

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lexgen/lexgen/codegen/gen"
	"github.com/lexgen/lexgen/codegen/output"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/diag/format"
)

// choosePrinter takes the printer that --format names, unless there is one.
func (g *generation) choosePrinter() (err error) {
	if g.printer != nil {
		return nil
	}
	options := format.Options{Color: g.world.colour(g.stderr), Version: readBuild().version}
	switch g.flags.format {
	case "github":
		options.Locate = g.world.workspace().locate
	case "sarif":
		top := g.sourceRoot()
		options.Locate, options.Root, options.Instead = top.locate, filepath.ToSlash(top.root), filepath.ToSlash(g.standIn())
	}
	if g.printer, err = format.PrinterFor(g.flags.format, options); err != nil {
		return misuse("--format: %w", err)
	}
	return nil
}

// printDiagnostics writes the diagnostics: text to where everything is told, the formats
// for programs to standard output, a document even if there is nothing in it.
func (g *generation) printDiagnostics(list []diag.Diagnostic) error {
	out := g.stdout
	if _, isText := g.printer.(diag.Text); isText {
		out = g.stderr
	}
	return unwritable(g.printer.Print(out, list))
}

// isForPrograms reports whether programs read the diagnostics in the end, so
// that nothing may be told beside them only.
func (g *generation) isForPrograms() bool {
	printer := g.printer
	if kept, ok := printer.(*keeper); ok {
		printer = kept.printer
	}
	_, isText := printer.(diag.Text)
	return !isText
}

// failed ends a run with an error that is no diagnostic. Programs that read
// diagnostics find the errors of sources among them.
func (g *generation) failed(err error) error {
	if !g.isForPrograms() || statusOf(err) != statusProblem {
		return err
	}
	report := &diag.Report{}
	message, advice, _ := strings.Cut(err.Error(), "\n")
	report.Error(diag.CodeUnreadableFile, nil, message, diag.Help(strings.ReplaceAll(advice, "\n", "; ")))
	return errors.Join(err, g.printDiagnostics(report.Diagnostics()))
}

// refused ends a run whose configuration has errors.
func (g *generation) refused(report *diag.Report) error {
	list := report.Diagnostics()
	if err := g.printDiagnostics(list); err != nil {
		return err
	}
	tellf(g.stderr, "%s; nothing written", tally(list))
	return &exitError{status: statusProblem}
}

// report says what the run found and did, and how it ended.
func (g *generation) report(s *settings, result *gen.Result) error {
	list := result.Report.Diagnostics()
	if err := g.printDiagnostics(slices.Concat(list, g.staleFiles(s, result.Stale))); err != nil {
		return err
	}
	g.tellHidden(result.Hidden)
	g.tellProgram(result.Program)
	switch {
	case result.Program == nil && !result.Fresh:
		tellf(g.stderr, "%s; nothing written", verdict(list))
		return &exitError{status: statusProblem}
	case g.flags.compare:
		return g.reportCheck(s, result, list)
	}
	g.tellFiles(s, result)
	tellf(g.stderr, "%s; %s", g.summary(result), outcome(result))
	return strictness(s, list)
}

// verdict says why a run that was to write did not.
func verdict(list []diag.Diagnostic) string {
	isError := func(d diag.Diagnostic) bool { return d.Severity == diag.Error }
	if slices.ContainsFunc(list, isError) {
		return tally(list)
	}
	return tally(list) + ", and the run is strict"
}

// strictness fails for warnings under --strict.
func strictness(s *settings, list []diag.Diagnostic) error {
	if !s.strict || len(list) == 0 {
		return nil
	}
	return &exitError{statusProblem, errors.New(verdict(list))}
}

// reportCheck lists what is stale, and says how to mend it.
func (g *generation) reportCheck(s *settings, result *gen.Result, list []diag.Diagnostic) error {
	stale := result.Stale
	if stale.Empty() {
		tellf(g.stderr, "%s; up to date", g.summary(result))
		return strictness(s, list)
	}
	var lines []string
	for _, group := range groupsOf(stale) {
		for _, p := range group.paths {
			lines = append(lines, fmt.Sprintf("%s %s", group.what, path.Join(s.printedOut(), p)))
		}
	}
	tellf(g.stderr, "%s stale:\n  %s", count(len(lines), "file is", "files are"), strings.Join(lines, "\n  "))
	tellf(g.stderr, "%s; to mend: %s", g.summary(result), g.mendingCommand())
	return &exitError{status: statusProblem}
}

// staleGroup are files that are stale for one reason.
type staleGroup struct {
	what, message string
	paths         []string
}

func groupsOf(stale output.Stale) []staleGroup {
	return []staleGroup{
		{"missing", "the generated file is missing", stale.Missing},
		{"changed", "the generated file is not what the lexicons say", stale.Changed},
		{"surplus", "the file was generated, and no lexicon asks for it any more", stale.Surplus},
	}
}

// staleFiles says for programs what reportCheck tells people.
func (g *generation) staleFiles(s *settings, stale output.Stale) []diag.Diagnostic {
	if !g.isForPrograms() {
		return nil
	}
	report := &diag.Report{}
	for _, group := range groupsOf(stale) {
		for _, p := range group.paths {
			file := diag.NewFile(path.Join(s.printedOut(), p), nil)
			report.Error(diag.CodeStaleOutput, diag.Span{File: file}, group.message, diag.Help(g.mendingCommand()+" mends it"))
		}
	}
	return report.Diagnostics()
}

// mendingCommand is the command line without --check.
func (g *generation) mendingCommand() string {
	words := []string{"lexgen"}
	for _, arg := range g.args {
		if name, _, _ := strings.Cut(arg, "="); name != "--check" {
			words = append(words, shellWord(arg))
		}
	}
	return strings.Join(words, " ")
}

// shellWord quotes an argument for a POSIX shell.
func shellWord(arg string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./=:@+,%", r)
	}
	if arg != "" && strings.IndexFunc(arg, func(r rune) bool { return !plain(r) }) < 0 {
		return arg
	}
	return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
}

package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/internal/config"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/diag/format"
	"github.com/lexgen/lexgen/parser/jsontree"
	"github.com/lexgen/lexgen/parser/lexfmt"
	"github.com/lexgen/lexgen/resolver"
	"github.com/lexgen/lexgen/templates"
)

const fmtLong = `Give Lexicon files their canonical form: the keywords in their order, two spaces
of indentation, short objects and arrays on one line. Definitions, properties and
values keep their order, unknown keys come last, and an object that is begun on a
new line stays open. No value changes.

Folders are searched for *.json files. Without PATH the files and folders are
formatted that lexgen.yaml names as sources, excluded ones included; - formats
standard input to standard output. A file is replaced at once and only if it
changes, and a symbolic link to it stays one. One with an error in its JSON, and
one that is no lexicon, is left alone.`

const fmtExample = `  lexgen fmt
  lexgen fmt --check
  lexgen fmt --diff lexicons/com/example
  lexgen fmt - < post.json`

// The exit statuses of fmt as help prints them.
const (
	exitFormatted   = "  0    all files are formatted"
	exitUnformatted = "  1    errors in JSON, files to be formatted under --check, unreadable files"
	exitUnwritable  = "  3    a bug in lexgen, or a file that cannot be written"
)

func (p *program) fmtCommand() *cobra.Command {
	f := &formatting{generation: &generation{program: p}, report: &diag.Report{}}
	c := &cobra.Command{
		Use:         "fmt [PATH...]",
		Short:       "Give Lexicon files their canonical form",
		Long:        fmtLong,
		Example:     fmtExample,
		Annotations: exits(exitFormatted, exitUnformatted, exitUsage, exitUnwritable, exitInterrupted),
		Args:        cobra.ArbitraryArgs,
	}
	f.define(c)
	c.RunE = func(c *cobra.Command, args []string) error { return f.run(c, args) }
	return c
}

// formatting is one run of fmt. It takes lexgen.yaml and the printer from the
// same flags as gen.
type formatting struct {
	*generation

	check, diff bool
	report      *diag.Report
	unformatted diag.Report // of files under --check
	files       int
	changed     []string // paths
}

// stdinName stands for standard input, as argument and in diagnostics.
const stdinName = "-"

// define declares the flags.
func (f *formatting) define(c *cobra.Command) {
	c.Flags().SortFlags = false
	s := c.Flags()
	s.StringVar(&f.flags.config, "config", "", "read this `FILE` instead of looking for lexgen.yaml")
	s.BoolVar(&f.check, "check", false, "write nothing, list the files that would change, and fail if there are any")
	s.BoolVar(&f.diff, "diff", false, "write nothing, and print what would change")
	s.StringVar(&f.flags.format, "format", "text", "print diagnostics in this `FORMAT`: text (to stderr), json, sarif or github (to stdout)")
	complete(c, "format", format.Names()...)
}

func (f *formatting) run(c *cobra.Command, args []string) error {
	if err := f.choosePrinter(); err != nil {
		return err
	}
	if len(args) == 1 && args[0] == stdinName {
		return f.standardInput(c.InOrStdin())
	}
	sources, err := f.sources(c, args)
	if err != nil {
		return f.failed(err)
	}
	files, err := filesOf(c.Context(), sources)
	if err != nil {
		return f.failed(err)
	}
	for _, file := range files {
		if c.Context().Err() != nil {
			return context.Cause(c.Context())
		}
		if err := f.file(file); err != nil {
			return f.failed(err)
		}
	}
	return f.finish()
}

// sources returns what the arguments name, or else what lexgen.yaml does.
func (f *formatting) sources(c *cobra.Command, args []string) ([]resolver.Source, error) {
	if len(args) == 0 {
		return f.configured(c)
	}
	for _, arg := range args {
		switch {
		case arg == stdinName:
			return nil, misuse("%s is standard input, and stands alone", stdinName)
		case !isLocal(arg):
			return nil, misuse("%s cannot be formatted: it is no file or folder", arg)
		}
	}
	sources, err := sourcesOf(args)
	return hiding(sources, configuredAuxiliary(f.flags.config)), err
}

// isLocal reports whether a source is a file or folder.
func isLocal(text string) bool {
	return !strings.HasPrefix(text, "go:") && !strings.HasPrefix(text, "git:")
}

// configured returns the files and folders among the sources of lexgen.yaml.
func (f *formatting) configured(c *cobra.Command) ([]resolver.Source, error) {
	path := f.flags.config
	if path == "" {
		found, err := config.Find(".")
		if err != nil {
			return nil, &exitError{statusProblem, err}
		}
		if path = found; path == "" {
			return nil, misuse("no %s here or above, and no PATH that says what to format\n%s", config.FileName, seeHelp(c))
		}
	}
	configuration, err := f.readConfig(c.Context(), path, f.report)
	if err != nil || f.report.HasErrors() {
		return nil, err
	}
	taken := fromConfig{settings: newSettings(), config: configuration, report: f.report}
	var sources []resolver.Source
	for _, source := range configuration.Sources {
		if !isLocal(source.Value) {
			continue
		}
		if local, ok := taken.files(source); ok {
			sources = append(sources, local)
		}
	}
	if f.report.HasErrors() {
		return nil, nil
	}
	// What is installed is of others, and in the form in which it was published.
	installed := placeOf(configuration, &diag.Report{}).pinnedPaths()
	return hiding(sources, slices.Concat(auxiliaryPaths(configuration), installed)), nil
}

// filesOf reads the files of the sources. One that has several paths is there
// once, by its own path rather than by that of a symbolic link.
func filesOf(ctx context.Context, sources []resolver.Source) ([]resolver.File, error) {
	var all []resolver.File
	for _, source := range sources {
		files, err := source.Files(ctx)
		if err != nil {
			return nil, statusOfRun(err, "")
		}
		all = append(all, files...)
	}
	own := map[string]bool{} // paths through no link
	for _, file := range all {
		if path, isLink := realPath(file.Path); !isLink {
			own[path] = true
		}
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(file resolver.File) bool {
		path, isLink := realPath(file.Path)
		if seen[path] || isLink && own[path] {
			return true
		}
		seen[path] = true
		return false
	}), nil
}

// realPath returns the absolute path of a file without symbolic links, and whether
// the file itself is one. What cannot be followed has its own path.
func realPath(name string) (path string, isLink bool) {
	name = filepath.FromSlash(name)
	folder, err := filepath.Abs(filepath.Dir(name))
	if err == nil {
		folder, err = filepath.EvalSymlinks(folder)
	}
	if err != nil {
		return name, false
	}
	own := filepath.Join(folder, filepath.Base(name))
	if path, err = filepath.EvalSymlinks(own); err != nil {
		return own, false
	}
	return path, path != own
}

// file formats one file.
func (f *formatting) file(file resolver.File) error {
	text := f.formatted(file)
	if text == nil || bytes.Equal(text, file.Data) {
		return nil
	}
	f.changed = append(f.changed, file.Path)
	switch {
	case f.diff:
		return f.printDiff(file.Path, file.Data, text)
	case f.check:
		f.reportUnformatted(file, text)
		return nil
	}
	if err := config.Replace(filepath.FromSlash(file.Path), text); err != nil {
		return &exitError{statusInternal, fmt.Errorf("write %s: %w", file.Path, err)}
	}
	return nil
}

// reportUnformatted says where a file begins to differ from its canonical form,
// unless the file is listed as text.
func (f *formatting) reportUnformatted(file resolver.File, canonical []byte) {
	if _, isText := f.printer.(diag.Text); isText {
		return
	}
	same := 0
	for same < min(len(file.Data), len(canonical)) && file.Data[same] == canonical[same] {
		same++
	}
	line := diag.Span{File: diag.NewFile(file.Path, file.Data), Start: bytes.LastIndexByte(file.Data[:same], '\n') + 1, End: len(file.Data)}
	if length := bytes.IndexByte(file.Data[line.Start:], '\n'); length >= 0 {
		line.End = line.Start + length
	}
	f.unformatted.Error(diag.CodeUnformatted, line, "from this line on the file is not in canonical form", diag.Help("lexgen fmt formats it"))
}

// formatted returns the text that a file should have, or nil if it is left
// alone, with the reason in the report.
func (f *formatting) formatted(file resolver.File) []byte {
	f.files++
	if file.Err != nil {
		f.report.Error(diag.CodeUnreadableFile, diag.Span{File: diag.NewFile(file.Path, nil)}, file.Err.Error())
		return nil
	}
	return lexfmt.Format(diag.NewFile(file.Path, file.Data), f.report)
}

// printDiff prints what would change.
func (f *formatting) printDiff(path string, before, after []byte) error {
	name := templates.VisibleLine(path)
	return f.show(string(diff.Diff(name, before, name+" (formatted)", after)))
}

// show prints text of files: as it is for programs, visible on a terminal, and
// without commands in a log that is searched for them.
func (p *program) show(text string) error {
	if p.world.isTerminal(p.stdout) {
		text = templates.Visible(text)
	}
	if p.world.inActions() {
		text = withoutCommands(text)
	}
	return p.print(text)
}

// standardInput formats standard input to standard output. There is no output
// if it cannot be formatted.
func (f *formatting) standardInput(in io.Reader) error {
	src, err := io.ReadAll(io.LimitReader(in, jsontree.MaxSize+1))
	if err != nil {
		return f.failed(&exitError{statusProblem, fmt.Errorf("read standard input: %w", err)})
	}
	text := f.formatted(resolver.File{Path: "stdin", Data: src})
	if text != nil && !bytes.Equal(text, src) {
		f.changed = append(f.changed, "stdin")
	}
	switch {
	case text == nil:
		if err := f.finish(); err != nil {
			return err
		}
		return &exitError{status: statusProblem} // no lexicon, and so nothing to pass on
	case f.diff:
		if err := f.printDiff("stdin", src, text); err != nil {
			return err
		}
	case f.check && !bytes.Equal(text, src):
		f.reportUnformatted(resolver.File{Path: "stdin", Data: src}, text)
	case !f.check:
		return f.print(string(text))
	}
	return f.finish()
}

// finish prints what was found and ends the run. The list of --check is what
// was asked for, unless diagnostics in a format for programs are.
func (f *formatting) finish() error {
	printed := &diag.Report{}
	printed.Merge(f.report)
	printed.Merge(&f.unformatted)
	if err := f.printDiagnostics(printed.Diagnostics()); err != nil {
		return err
	}
	if _, isText := f.printer.(diag.Text); isText && f.check && !f.diff {
		for _, path := range f.changed {
			if err := f.show(templates.VisibleLine(path) + "\n"); err != nil {
				return err
			}
		}
	}
	return f.outcome()
}

// outcome says how many files there were and decides the exit status.
func (f *formatting) outcome() error {
	told := fmt.Sprintf("%s, %d formatted", count(f.files, "file", "files"), len(f.changed))
	if f.check || f.diff {
		told = fmt.Sprintf("%s, %d to be formatted", count(f.files, "file", "files"), len(f.changed))
	}
	switch {
	case f.report.HasErrors():
		return &exitError{statusProblem, fmt.Errorf("%s, %s", told, tally(f.report.Diagnostics()))}
	case f.check && len(f.changed) > 0:
		return &exitError{statusProblem, errors.New(told)}
	}
	tellf(f.stderr, "%s", told)
	return nil
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/diag/format"
	"github.com/lexgen/lexgen/resolver/validate"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/syntax"
)

const validateLong = `Validate files that hold one record each, in JSON or in CBOR, against the
lexicons that their $type names. Other objects with a $type are held against
theirs, unless --key says that they are records.

The sources of the lexicons stand in lexgen.yaml, which is looked for as gen does,
or are named by --lexicons. Every violation is reported, with its path in the
record and, in JSON, with its line and column. Of the lexicons only errors are
reported, and only of those that the records need.

A file is CBOR if its name ends in .cbor or it begins as CBOR records do, and JSON
otherwise. The file - is standard input.`

const validateExample = `  lexgen validate record.json
  lexgen validate --lexicons lexicons --key 3jui7kd54zh2y post.json
  lexgen validate --lenient --format json archive/*.cbor
  lexgen repo get alice.car app.bsky.actor.profile/self | lexgen validate -`

// The exit statuses of validate as help prints them.
const (
	exitValid   = "  0    all records fit their lexicons"
	exitInvalid = "  1    violations, errors in lexicons, unreadable files or sources"
)

func (p *program) validateCommand() *cobra.Command {
	v := &validation{generation: &generation{program: p}}
	c := &cobra.Command{
		Use:         "validate FILE...",
		Short:       "Validate records against their lexicons",
		Long:        validateLong,
		Example:     validateExample,
		Annotations: exits(exitValid, exitInvalid, exitUsage, exitStopped),
		Args:        cobra.ArbitraryArgs,
	}
	v.define(c)
	c.RunE = func(c *cobra.Command, args []string) error { return v.run(c, args) }
	return c
}

// validation is one run of validate. It takes the sources and the printer from
// the same flags as gen.
type validation struct {
	*generation

	key     string
	lenient bool
	report  *diag.Report
	data    []*validate.Data
}

// define declares the flags.
func (v *validation) define(c *cobra.Command) {
	c.Flags().SortFlags = false
	v.defineLexicons(c)
	s := c.Flags()
	s.StringVar(&v.key, "key", "", "check that the record may have this `KEY`; for one file")
	s.BoolVar(&v.lenient, "lenient", false, "pass over what records of older software have wrong")
	s.StringVar(&v.flags.format, "format", "text", "print diagnostics in this `FORMAT`: text (to stderr), json, sarif or github (to stdout)")
	complete(c, "format", format.Names()...)
}

func (v *validation) run(c *cobra.Command, files []string) error {
	if err := v.check(c, files); err != nil {
		return err
	}
	if err := v.choosePrinter(); err != nil {
		return err
	}
	v.report = &diag.Report{}
	for _, file := range files {
		v.read(c.InOrStdin(), file)
	}
	if err := v.validate(c.Context()); err != nil {
		return v.failed(err)
	}
	return v.finish(len(files))
}

// check refuses a command line that makes no sense, and finds lexgen.yaml.
func (v *validation) check(c *cobra.Command, files []string) error {
	switch {
	case len(files) == 0:
		return misuse("%s needs a file\n%s", c.CommandPath(), seeHelp(c))
	case c.Flags().Changed("key") && v.key == "":
		return misuse("--key is empty; leave it out if the key does not matter")
	case v.key != "" && len(files) > 1:
		return misuse("--key is the key of one record, and there are %d files", len(files))
	}
	return v.findLexicons(c)
}

// read reads one file of data, or in.
func (v *validation) read(in io.Reader, name string) {
	path, content, err := contentOf(in, name)
	if err != nil {
		v.report.Error(diag.CodeUnreadableFile, diag.Span{File: diag.NewFile(path, nil)}, reasonOf(err))
		return
	}
	if d := validate.Read(path, content, v.report); d != nil {
		v.data = append(v.data, d)
	}
}

// contentOf reads a file of data, or in if its name says so, up to a little more than
// the largest that is validated. path is what messages call it.
func contentOf(in io.Reader, name string) (path string, content []byte, err error) {
	const limit = validate.MaxSize + 1
	if name == stdinName {
		content, err = io.ReadAll(io.LimitReader(in, limit))
		return "stdin", content, err
	}
	content, err = readUpTo(name, limit)
	return filepath.ToSlash(name), content, err
}

// reasonOf leaves out the path, which is the place of the diagnostic.
func reasonOf(err error) string {
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		return failed.Err.Error()
	}
	return err.Error()
}

// readUpTo reads at most that many bytes of a file.
func readUpTo(name string, limit int64) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(file, limit))
	return content, errors.Join(err, file.Close())
}

// validate loads the lexicons and holds the data against them. Without data
// there is no need of lexicons.
func (v *validation) validate(ctx context.Context) error {
	if len(v.data) == 0 {
		return nil
	}
	var types []string
	for _, d := range v.data {
		types = append(types, d.Type)
	}
	graph, err := v.graph(ctx, types, v.report)
	if graph == nil {
		return err
	}
	schemas := validate.New(graph)
	var opts []lex.ValidateOption
	if v.lenient {
		opts = append(opts, lex.Lenient())
	}
	for _, d := range v.data {
		schemas.Report(d, syntax.RecordKey(v.key), v.report, opts...)
	}
	return nil
}

// finish prints what was found and ends the run.
func (v *validation) finish(files int) error {
	list := v.report.Diagnostics()
	if err := v.printDiagnostics(list); err != nil {
		return err
	}
	if v.report.HasErrors() {
		return &exitError{statusProblem, fmt.Errorf("%s in %s", tally(list), count(files, "file", "files"))}
	}
	tellf(v.stderr, "%s, no violations", count(files, "file", "files"))
	return nil
}

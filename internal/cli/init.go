package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/mod/module"

	"github.com/lexgen/lexgen/codegen/ir"
	"github.com/lexgen/lexgen/internal/config"
	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/templates"
)

const initLong = `Set up a Go project with lexicons in the working directory. NSID is that of the
first lexicon, a record. What is written:

  lexgen.yaml                     what to generate from what
  lexicons/...                    the first lexicon
  api/generate.go                 the folder of generated code, with its go:generate line
  .github/workflows/lexicons.yml  a check of every change
  .vscode/                        settings that complete and check lexicons while typing
  go.mod                          only with --module

Files that exist stay as they are.`

const initExample = `  lexgen init com.example.notes.note --module example.com/notes
  go get -tool github.com/lexgen/lexgen/cmd/lexgen
  go generate ./...`

func (p *program) initCommand() *cobra.Command {
	i := &initialization{delivery: delivery{program: p}}
	c := &cobra.Command{
		Use:         "init NSID",
		Short:       "Set up a Go project with lexicons",
		Long:        initLong,
		Example:     initExample,
		Annotations: exits(exitDone, exitUsage, exitUnwritable),
		Args:        cobra.ArbitraryArgs,
	}
	c.Flags().SortFlags = false
	c.Flags().StringVar(&i.module, "module", "", "write a go.mod for the module `IMPORTPATH`")
	c.Flags().BoolVar(&i.official, "official", true, "refer to the official lexicons, a Go module that is fetched once")
	i.define(c)
	c.RunE = func(c *cobra.Command, args []string) error { return i.run(c, args) }
	return c
}

// initialization is one run of init.
type initialization struct {
	delivery

	id       string
	module   string // empty if there is a go.mod at or above the working directory
	official bool
}

func (i *initialization) run(c *cobra.Command, args []string) error {
	if len(args) > 1 {
		return misuse("%s takes one NSID, and %q is one more\n%s", c.CommandPath(), args[1], seeHelp(c))
	}
	if err := i.settle(c, args); err != nil {
		return err
	}
	files, err := i.drafts()
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := i.deliverOrKeep(f); err != nil {
			return err
		}
	}
	if !i.dryRun {
		tellf(i.stderr, "next:\n  go get -tool %s/cmd/lexgen\n  go generate ./...", modulePath)
	}
	return nil
}

// settle takes the NSID and the module from the command line, or asks for what
// is missing.
func (i *initialization) settle(c *cobra.Command, args []string) error {
	here, err := os.Getwd()
	if err != nil {
		return &exitError{statusProblem, err}
	}
	if len(args) > 0 {
		i.id = args[0]
		if err := checkNSID(i.id); err != nil {
			return &exitError{statusUsage, err}
		}
	}
	if i.module != "" {
		if err := checkModule(i.module); err != nil {
			return misuse("--module: %w", err)
		}
	}
	needsModule := i.module == "" && moduleRoot(here) == ""
	if i.id != "" && !needsModule {
		return nil
	}
	return i.ask(i.questions(c), c, needsModule)
}

func (i *initialization) ask(q *questions, c *cobra.Command, needsModule bool) (err error) {
	switch {
	case q == nil && i.id == "":
		return misuse("%s needs the NSID of the first lexicon, such as com.example.notes.note\n%s", c.CommandPath(), seeHelp(c))
	case q == nil:
		return misuse("no go.mod here or above: give the import path of the project with --module, such as --module example.com/notes")
	}
	if i.id == "" {
		if i.id, err = q.ask("NSID of the first lexicon, such as com.example.notes.note", "", checkNSID); err != nil {
			return err
		}
	}
	if needsModule {
		i.module, err = q.ask("Import path of the project, such as example.com/notes", "", checkModule)
	}
	return err
}

// checkModule refuses what is no path of a module.
func checkModule(text string) error { return module.CheckImportPath(text) }

// drafts returns the files of the project.
func (i *initialization) drafts() ([]draft, error) {
	prefix := authorityPrefix(i.id)
	files, err := templates.NewProject(templates.Project{
		Module: i.module, Prefix: prefix, Package: packageFor(prefix), Official: i.official,
	})
	if err != nil {
		return nil, &exitError{statusInternal, err}
	}
	var list []draft
	for _, f := range files {
		if f.Path != templates.GoModPath || i.module != "" {
			list = append(list, draft{path: f.Path, data: f.Data})
		}
	}
	record := templates.Lexicon{Kind: "record", ID: i.id, Key: "tid"}
	record.Description = describeRecord(record)
	lexicon, err := lexiconDraft(record, "lexicons")
	return append(list, lexicon,
		draft{path: ".vscode/lexicon.schema.json", data: parser.Schema()},
		draft{path: ".vscode/lexgen-yaml.schema.json", data: config.Schema()},
	), err
}

// packageFor returns a folder for the package of the lexicons under a prefix,
// the last segment, or nothing if that is no name for a package or there are
// only two.
func packageFor(prefix string) string {
	segments := syntax.NSID(prefix).Segments()
	last := segments[len(segments)-1]
	if len(segments) < 3 || last == "api" {
		return ""
	}
	if err := (ir.Options{Packages: map[string]string{prefix: last}}).Check(); err != nil {
		return ""
	}
	return last
}

// deliverOrKeep writes a file unless there is one. That of go.mod is never
// replaced.
func (i *initialization) deliverOrKeep(f draft) error {
	name := filepath.FromSlash(f.path)
	_, err := os.Lstat(name)
	switch {
	case i.dryRun:
	case err == nil && f.path == templates.GoModPath:
		tellf(i.stderr, "kept %s, which exists already", f.path)
		return nil
	case err == nil && !i.force:
		tellf(i.stderr, "kept %s, which exists already; --force replaces it", f.path)
		return nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return &exitError{statusInternal, fmt.Errorf("%s: %s", f.path, strings.TrimSpace(reasonOf(err)))}
	}
	return i.deliver(f)
}

package cli

import (
	"fmt"
	"maps"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/codegen/ir"
	"github.com/lexgen/lexgen/parser/diag/format"
	"github.com/lexgen/lexgen/resolver"
)

// genFlags are the flags of gen.
type genFlags struct {
	config            string
	lexicons          []string
	selects, excludes []string
	out, module       string
	packages, imports []string
	docs, format      string
	compare, strict   bool
	updateSums        bool
	verbose           bool

	// What check makes of the texts above.
	mode                ir.DocMode
	packageOf, importOf map[string]string

	changed func(name string) bool // whether a flag was given
}

// define declares the flags.
func (f *genFlags) define(c *cobra.Command) {
	c.Flags().SortFlags = false
	s := c.Flags()
	s.StringVar(&f.config, "config", "", "read this `FILE` instead of looking for lexgen.yaml")
	s.StringArrayVar(&f.lexicons, "lexicons", nil, "read schemas from `SOURCE`: DIR, FILE or go:MODULE@VERSION/PATH (repeatable)")
	s.StringArrayVar(&f.selects, "select", nil, "generate only what `PATTERN` names, and what that needs: NSID, NSID#NAME, PREFIX.* (repeatable)")
	s.StringArrayVar(&f.excludes, "exclude", nil, "leave out the files that `PATTERN` names: NSID, PREFIX.*, or a glob of paths (repeatable)")
	s.StringVar(&f.out, "out", ".", "write below `DIR`")
	s.StringVar(&f.module, "module", "", "the `IMPORTPATH` of --out; found in the nearest go.mod if absent")
	s.StringArrayVar(&f.packages, "package", nil, "put the lexicons under an NSID prefix into a folder below --out, as in `PREFIX=DIR` (repeatable)")
	s.StringArrayVar(&f.imports, "import", nil, "generate nothing for an NSID prefix, a package has it: `PREFIX=IMPORTPATH` (repeatable)")
	s.StringVar(&f.docs, "docs", "full", "write documentation comments in this `MODE`: full, structure or none")
	s.BoolVar(&f.compare, "check", false, "write nothing, and fail if something would change")
	s.BoolVar(&f.strict, "strict", false, "fail on warnings, and warn of files whose path does not agree with their id")
	s.BoolVar(&f.updateSums, "update-sums", false, "record the sums of Go modules in lexgen.yaml before generating")
	s.StringVar(&f.format, "format", "text", "print diagnostics in this `FORMAT`: text (to stderr), json, sarif or github (to stdout)")
	s.BoolVarP(&f.verbose, "verbose", "v", false, "say which files are hidden, which names clash, and which files are written")
	complete(c, "docs", "full", "structure", "none")
	complete(c, "format", format.Names()...)
}

// complete makes a shell offer the values of a flag.
func complete(c *cobra.Command, flag string, values ...string) {
	fixed := cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
	if err := c.RegisterFlagCompletionFunc(flag, fixed); err != nil {
		panic(fmt.Sprintf("cli: completion of --%s: %v", flag, err)) // no such flag: a bug in define
	}
}

// check refuses flags that contradict each other.
func (f *genFlags) check() error {
	switch {
	case len(f.lexicons) > 0 && f.config != "":
		return misuse("--lexicons and --config exclude each other: with --lexicons no lexgen.yaml is read")
	case len(f.lexicons) > 0 && f.updateSums:
		return misuse("--update-sums writes into lexgen.yaml, and with --lexicons none is read")
	case f.compare && f.updateSums:
		return misuse("--check writes nothing, and --update-sums writes: use one of them")
	case f.out == "":
		return misuse("--out is empty: name a folder, or leave it out for the working directory")
	}
	mode, err := ir.ParseDocMode(f.docs)
	if err != nil {
		return misuse("--docs: %w", err)
	}
	f.mode = mode
	if err := f.readPrefixes(); err != nil {
		return err
	}
	return f.checkPatterns()
}

// checkPatterns refuses patterns that are none.
func (f *genFlags) checkPatterns() error {
	for _, text := range f.selects {
		if _, err := resolver.ParsePattern(text); err != nil {
			return misuse("--select: %w", err)
		}
	}
	for _, text := range f.excludes {
		if err := checkExclusion(text); err != nil {
			return misuse("--exclude: %w", err)
		}
	}
	return nil
}

// apply puts the flags over what lexgen.yaml says.
func (f *genFlags) apply(s *settings) {
	if f.changed("select") {
		for _, pattern := range s.selects {
			delete(s.places, pattern)
		}
		s.selects = f.selects
	}
	if f.changed("exclude") {
		for _, text := range s.excludes {
			delete(s.places, "exclude "+text)
		}
		s.excludes = f.excludes
	}
	if f.changed("out") {
		s.out = f.out
	}
	if f.changed("module") {
		s.packages.Module = f.module
	}
	if f.changed("docs") {
		s.packages.Docs = f.mode
	}
	if f.changed("strict") {
		s.strict = f.strict
	}
	for prefix := range f.packageOf {
		delete(s.places, "packages "+prefix)
	}
	for prefix := range f.importOf {
		delete(s.places, "imports "+prefix)
	}
	f.applyPrefixes(&s.packages)
}

// applyPrefixes adds --package and --import. Each wins over both maps of
// lexgen.yaml for its prefix.
func (f *genFlags) applyPrefixes(o *ir.Options) {
	for prefix := range f.packageOf {
		delete(o.Imports, prefix)
	}
	for prefix := range f.importOf {
		delete(o.Packages, prefix)
	}
	maps.Copy(o.Packages, f.packageOf)
	maps.Copy(o.Imports, f.importOf)
}

// readPrefixes reads --package and --import.
func (f *genFlags) readPrefixes() (err error) {
	if f.packageOf, err = pairs("package", "DIR", f.packages); err != nil {
		return err
	}
	f.importOf, err = pairs("import", "IMPORTPATH", f.imports)
	return err
}

// pairs reads the values PREFIX=VALUE of a repeated flag.
func pairs(flag, valueName string, texts []string) (map[string]string, error) {
	values := map[string]string{}
	for _, text := range texts {
		prefix, value, ok := strings.Cut(text, "=")
		if !ok || prefix == "" || value == "" {
			return nil, misuse("--%s %q: want PREFIX=%s", flag, text, valueName)
		}
		if earlier, twice := values[prefix]; twice && earlier != value {
			return nil, misuse("--%s: prefix %s has two values, %s and %s", flag, prefix, earlier, value)
		}
		values[prefix] = value
	}
	return values, nil
}

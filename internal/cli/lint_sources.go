package cli

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/internal/config"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
	"github.com/lexgen/lexgen/resolver/lint"
)

// prepare finds out what is looked at, what is there for references, and which
// levels hold.
func (l *linting) prepare(c *cobra.Command, args []string) error {
	for _, arg := range args {
		if !isLocal(arg) {
			return misuse("%s is no file or folder: lint looks at what can be edited, and takes other sources with --lexicons", arg)
		}
	}
	named, err := sourcesOf(args)
	if err != nil {
		return err
	}
	others, err := l.others(c, len(args) > 0)
	if err != nil {
		return err
	}
	if l.baseline != "" {
		l.hidden = append(l.hidden, l.baseline)
		others = hiding(others, l.hidden)
	}
	l.sources = slices.Concat(hiding(named, l.hidden), others)
	l.partial = len(args) > 0
	looked := named
	if !l.partial {
		looked = others
	}
	for _, source := range looked {
		if name := filepath.ToSlash(source.Name()); isLocal(name) {
			l.covered = append(l.covered, strings.TrimRight(name, "/"))
		}
	}
	return nil
}

// others returns the sources that --lexicons or lexgen.yaml name; there may be
// none if the arguments name some.
func (l *linting) others(c *cobra.Command, named bool) ([]resolver.Source, error) {
	l.levels = lint.Levels{}
	if len(l.flags.lexicons) > 0 {
		return sourcesOf(l.flags.lexicons)
	}
	path := l.flags.config
	if path == "" {
		found, err := config.Find(".")
		if err != nil {
			return nil, &exitError{statusProblem, err}
		}
		path = found
	}
	switch {
	case path == "" && named:
		return nil, nil
	case path == "":
		return nil, misuse("no %s here or above, and no PATH that says what to look at\n%s", config.FileName, seeHelp(c))
	}
	s := newSettings()
	configuration, err := l.readConfig(c.Context(), path, l.report)
	if err != nil || l.report.HasErrors() {
		return nil, err
	}
	s.fromConfig(configuration, l.report)
	l.excludes = s.excludes
	l.configure(configuration)
	return s.sources, nil
}

// configure takes from lexgen.yaml the levels, the baseline, and what is none of
// the lexicons.
func (l *linting) configure(c *config.Config) {
	l.hidden = auxiliaryPaths(c)
	l.pinned = map[string]bool{}
	for _, path := range absolute(placeOf(c, &diag.Report{}).pinnedPaths()) {
		l.pinned[path] = true
	}
	for _, e := range c.Lint.Rules {
		level, err := lint.ParseLevel(e.Value.Value)
		if err == nil {
			err = l.levels.Set(diag.Code(e.Key.Value), level)
		}
		if err != nil {
			var names []string
			for _, code := range lint.Codes() {
				names = append(names, string(code))
			}
			l.report.Error(diag.CodeConfigInvalid, e.Key, "lint.rules: "+err.Error(), diag.Suggest(nearestName(e.Key.Value, names)))
		}
	}
	if l.baseline == "" && c.Lint.Baseline.Present() {
		l.baseline = c.Path(c.Lint.Baseline.Value)
	}
}

// nearestName returns the name that was probably meant, or "".
func nearestName(name string, names []string) string {
	for _, near := range diag.Nearest(name, names, 1) {
		return near
	}
	return ""
}

// covers reports whether a file is one of those that are looked at. An installed one
// is so only if it is named itself.
func (l *linting) covers(path string) bool {
	for _, name := range l.covered {
		if path == name {
			return true
		}
		if strings.HasPrefix(path, name+"/") {
			return !l.isPinned(path)
		}
	}
	return false
}

// isPinned reports whether a file is an installed lexicon.
func (l *linting) isPinned(path string) bool {
	if len(l.pinned) == 0 {
		return false
	}
	abs, err := filepath.Abs(filepath.FromSlash(path))
	return err == nil && l.pinned[filepath.ToSlash(abs)]
}

// agreeing leaves out that a path does not agree with an id where only the part
// of the path was printed that an argument has.
func (l *linting) agreeing(problems *diag.Report) *diag.Report {
	agreeing := &diag.Report{}
	for _, d := range problems.Diagnostics() {
		if d.Code != diag.CodePathMismatch || !wholePathAgrees(d.Span) {
			agreeing.Add(d)
		}
	}
	return agreeing
}

// wholePathAgrees compares the id at a span with the absolute path of its file.
func wholePathAgrees(at diag.Span) bool {
	path, err := filepath.Abs(filepath.FromSlash(at.Path()))
	id := strings.Trim(string(at.File.Source()[at.Start:at.End]), `"`)
	want := fmt.Sprintf("/%s.json", strings.ReplaceAll(id, ".", "/"))
	return err == nil && strings.HasSuffix(filepath.ToSlash(path), want)
}

package cli

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/semver"

	"github.com/lexgen/lexgen/codegen/gonames"
	"github.com/lexgen/lexgen/codegen/ir"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
	"github.com/lexgen/lexgen/resolver/breaking"
	"github.com/lexgen/lexgen/resolver/validate"
)

// further does what --data and --go ask for.
func (b *breakingRun) further(s *settings, old, is *lexicons) error {
	b.holdData(breaking.Data{Old: validate.New(old.graph), New: validate.New(is.graph)})
	if !b.goNames {
		return nil
	}
	return b.compareGo(s, old, is)
}

// holdData holds the records of --data against both versions, and counts them.
func (b *breakingRun) holdData(schemas breaking.Data) {
	for _, name := range b.data {
		file := filepath.ToSlash(name)
		content, err := readUpTo(name, validate.MaxSize+1)
		if err != nil {
			b.report.Error(diag.CodeUnreadableFile, diag.Span{File: diag.NewFile(file, nil)}, reasonOf(err))
			continue
		}
		if d := validate.Read(file, content, b.report); d != nil {
			was, is := schemas.Report(d, b.report)
			b.held[validity{was, is}]++
		}
	}
}

// validity is which version takes a record.
type validity struct{ old, new bool }

// tellData says how many records were held against both versions, and how many
// of them each takes. Those that neither takes are reported nowhere else.
func (b *breakingRun) tellData() {
	if len(b.data) == 0 {
		return
	}
	all := 0
	for _, n := range b.held {
		all += n
	}
	tellf(b.stderr, "%s held against both versions; %d valid under both, %d under the older one only, %d under the newer one only, %d under neither",
		count(all, "record", "records"), b.held[validity{true, true}], b.held[validity{true, false}], b.held[validity{false, true}], b.held[validity{}])
}

// compareGo compares the names of generated code, those of a commit under the
// options of its own lexgen.yaml. Where a version has errors there is none.
func (b *breakingRun) compareGo(s *settings, old, is *lexicons) error {
	if len(old.errors())+len(is.errors()) > 0 {
		tellf(b.stderr, "no Go names are compared, because of the errors")
		return nil
	}
	before, err := programOf(cmp.Or(b.then, s), old)
	if err != nil {
		return err
	}
	after, err := programOf(s, is)
	if err != nil {
		return err
	}
	gonames.Diagnostics(gonames.Compare(gonames.Version{Graph: old.graph, Program: before}, gonames.Version{Graph: is.graph, Program: after}), b.report)
	return nil
}

// programOf decides about the Go code of a version, as gen does. The import path
// of the output does not matter to names.
func programOf(s *settings, l *lexicons) (*ir.Program, error) {
	options := s.packages
	options.Module = cmp.Or(options.Module, "example.com/lexicons")
	program, err := ir.Build(l.graph, resolver.Select(l.graph, s.selects, &diag.Report{}), options)
	if err != nil {
		return nil, &exitError{statusProblem, fmt.Errorf("%s: %w", strings.Join(l.own, ", "), err)}
	}
	return program, nil
}

// finish prints what was found and ends the run.
func (b *breakingRun) finish(s *settings, old, is *lexicons, found *breaking.Report) error {
	if b.markdown {
		if err := b.print(markdown(b.against, found, b.nextVersion(found.Advice()))); err != nil {
			return err
		}
	}
	found.Diagnostics(b.report)
	list := b.report.Diagnostics()
	if err := b.printDiagnostics(list); err != nil {
		return err
	}
	b.tellFindings(found)
	b.tellData()
	tellf(b.stderr, "%s compared with %d in %s; %s; %s", count(is.count(b.chooses(is)), "lexicon", "lexicons"),
		old.count(b.chooses(old)), b.against, totals(found), b.nextVersion(found.Advice()))
	switch {
	case b.report.HasErrors():
		return &exitError{statusProblem, errors.New(tally(list))}
	case s.strict && len(list) > 0:
		return &exitError{statusProblem, fmt.Errorf("%s, and the run is strict", tally(list))}
	}
	return nil
}

// tellFindings says under -v what is not among the diagnostics.
func (b *breakingRun) tellFindings(found *breaking.Report) {
	if !b.verbose {
		return
	}
	for _, f := range found.Findings {
		switch {
		case f.Suppressed != nil:
			tellf(b.stderr, "accepted until %s: %s\n%s", f.Suppressed.Until.Format(time.DateOnly), f.Message(), f.Suppressed.Reason)
		case f.Verdict == breaking.Compatible:
			tellf(b.stderr, "compatible: %s", f.Message())
		}
	}
}

// totals counts the findings by verdict.
func totals(found *breaking.Report) string {
	var parts []string
	for _, v := range []breaking.Verdict{breaking.Breaking, breaking.Risky, breaking.Compatible} {
		all, accepted := found.Count(v)
		part := fmt.Sprintf("%d %s", all, v)
		if accepted > 0 {
			part += fmt.Sprintf(" (%d accepted)", accepted)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}

// nextVersion says which version the lexicons should get: the next one, if the
// version that is compared with is a number, else the part that changes.
func (b *breakingRun) nextVersion(advice breaking.Advice) string {
	if b.partly && advice != breaking.Major {
		return "what the next version is cannot be said before all can be read"
	}
	if advice == breaking.None {
		return "no new version is needed"
	}
	if next := successorOf(versionIn(b.against), advice); next != "" {
		return "the next version is " + next
	}
	return "the next version is a " + advice.String() + " one"
}

// versionIn returns the version that a source names, empty if it names none.
func versionIn(source string) string {
	version := ""
	if ref, ok := strings.CutPrefix(source, "git:"); ok {
		version, _, _ = strings.Cut(ref, ":")
		version = version[strings.LastIndexByte(version, '/')+1:] // tags of nested modules
	} else if _, versioned, ok := strings.Cut(source, "@"); ok && isModule(source) {
		version, _, _ = strings.Cut(versioned, "/")
	}
	if !semver.IsValid(version) {
		return ""
	}
	return semver.Canonical(version)
}

// successorOf returns the next version, empty if there is none before. Below
// v1 the minor number is the one that says that something broke.
func successorOf(version string, advice breaking.Advice) string {
	var major, minor, patch int
	if _, err := fmt.Sscanf(version, "v%d.%d.%d", &major, &minor, &patch); err != nil {
		return ""
	}
	if major == 0 && advice != breaking.Patch {
		advice--
		if advice == breaking.Minor {
			return fmt.Sprintf("v0.%d.0", minor+1)
		}
	}
	switch advice {
	case breaking.Major:
		return fmt.Sprintf("v%d.0.0", major+1)
	case breaking.Minor:
		return fmt.Sprintf("v%d.%d.0", major, minor+1)
	default:
		return fmt.Sprintf("v%d.%d.%d", major, minor, patch+1)
	}
}

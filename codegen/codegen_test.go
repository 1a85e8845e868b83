package codegen_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/lexgen/lexgen/codegen"
	"github.com/lexgen/lexgen/codegen/ir"
	"github.com/lexgen/lexgen/internal/golden"
	"github.com/lexgen/lexgen/internal/gotest"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
)

// texts is a source made of file names and texts.
type texts map[string]string

func (texts) Name() string { return "in" }

func (s texts) Files(context.Context) ([]resolver.File, error) {
	var files []resolver.File
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if strings.HasSuffix(name, ".json") {
			files = append(files, resolver.File{Path: name, Rel: name, Data: []byte(s[name])})
		}
	}
	return files, nil
}

// compiled is what the pipeline makes of some texts. Program is nil after an
// error.
type compiled struct {
	report  *diag.Report
	program *ir.Program
}

func compile(t testing.TB, files texts, opts ir.Options, patterns ...string) compiled {
	t.Helper()
	graph, selection, report := link(t, files, patterns...)
	c := compiled{report: report}
	if report.HasErrors() {
		return c
	}
	var err error
	if c.program, err = ir.Build(graph, selection, opts); err != nil {
		t.Fatal(err)
	}
	return c
}

// link reads, links and selects.
func link(t testing.TB, files texts, patterns ...string) (*resolver.Graph, *resolver.Selection, *diag.Report) {
	t.Helper()
	report := &diag.Report{}
	set, err := resolver.Load(t.Context(), []resolver.Source{files}, report, resolver.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	graph := resolver.Link(set, report)
	selection := resolver.Select(graph, patterns, report)
	return graph, selection, selection.Demote(report)
}

// settings reads the options of a golden case: lines of NAME VALUE.
func settings(t testing.TB, text string) (ir.Options, []string) {
	t.Helper()
	opts := ir.Options{Module: "example.com/out", Packages: map[string]string{}, Imports: map[string]string{}, Names: map[string]string{}}
	var patterns []string
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		key, val, _ := strings.Cut(value, "=")
		switch name {
		case "module":
			opts.Module = value
		case "package":
			opts.Packages[key] = val
		case "import":
			opts.Imports[key] = val
		case "name":
			opts.Names[key] = val
		case "docs":
			mode, err := ir.ParseDocMode(value)
			if err != nil {
				t.Fatal(err)
			}
			opts.Docs = mode
		case "cbor":
			mode, err := ir.ParseCBORMode(value)
			if err != nil {
				t.Fatal(err)
			}
			opts.CBOR = mode
		case "select":
			patterns = append(patterns, value)
		default:
			t.Fatalf("unknown setting %q", name)
		}
	}
	if err := opts.Check(); err != nil {
		t.Fatal(err)
	}
	return opts, patterns
}

// TestGolden generates each case's lexicons and compares all that comes out:
// diagnostics, decisions and files.
func TestGolden(t *testing.T) {
	t.Parallel()
	golden.Run(t, "testdata", func(t *testing.T, c *golden.Case) {
		opts, patterns := settings(t, c.In["settings.txt"])
		result := compile(t, c.In, opts, patterns...)
		var stderr bytes.Buffer
		if err := (diag.Text{}).Print(&stderr, result.report.Diagnostics()); err != nil {
			t.Fatal(err)
		}
		if result.program == nil {
			c.Output("diagnostics.txt", stderr.String())
			return
		}
		stderr.WriteString(decisions(result.program))
		if stderr.Len() > 0 {
			c.Output("diagnostics.txt", stderr.String())
		}
		files, err := codegen.Generate(result.program, codegen.Emitters())
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			c.Output(file.Path, string(file.Data))
		}
	})
}

// decisions says what the layout and the names had to decide.
func decisions(p *ir.Program) string {
	var b strings.Builder
	for _, m := range p.Merges {
		fmt.Fprintf(&b, "merged %s into %s:\n", strings.Join(m.Prefixes, ", "), m.Into.Path)
		for _, ref := range m.Because {
			fmt.Fprintf(&b, "\t%s refers to %s\n", ref.From, ref.To)
		}
	}
	for _, r := range p.Renames {
		fmt.Fprintf(&b, "renamed %s from %s to %s: %s has it\n", r.ID, r.Wanted, r.Got, r.Occupant)
	}
	for _, id := range p.Unpinned {
		fmt.Fprintf(&b, "unused name for %s\n", id)
	}
	return b.String()
}

// TestGoldenOutputBuildsAndVets compiles the files of all golden cases.
func TestGoldenOutputBuildsAndVets(t *testing.T) {
	t.Parallel()
	m := gotest.NewModule(t, "example.com")
	archives := goldenArchives(t)
	for _, name := range slices.Sorted(maps.Keys(archives)) {
		for _, file := range archives[name].Files {
			goFile, ok := strings.CutPrefix(file.Name, "out/")
			if ok && strings.HasSuffix(goFile, ".go") {
				// Each case is the module example.com/out; give each its own.
				text := strings.ReplaceAll(string(file.Data), `"example.com/out`, `"example.com/`+name)
				m.Write(t, name+"/"+goFile, text)
			}
		}
	}
	m.Go(t, "", "build", "./...")
	m.Go(t, "", "vet", "./...")
}

func goldenArchives(t testing.TB) map[string]*txtar.Archive {
	t.Helper()
	archives, err := golden.Archives("testdata")
	if err != nil {
		t.Fatal(err)
	}
	return archives
}

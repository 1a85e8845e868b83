package lint_test

import (
	"bytes"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
	"github.com/lexgen/lexgen/resolver/lint"
)

// check holds a source against the rules.
func check(t testing.TB, source resolver.Source, o lint.Options) *lint.Result {
	t.Helper()
	problems := &diag.Report{}
	set, err := resolver.Load(t.Context(), []resolver.Source{source}, problems, resolver.LoadOptions{Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	return lint.Run(resolver.Link(set, problems), problems, o)
}

// folder makes a source of files by path.
func folder(files map[string][]byte) resolver.Source {
	fsys := fstest.MapFS{}
	for path, text := range files {
		fsys[path] = &fstest.MapFile{Data: text}
	}
	return resolver.FS("in", fsys)
}

// example makes the files of an example a source.
func example(files []diag.ExampleFile) map[string][]byte {
	all := map[string][]byte{}
	for _, f := range files {
		all[f.Path] = f.Data
	}
	return all
}

// codesOf returns the codes of findings, each once and sorted.
func codesOf(findings []lint.Finding) []string {
	var codes []string
	for _, f := range findings {
		codes = append(codes, string(f.Code))
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// render prints the findings as text.
func render(t testing.TB, printer diag.Printer, result *lint.Result) string {
	t.Helper()
	report := &diag.Report{}
	result.Report(report)
	var b bytes.Buffer
	if err := printer.Print(&b, report.Diagnostics()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Package gen runs the whole pipeline: sources in, Go files out.
//
// Run reads the sources (package resolver), links and selects, decides (package
// ir), prints (package codegen) and writes (package output). Diagnostics about
// the schemas are part of the result; the error is for everything else. If a
// diagnostic is an error, or if there is any in a strict run, nothing is
// written.
package gen

import (
	"bytes"
	"context"
	"fmt"

	"github.com/lexgen/lexgen/codegen"
	"github.com/lexgen/lexgen/codegen/ir"
	"github.com/lexgen/lexgen/codegen/output"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
)

// Config says what to generate and where. Sources and Out are required.
type Config struct {
	Sources []resolver.Source // an id in an earlier one hides a later one
	Select  []string          // patterns of what to generate; none means everything
	Exclude []string          // patterns of what to leave out of the sources
	// Places says where a pattern of Select or an id of Packages.Names is
	// written, if that is in a file, so that it can be shown there; and with the
	// name of the key before them, as in "exclude com.example.*", those of
	// exclusions and of prefixes. Exclusions of one place mean the same.
	Places   map[string]diag.Span
	Out      string            // output folder
	Packages ir.Options        // where packages lie and how things are called
	Strict   bool              // report what is only a matter of order, too, and write nothing if there is a warning
	Check    bool              // compare instead of writing
	Emitters []codegen.Emitter // none means codegen.Emitters

	// Stamps lets a run with nothing to do end at once; the zero value never.
	Stamps output.Stamps
	// Fingerprint stands for everything that decides about the output besides
	// the fields above: the version of lexgen. Without one Stamps are not used.
	Fingerprint string
	// Progress, if set, is told what is about to be done.
	Progress func(step string)
}

// Result is what a run found and did.
type Result struct {
	Report  *diag.Report      // all diagnostics
	Hidden  []resolver.Hidden // files that an earlier source hides
	Program *ir.Program       // nil if a diagnostic is an error, or if nothing was to do
	Summary Summary
	Written output.Result // unless Check is set
	Stale   output.Stale  // if Check is set
	Fresh   bool          // nothing was to do, and nothing was looked at beyond hashes
}

// Summary counts what was generated.
type Summary struct {
	Lexicons, Packages, Files, Lines int
}

// Run runs the pipeline. Errors of type *output.Error concern the output
// folder; others concern sources, options or the context.
func Run(ctx context.Context, c Config) (*Result, error) {
	r := &run{Config: c, result: &Result{Report: &diag.Report{}}}
	if err := c.Packages.Check(); err != nil {
		return nil, err
	}
	if err := r.do(ctx); err != nil {
		return nil, err
	}
	return r.result, nil
}

type run struct {
	Config
	result *Result
	key    string // hash of all inputs, empty if there is no shortcut
}

func (r *run) do(ctx context.Context) error {
	r.step("reading")
	sources, err := read(ctx, r.Sources)
	if err != nil {
		return err
	}
	if r.fresh(ctx, sources) {
		r.result.Fresh = true
		return nil
	}
	if err := r.link(ctx, sources); err != nil || r.result.Program == nil {
		return err
	}
	r.step("printing")
	emitters := r.Emitters
	if emitters == nil {
		emitters = codegen.Emitters()
	}
	files, err := codegen.Generate(r.result.Program, emitters)
	if err != nil {
		return err
	}
	r.result.Summary = summarize(r.result.Program, files)
	return r.finish(files)
}

// link runs the steps that find mistakes in schemas. It makes the program if
// there is none that forbids it.
func (r *run) link(ctx context.Context, sources []resolver.Source) error {
	r.step("parsing")
	report := r.result.Report
	set, err := resolver.Load(ctx, sources, report, resolver.LoadOptions{Strict: r.Strict, Exclude: r.Exclude})
	if err != nil {
		return err
	}
	r.result.Hidden = set.Hidden
	r.step("linking")
	graph := resolver.Link(set, report)
	if len(graph.Lexicons) == 0 && !report.HasErrors() {
		report.Error(diag.CodeSelectionEmpty, nil, "there is no lexicon in the sources, or all are excluded",
			diag.Help("name a folder or file that has some"))
	}
	selection := resolver.SelectAt(graph, r.selectors(), report)
	r.result.Report = selection.Demote(report)
	if r.refused() {
		return nil
	}
	program, err := ir.Build(graph, selection, r.Packages)
	if err != nil {
		r.result.Report.Error(diag.CodeConfigInvalid, nil, err.Error())
		return nil
	}
	for _, id := range program.Unpinned {
		r.result.Report.Warning(diag.CodeNamePinUnused, r.Places[id], fmt.Sprintf("names: %s is no definition of these lexicons", id),
			diag.Help("remove the entry or correct its id"))
	}
	r.reportIdle(set.IdleExclusions, graph)
	if !r.refused() {
		r.result.Program = program
	}
	return nil
}

// selectors returns the patterns of Select with their places.
func (r *run) selectors() []resolver.Selector {
	list := make([]resolver.Selector, len(r.Select))
	for i, pattern := range r.Select {
		list[i] = resolver.Selector{Pattern: pattern, At: r.Places[pattern]}
	}
	return list
}

// refused reports whether a diagnostic forbids to generate: an error, or
// anything at all in a strict run.
func (r *run) refused() bool {
	report := r.result.Report
	return report.HasErrors() || r.Strict && report.Len() > 0
}

// finish compares or writes the files.
func (r *run) finish(files []codegen.File) (err error) {
	r.step("writing")
	if r.Check {
		r.result.Stale, err = output.Check(r.Out, files)
		return err
	}
	if r.result.Written, err = output.Write(r.Out, files); err != nil {
		return err
	}
	if r.key != "" && r.result.Report.Len() == 0 {
		_ = r.Stamps.Save(r.Out, r.key, r.result.Summary) // costs only the shortcut
	}
	return nil
}

func (r *run) step(name string) {
	if r.Progress != nil {
		r.Progress(name)
	}
}

func summarize(p *ir.Program, files []codegen.File) Summary {
	s := Summary{Lexicons: p.Lexicons, Packages: len(p.Packages), Files: len(files)}
	for _, file := range files {
		s.Lines += bytes.Count(file.Data, []byte("\n"))
	}
	return s
}

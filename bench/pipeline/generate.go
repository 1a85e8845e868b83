package pipeline

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/lexgen/lexgen/bench/measure"
	"github.com/lexgen/lexgen/bench/report"
)

// Names of the ways that are compared, and of the modules that they fill.
const (
	ours      = "lexgen"
	unchanged = "lexgen, unchanged"
	theirs    = "indigo"
	same      = "lexgen, the same schemas"
)

// Rounds of work that takes seconds.
const (
	generateRounds = 7
	compileRounds  = 5
)

// Generate compares generating code for all official schemas. Indigo's
// generator stops at some of the newest: it gets those that it comes with, and
// lexgen gets these, too, for the ratio. The peer still has to run cbor-gen
// afterwards, which is not counted.
func (w *Workshop) Generate(ctx context.Context) []report.Comparison {
	all := report.Comparison{
		Rounds: generateRounds,
		Variants: []measure.Variant{
			w.generating(ctx, ours, ours, w.lexicons, true),
			w.generating(ctx, unchanged, "unchanged", w.lexicons, false),
		},
		Rows: []report.Row{
			{Work: "generate all official lexicons, cold", Ours: ours, Limit: 800 * time.Millisecond},
			{Work: "generate them, nothing changed", Ours: unchanged, Limit: 100 * time.Millisecond},
		},
	}
	pinned := report.Comparison{
		Rounds: generateRounds,
		Variants: []measure.Variant{
			w.generating(ctx, same, "same", w.pinned, true),
			{Name: theirs, Children: true, Run: func(int) error { return w.generateIndigo(ctx) }},
		},
		Rows: []report.Row{{Work: "generate the lexicons of indigo, cold", Ours: same, Theirs: theirs}},
	}
	return []report.Comparison{all, pinned}
}

// generating runs lexgen into a folder, which is emptied first if it shall be
// cold.
func (w *Workshop) generating(ctx context.Context, name, folder, lexicons string, cold bool) measure.Variant {
	out := filepath.Join(w.dir, folder, "gen")
	return measure.Variant{Name: name, Children: true, Run: func(int) error {
		if cold {
			if err := os.RemoveAll(out); err != nil {
				return err
			}
		}
		return run(ctx, w.dir, w.lexgen, "gen", "--lexicons", lexicons, "--out", out, "--module", "example.com/"+folder+"/gen")
	}}
}

// generateIndigo runs indigo's generator, which writes below its working
// folder into those of its configuration.
func (w *Workshop) generateIndigo(ctx context.Context) error {
	dir := filepath.Join(w.dir, "indigo-output")
	for _, name := range []string{"atproto", "bsky", "chat", "ozone"} {
		if err := os.MkdirAll(filepath.Join(dir, "api", name), 0o755); err != nil {
			return err
		}
	}
	return run(ctx, dir, w.indigo, w.config, w.pinned)
}

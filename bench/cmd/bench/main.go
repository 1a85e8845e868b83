// Command bench measures lexgen beside its peers and prints one table. It is
// run in the folder of its module:
//
//	go run ./cmd/bench
//
// First it proves that everybody does the same work, and fails if not. With
// all defaults it takes some four minutes. Figures are worth comparing within
// one run only.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/lexgen/lexgen/bench/codec"
	"github.com/lexgen/lexgen/bench/fanout"
	"github.com/lexgen/lexgen/bench/identity"
	"github.com/lexgen/lexgen/bench/measure"
	"github.com/lexgen/lexgen/bench/pipeline"
	"github.com/lexgen/lexgen/bench/recording"
	"github.com/lexgen/lexgen/bench/report"
	"github.com/lexgen/lexgen/bench/repository"
	"github.com/lexgen/lexgen/bench/sync"
	"github.com/lexgen/lexgen/bench/xrpc"
)

// settings are what the flags say.
type settings struct {
	options measure.Options
	rows    *regexp.Regexp
	shared  string
}

func main() {
	s, err := parse()
	if err == nil {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		err = bench(ctx, s, os.Stdout, os.Stderr)
		stop()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func parse() (settings, error) {
	var s settings
	flag.IntVar(&s.options.Rounds, "rounds", 21, "how often each variant is measured")
	flag.DurationVar(&s.options.Slice, "slice", 40*time.Millisecond, "processor time of one measurement")
	flag.StringVar(&s.shared, "shared", "../shared", "folder with the official lexicons and the recording of the network, seen from the checkout")
	rows := flag.String("rows", "", "regular expression for the rows to measure; all if empty")
	flag.Parse()
	var err error
	if s.rows, err = regexp.Compile(*rows); err != nil {
		return s, fmt.Errorf("-rows: %w", err)
	}
	return s, nil
}

// bench writes the table to out and progress to log.
func bench(ctx context.Context, s settings, out, log io.Writer) error {
	comparisons, err := codec.Comparisons()
	if err != nil {
		return fmt.Errorf("not everybody does the same work: %w", err)
	}
	dir, err := os.MkdirTemp("", "lexgen-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a folder of temporary files is left
	slow, err := pipelineComparisons(ctx, dir, s)
	if err != nil {
		return err
	}
	var lines []report.Line
	add := func(all ...report.Comparison) error {
		for _, comparison := range all {
			more, err := run(comparison, s, log)
			if err != nil {
				return err
			}
			lines = append(lines, more...)
		}
		return nil
	}
	if err := add(append(comparisons, slow...)...); err != nil {
		return err
	}
	if err := planned(ctx, s, add); err != nil {
		return err
	}
	identities, err := identity.Comparisons() // last, because while they are in memory every collection pays for them
	if err != nil {
		return fmt.Errorf("not everybody does the same work: %w", err)
	}
	if err := add(identities...); err != nil {
		return err
	}
	calls, closeAll, err := xrpc.Comparisons()
	if err != nil {
		return fmt.Errorf("not everybody does the same work: %w", err)
	}
	defer closeAll()
	if err := add(calls...); err != nil {
		return err
	}
	for _, plan := range fanout.Plans() {
		if !wanted([]report.Row{plan.Row}, s.rows) {
			continue
		}
		comparison, closeSockets, err := plan.Prepare(ctx)
		if err != nil {
			return err
		}
		err = add(comparison)
		closeSockets()
		if err != nil {
			return err
		}
	}
	if err := report.WriteMachine(out); err != nil {
		return err
	}
	return report.WriteTable(out, lines)
}

// planned adds the comparisons whose values are made when their turn comes.
func planned(ctx context.Context, s settings, add func(...report.Comparison) error) error {
	for _, plan := range repository.Plans() {
		if !wanted(plan.Rows, s.rows) {
			continue
		}
		comparison, err := plan.Prepare(ctx)
		if err != nil {
			return fmt.Errorf("not everybody does the same work: %w", err)
		}
		if err := add(comparison); err != nil {
			return err
		}
	}
	if !s.rows.MatchString(sync.Work) {
		return nil
	}
	comparison, err := sync.Verification(ctx, recording.In(filepath.Join("..", s.shared)))
	if err != nil {
		return fmt.Errorf("%s: %w", sync.Work, err)
	}
	return add(comparison)
}

// run measures a comparison if it is wanted.
func run(comparison report.Comparison, s settings, log io.Writer) ([]report.Line, error) {
	if !wanted(comparison.Rows, s.rows) {
		return nil, nil
	}
	if _, err := fmt.Fprintln(log, comparison.Rows[0].Work); err != nil {
		return nil, fmt.Errorf("tell the progress: %w", err)
	}
	return comparison.Run(s.options)
}

// pipelineComparisons prepares generating and compiling if any of that is
// wanted.
func pipelineComparisons(ctx context.Context, dir string, s settings) ([]report.Comparison, error) {
	if !s.rows.MatchString("generate") && !s.rows.MatchString("compile") {
		return nil, nil
	}
	workshop, err := pipeline.New(ctx, dir, s.shared)
	if err != nil {
		return nil, err
	}
	compile, err := workshop.Compile(ctx)
	if err != nil {
		return nil, err
	}
	return append(workshop.Generate(ctx), compile), nil
}

// wanted reports whether one of the rows is.
func wanted(rows []report.Row, names *regexp.Regexp) bool {
	return slices.ContainsFunc(rows, func(row report.Row) bool { return names.MatchString(row.Work) })
}

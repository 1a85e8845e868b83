package pipeline

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/lexgen/lexgen/bench/measure"
	"github.com/lexgen/lexgen/bench/report"
)

// Compile compares building all that lexgen generated with building indigo's
// packages, which have fewer features. What both import is built already.
func (w *Workshop) Compile(ctx context.Context) (report.Comparison, error) {
	// The files are there: Generate has run, or runs now.
	if err := w.generating(ctx, ours, ours, w.lexicons, true).Run(1); err != nil {
		return report.Comparison{}, err
	}
	if err := w.copyIndigo(); err != nil {
		return report.Comparison{}, fmt.Errorf("copy the packages of indigo: %w", err)
	}
	lines, err := countLines(filepath.Join(w.dir, ours, "gen"))
	if err != nil {
		return report.Comparison{}, err
	}
	return report.Comparison{
		Rounds:   compileRounds,
		Variants: []measure.Variant{w.compiling(ctx, ours), w.compiling(ctx, theirs)},
		Rows: []report.Row{
			{Work: fmt.Sprintf("compile what was generated (%d lines)", lines), Ours: ours, Theirs: theirs, Limit: 8 * time.Second},
		},
	}, nil
}

// compiling builds a module whose files are all new to the build cache: their
// last line counts the builds.
func (w *Workshop) compiling(ctx context.Context, name string) measure.Variant {
	dir := filepath.Join(w.dir, name)
	builds := 0
	return measure.Variant{Name: name, Children: true, Run: func(int) error {
		builds++
		line := fmt.Sprintf("\n// Build %d of %s.\n", builds, filepath.Base(w.dir))
		if err := eachGoFile(dir, func(text []byte) []byte {
			if at := bytes.LastIndex(text, []byte("\n// Build ")); at >= 0 {
				text = text[:at]
			}
			return append(text, line...)
		}); err != nil {
			return err
		}
		return run(ctx, dir, "go", "build", "./...")
	}}
}

// copyIndigo copies the packages that indigo generated into the module for
// them, so that they import each other there.
func (w *Workshop) copyIndigo() error {
	to := filepath.Join(w.dir, theirs, "api")
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	if err := os.CopyFS(to, os.DirFS(w.api)); err != nil {
		return err
	}
	return eachGoFile(to, func(text []byte) []byte {
		return bytes.ReplaceAll(text, []byte(`"`+indigoModule+"/api/"), []byte(`"example.com/`+theirs+"/api/"))
	})
}

// eachGoFile replaces the text of all Go files below dir.
func eachGoFile(dir string, change func(text []byte) []byte) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close() //nolint:errcheck // files are closed one by one
	return fs.WalkDir(root.FS(), ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(file, ".go") {
			return err
		}
		text, err := root.ReadFile(file)
		if err != nil {
			return err
		}
		return root.WriteFile(file, change(text), 0o644)
	})
}

func countLines(dir string) (count int, err error) {
	err = eachGoFile(dir, func(text []byte) []byte {
		count += bytes.Count(text, []byte("\n"))
		return text
	})
	return count, err
}

package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/lexgen/lexgen/internal/config"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/jsontree"
	"github.com/lexgen/lexgen/resolver/lint"
	"github.com/lexgen/lexgen/templates"
)

// readBaseline reads the baseline. One that is to be written need not be there.
func (l *linting) readBaseline(to *diag.Report) (*lint.Baseline, []byte) {
	path := filepath.ToSlash(l.baseline)
	text, err := readUpTo(l.baseline, jsontree.MaxSize+1)
	switch {
	case errors.Is(err, fs.ErrNotExist) && l.accept != "":
		return &lint.Baseline{}, nil
	case err != nil:
		to.Error(diag.CodeUnreadableFile, diag.Span{File: diag.NewFile(path, nil)}, reasonOf(err), diag.Help("lexgen lint --accept REASON writes it"))
		return &lint.Baseline{}, nil
	}
	return lint.ReadBaseline(diag.NewFile(path, text), to), text
}

// acceptKnown sets aside what the baseline accepts.
func (l *linting) acceptKnown(found *diag.Report) {
	if l.baseline == "" {
		return
	}
	baseline, _ := l.readBaseline(found)
	if found.HasErrors() {
		return
	}
	baseline.Accept(l.result, found)
	if !l.verbose {
		return
	}
	for _, f := range l.result.Accepted {
		at, _ := f.Span.Range()
		tellf(l.stderr, "accepted %s:%d:%d: %s [%s]: %s", templates.VisibleLine(f.Span.Path()), at.Line, at.Column, f.Message, f.Code, f.Reason)
	}
}

// acceptAll writes what was found into the baseline, and reports what cannot be
// accepted.
func (l *linting) acceptAll() error {
	if l.baseline == "" {
		return misuse("--accept needs a baseline: name one with --baseline, or with lint: baseline: in %s", config.FileName)
	}
	old, before := l.readBaseline(l.report)
	if l.report.HasErrors() {
		return nil
	}
	text := old.With(l.result, l.accept)
	if !slices.Equal(before, text) {
		if err := l.writeBaseline(text); err != nil {
			return &exitError{statusInternal, fmt.Errorf("write %s: %w", l.baseline, err)}
		}
	}
	lint.ReadBaseline(diag.NewFile(filepath.ToSlash(l.baseline), text), l.report).Accept(l.result, l.report)
	l.result.Report(l.report)
	return nil
}

// writeBaseline makes the file or replaces it.
func (l *linting) writeBaseline(text []byte) error {
	if _, err := os.Stat(l.baseline); errors.Is(err, fs.ErrNotExist) {
		return os.WriteFile(l.baseline, text, 0o666)
	}
	return config.Replace(l.baseline, text)
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/lexgen/lexgen/codegen/output"
	"github.com/lexgen/lexgen/internal/visible"
	"github.com/lexgen/lexgen/templates"
)

// status is how a run ended, as its exit status.
type status int

const (
	statusFine        status = 0
	statusProblem     status = 1 // the input has errors, or the output is stale
	statusUsage       status = 2 // the command line makes no sense
	statusInternal    status = 3 // lexgen or the output folder is at fault
	statusInterrupted status = 130
)

// exitError is an error that knows the exit status it leads to. Without a cause
// everything has been said.
type exitError struct {
	status status
	cause  error
}

func (e *exitError) Error() string {
	if e.cause == nil {
		return fmt.Sprintf("exit status %d", e.status)
	}
	return e.cause.Error()
}

func (e *exitError) Unwrap() error { return e.cause }

// misuse is a failure of the command line, with a way out.
func misuse(format string, args ...any) error {
	return &exitError{statusUsage, fmt.Errorf(format, args...)}
}

// sourceError is a source that could not be read.
type sourceError struct{ error }

func (e *sourceError) Unwrap() error { return e.error }

// statusOf sorts the errors of a run. Errors of the commands' parser have no
// type of ours; all others do.
func statusOf(err error) status {
	if err == nil {
		return statusFine
	}
	if errors.Is(err, context.Canceled) {
		return statusInterrupted
	}
	if f, ok := errors.AsType[*exitError](err); ok {
		return f.status
	}
	return statusUsage
}

// statusOfRun sorts the errors of the pipeline. What is neither a source's nor
// that of the output folder, out, is a bug of ours.
func statusOfRun(err error, out string) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	if _, ok := errors.AsType[*sourceError](err); ok {
		return &exitError{statusProblem, err}
	}
	if _, ok := errors.AsType[*output.Error](err); ok {
		return &exitError{statusInternal, fmt.Errorf("output folder %s: %w", out, err)}
	}
	return &exitError{statusInternal, fmt.Errorf("%w\n%s", err, reportAdvice)}
}

// reportAdvice says what to do about a bug of ours.
const reportAdvice = "this is a bug in lexgen: please report it at https://github.com/lexgen/lexgen/issues, with the schema and the output of lexgen version"

// printError prints an error for people: each of several joined ones behind
// the name of the program, further lines of one indented.
func printError(w io.Writer, err error) {
	if e, ok := err.(*exitError); ok { //nolint:errorlint // of this error alone, not of those that are joined in it
		err = e.cause
	}
	if err == nil {
		return
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			printError(w, e)
		}
		return
	}
	tellf(w, "%s", strings.ReplaceAll(strings.TrimSpace(err.Error()), "\n", "\n  "))
}

// tell prints one line, or one with indented ones below, behind the program's
// name. What cannot be printed is nobody's to hear of.
func tellf(w io.Writer, format string, args ...any) {
	_, _ = io.WriteString(w, "lexgen: "+templates.Visible(fmt.Sprintf(format, args...))+"\n")
}

// mostTold is how much is told of what a stranger may have written, in code points.
const mostTold = 500

// tellLinef is like tellf for what strangers may have written into an argument. It
// prints one line and no more than mostTold of it: a line feed becomes visible, and
// nothing can look like another line of ours.
func tellLinef(w io.Writer, format string, args ...any) {
	tellf(w, "%s", visible.Clipped(fmt.Sprintf(format, args...), mostTold))
}

// bug is the failure for a panic.
func bug(reason any, verbose bool) error {
	text := fmt.Sprintf("internal error: %v\n%s", reason, reportAdvice)
	if verbose {
		text += "\n" + string(debug.Stack())
	} else {
		text += "\n-v prints where it happened"
	}
	return &exitError{statusInternal, errors.New(text)}
}

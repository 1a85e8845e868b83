package resolver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// Command is one call of the go command.
type Command struct {
	Dir  string   // working directory; empty for that of the process
	Env  []string // KEY=VALUE, in addition to the environment of the process
	Args []string // behind "go"
}

// Runner runs the go command and returns its standard output, also beside an
// error. It is safe for concurrent use if sources are read concurrently.
type Runner func(ctx context.Context, command Command) (output []byte, err error)

// runGo is the Runner that starts the go command on PATH.
func runGo(ctx context.Context, command Command) ([]byte, error) {
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "go", command.Args...)
	cmd.Dir = command.Dir
	cmd.Env = append(os.Environ(), command.Env...)
	cmd.Stderr = &stderr
	output, err := cmd.Output()
	if ctx.Err() != nil {
		err = context.Cause(ctx) // not that the process was killed
	}
	return output, explain(err, command, stderr.String())
}

// explain words a failure of the go command with what it printed.
func explain(err error, command Command, stderr string) error {
	call := "go " + strings.Join(command.Args, " ")
	switch text := strings.TrimSpace(stderr); {
	case err == nil:
		return nil
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("the go command is not on PATH, and a Go module is a source: %w", err)
	case text == "" || !isExit(err):
		return fmt.Errorf("%s: %w", call, err)
	default:
		return fmt.Errorf("%s: %s", call, text)
	}
}

// isExit reports whether the go command ran and failed by itself.
func isExit(err error) bool {
	_, ok := errors.AsType[*exec.ExitError](err)
	return ok
}

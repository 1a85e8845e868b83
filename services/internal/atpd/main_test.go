package atpd

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestAnEndBeforeTheBeginningIsFine has services that are asked to end while they open
// their databases.
func TestAnEndBeforeTheBeginningIsFine(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"plc", "relay"} {
		ctx, stop := context.WithCancel(t.Context())
		stop()
		var printed bytes.Buffer
		p := &program{stderr: &printed, now: time.Now, after: time.After, environ: os.Environ}
		root := p.root()
		dir := t.TempDir()
		args := []string{command, "--database", filepath.Join(dir, "x.sqlite"), "--listen", "127.0.0.1:0"}
		if command == "relay" {
			args = append(args, "--admin-token-file", filepath.Join(dir, "token"))
		}
		root.SetArgs(args)
		err := root.ExecuteContext(ctx)
		if status := report(ctx, err, &printed); status != statusFine {
			t.Errorf("atpd %s: status %d: %v", command, status, err)
		}
		if status := report(t.Context(), problem(err), &printed); err != nil && status != statusProblem {
			t.Errorf("atpd %s, which nobody has asked to end: status %d: %v", command, status, err)
		}
	}
	if status := report(t.Context(), errors.New("no such flag"), &bytes.Buffer{}); status != statusUsage {
		t.Error(status)
	}
}

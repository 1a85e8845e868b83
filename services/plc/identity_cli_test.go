package plc_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lexgen/lexgen/internal/shared"
	did "github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/internal/plctest"
	"github.com/lexgen/lexgen/services/plc/store/storetest"
)

// TestLexgenIdentity drives this directory with the program lexgen: an account is
// made, its owner puts a key of their own before that of the server, the server turns
// hostile and is undone in time, and not when that is over.
func TestLexgenIdentity_ID20_ID22_ID31_ID32_ID34_PD60_PD62_EP05(t *testing.T) {
	t.Parallel()
	clock := plctest.NewClock()
	_, client := serve(t, &storetest.Memory{}, clock, nil)
	l := &lexgen{t: t, program: build(t), dir: t.TempDir(), directory: client.URL}
	l.key("top", "pds", "signing", "evil")

	clock.Set(time.Now().Add(-4 * 24 * time.Hour))
	account := l.run(0, "create", "--key", "pds.key", "--handle", "alice.test", "--pds", "https://pds.test", "--signing-key", plctest.Keys(t, "signing")[0])
	clock.Add(time.Hour)
	l.run(0, "update", account, "--key", "pds.key", "--add-rotation-key", plctest.Keys(t, "top")[0])
	hostile := func() {
		l.run(0, "update", account, "--key", "pds.key", "--rotation-key", plctest.Keys(t, "evil")[0], "--pds", "https://evil.test", "--force")
	}

	clock.Add(time.Hour)
	hostile() // 94 hours ago
	clock.Set(time.Now())
	l.run(1, "recover", account, "--key", "top.key", "--undo", "2", "--yes")
	l.told("operation 2 could be undone until")
	l.run(0, "update", account, "--key", "evil.key", "--add-rotation-key", plctest.Keys(t, "top")[0], "--add-rotation-key", plctest.Keys(t, "pds")[0])
	clock.Add(time.Second)
	l.run(0, "update", account, "--key", "evil.key", "--handle", "evil.test")
	l.run(1, "recover", account, "--key", "signing.key")
	l.told("the keys given can undo nothing")
	if plan := l.run(0, "recover", account, "--key", "pds.key"); !strings.Contains(plan, "#4 ") || strings.Contains(plan, "#3 ") {
		t.Errorf("the plan is\n%s", plan)
	}
	clock.Add(time.Second)
	undoes := l.run(0, "recover", account, "--key", "pds.key", "--undo", "4", "--remove-rotation-key", plctest.Keys(t, "evil")[0],
		"--handle", "alice.test", "--pds", "https://safe.test", "--yes")
	l.run(1, "update", account, "--key", "evil.key", "--handle", "evil.test")
	l.told("none of the keys given may sign it")
	l.run(0, "verify", account)
	l.told("6 operations of 1 DID, no violations")

	log, err := client.AuditLog(t.Context(), syntax.DID(account))
	if err != nil {
		t.Fatal(err)
	}
	h, err := log.Verify(syntax.DID(account))
	if err != nil {
		t.Fatal(err)
	}
	if last := h.Last().CID.String(); last != undoes || !log[4].Nullified || len(log) != 6 {
		t.Errorf("%d operations, the last one is %s and not %s, or operation 4 was not undone", len(log), last, undoes)
	}
	want := plctest.State(t, "alice.test", "top,pds")
	want.Services["atproto_pds"] = did.Service{Type: "AtprotoPersonalDataServer", Endpoint: "https://safe.test"}
	got, err := did.MarshalData(h.DID, h.State())
	if err != nil {
		t.Fatal(err)
	}
	if wanted, err := did.MarshalData(h.DID, &want); err != nil || !bytes.Equal(got, wanted) {
		t.Errorf("the DID stands for\n%s, and not\n%s (%v)", got, wanted, err)
	}

	clock.Add(time.Second)
	l.run(2, "tombstone", account, "--key", "top.key")
	l.told("nobody is there to be asked")
	l.run(0, "tombstone", account, "--key", "top.key", "--yes")
	l.run(1, "update", account, "--key", "top.key", "--handle", "bob.test")
	l.told("the DID has a tombstone")
}

// lexgen runs the commands of lexgen identity plc against a directory.
type lexgen struct {
	t                       *testing.T
	program, dir, directory string
	stderr                  string // of the last run
}

// build builds the program.
func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "lexgen")
	c := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./cmd/lexgen")
	c.Dir = shared.ModuleRoot()
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// key writes the keys of names into files.
func (l *lexgen) key(names ...string) {
	l.t.Helper()
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(l.dir, name+".key"), []byte(plctest.Key(l.t, name).Multikey()), 0o600); err != nil {
			l.t.Fatal(err)
		}
	}
}

// run runs a command, demands its exit status, and returns what it prints.
func (l *lexgen) run(status int, args ...string) string {
	l.t.Helper()
	args = append([]string{"identity", "plc"}, append(args, "--plc", l.directory, "--development")...)
	c := exec.CommandContext(l.t.Context(), l.program, args...)
	c.Dir = l.dir
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	got := 0
	if err := c.Run(); err != nil {
		failed, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			l.t.Fatal(err)
		}
		got = failed.ExitCode()
	}
	l.stderr = stderr.String()
	if got != status {
		l.t.Fatalf("%v: status %d, want %d\n%s%s", args, got, status, stdout.String(), l.stderr)
	}
	return strings.TrimSuffix(stdout.String(), "\n")
}

// told demands that the last run has said something.
func (l *lexgen) told(text string) {
	l.t.Helper()
	if !strings.Contains(l.stderr, text) {
		l.t.Errorf("it does not say %q:\n%s", text, l.stderr)
	}
}

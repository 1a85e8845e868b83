// Package gotest builds generated code in modules of its own, as a user's
// project would.
package gotest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/codegen"
	"github.com/lexgen/lexgen/internal/shared"
)

// Module is a Go module in a temporary folder that uses the checkout's
// runtime.
type Module struct {
	Dir  string
	Path string
}

// NewModule makes an empty module.
func NewModule(t testing.TB, path string) *Module {
	t.Helper()
	m := &Module{Dir: t.TempDir(), Path: path}
	root := shared.ModuleRoot()
	m.Write(t, "go.mod", "module "+path+"\n\ngo 1.26\n\nrequire github.com/lexgen/lexgen v0.0.0\n\nreplace github.com/lexgen/lexgen => "+root+"\n")
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	m.Write(t, "go.sum", string(sums))
	return m
}

// Write writes one file.
func (m *Module) Write(t testing.TB, name, text string) {
	t.Helper()
	file := filepath.Join(m.Dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// WriteAll writes generated files below a folder.
func (m *Module) WriteAll(t testing.TB, dir string, files []codegen.File) {
	t.Helper()
	for _, file := range files {
		m.Write(t, dir+"/"+file.Path, string(file.Data))
	}
}

// Go runs the go command in the module and returns what it printed. It fails
// the test if the command fails.
func (m *Module) Go(t testing.TB, stdin string, args ...string) string {
	t.Helper()
	out, err := m.TryGo(stdin, args...)
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// TryGo runs the go command in the module, without a network and outside any
// workspace. Paths are trimmed, so that a package that is in two modules is
// compiled once.
func (m *Module) TryGo(stdin string, args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = m.Dir
	cmd.Stdin = strings.NewReader(stdin)
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOPROXY=off", "GOFLAGS=-mod=mod -trimpath")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

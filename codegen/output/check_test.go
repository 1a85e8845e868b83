package output_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/codegen"
	"github.com/lexgen/lexgen/codegen/output"
)

// check is Check without an error, which changes nothing.
func check(t *testing.T, dir string, list []codegen.File, want output.Stale) {
	t.Helper()
	before := map[string]string{}
	if _, err := os.Stat(dir); err == nil {
		before = tree(t, dir)
	}
	manifest := read(t, filepath.Join(dir, output.ManifestName))
	got, err := output.Check(dir, list)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("stale (-want +got):\n%s", diff)
	}
	if want, got := len(want.Missing)+len(want.Changed)+len(want.Surplus) == 0, got.Empty(); want != got {
		t.Errorf("Empty is %t, want %t", got, want)
	}
	if len(before) > 0 {
		wantTree(t, dir, before)
	}
	if got := read(t, filepath.Join(dir, output.ManifestName)); got != manifest {
		t.Error("the manifest changed")
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	list := files("a/x.go", "x", "b/y.go", "y")
	t.Run("fresh", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		write(t, dir, list)
		check(t, dir, list, output.Stale{})
	})
	t.Run("no folder", func(t *testing.T) {
		t.Parallel()
		dir := filepath.Join(t.TempDir(), "none")
		check(t, dir, list, output.Stale{Missing: []string{"a/x.go", "b/y.go"}})
		if _, err := os.Stat(dir); err == nil {
			t.Error("the folder was made")
		}
	})
	t.Run("missing, changed and surplus", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		write(t, dir, files("a/x.go", "old", "c/z.go", "z"))
		check(t, dir, list, output.Stale{Missing: []string{"b/y.go"}, Changed: []string{"a/x.go"}, Surplus: []string{"c/z.go"}})
	})
	t.Run("edited by hand", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		write(t, dir, list)
		put(t, dir, "a/x.go", generated("edited"))
		check(t, dir, list, output.Stale{Changed: []string{"a/x.go"}})
	})
	t.Run("manifest missing", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		write(t, dir, list)
		if err := os.Remove(filepath.Join(dir, output.ManifestName)); err != nil {
			t.Fatal(err)
		}
		check(t, dir, list, output.Stale{Changed: []string{output.ManifestName}})
	})
	t.Run("manifest tampered with", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		write(t, dir, list)
		put(t, dir, "a/x.go", generated("edited"))
		put(t, dir, output.ManifestName, `{"files": {}}`)
		check(t, dir, list, output.Stale{Changed: []string{"a/x.go"}})
	})
	t.Run("a foreign file in the way", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		put(t, dir, "a/x.go", "mine")
		if _, err := output.Check(dir, list); err == nil {
			t.Error("no error")
		}
	})
	t.Run("the folder is a file", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		put(t, dir, "out", "mine")
		if _, err := output.Check(filepath.Join(dir, "out"), list); err == nil {
			t.Error("no error")
		}
	})
}

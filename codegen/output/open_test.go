package output_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/codegen/output"
)

// TestLinksThatLeadOutAreNamed puts a symbolic link in the way of each thing that
// is read or written: the error names it, once, and neither side of it changes.
func TestLinksThatLeadOutAreNamed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, link, target, want string }{
		{"a folder elsewhere", "a", "OUTSIDE", "/a is a symbolic link to OUTSIDE, which is not in the output folder"},
		{"a folder nowhere", "a", "nowhere", "/a is a symbolic link to nowhere, which is not in the output folder"},
		{"a folder further down", "deep/b", "OUTSIDE", "/deep/b is a symbolic link to OUTSIDE, which is not in the output folder"},
		{"a file elsewhere", "x.go", "OUTSIDE/x.go", "/x.go is a symbolic link to OUTSIDE/x.go, which is not in the output folder"},
		{"the manifest", output.ManifestName, "OUTSIDE/x.go", "is a symbolic link to OUTSIDE/x.go, which is not in the output folder"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir, outside := t.TempDir(), t.TempDir()
			put(t, outside, "x.go", "mine")
			put(t, dir, "deep/mine.txt", "mine")
			inside := func(text string) string { return strings.ReplaceAll(text, "OUTSIDE", outside) }
			if err := os.Symlink(inside(c.target), filepath.Join(dir, c.link)); err != nil {
				t.Skip(err)
			}
			all := files("a/one.go", "1", "a/two.go", "2", "deep/b/three.go", "3", "x.go", "4")
			_, checked := output.Check(dir, all)
			_, written := output.Write(dir, all)
			for _, err := range []error{checked, written} {
				if err == nil || strings.Count(err.Error(), inside(c.want)) != 1 || strings.Contains(err.Error(), "\n") {
					t.Errorf("got %v, want once %s", err, inside(c.want))
				}
			}
			if got := tree(t, outside); len(got) != 1 || got["x.go"] != "mine" {
				t.Errorf("elsewhere is %v", got)
			}
			if got := tree(t, dir); got["deep/mine.txt"] != "mine" || got["a/one.go"] != "" {
				t.Errorf("the folder is %v", got)
			}
		})
	}
}

// TestFoldersThatAreNoneAreRefused has something else where the folder should be.
func TestFoldersThatAreNoneAreRefused(t *testing.T) {
	t.Parallel()
	above := t.TempDir()
	put(t, above, "file", "mine")
	dangling := filepath.Join(above, "dangling")
	if err := os.Symlink("nowhere", dangling); err != nil {
		t.Skip(err)
	}
	for dir, want := range map[string]string{
		filepath.Join(above, "file"): "it is no folder; move it or choose another output folder",
		dangling:                     "it is a symbolic link to nowhere, and nothing is there; make that folder, or remove the link",
	} {
		_, checked := output.Check(dir, files("a.go", "1"))
		_, written := output.Write(dir, files("a.go", "1"))
		for _, err := range []error{checked, written} {
			if failed, ok := errors.AsType[*output.Error](err); !ok || failed.Error() != want {
				t.Errorf("got %v, want %s", err, want)
			}
		}
	}
	linked := filepath.Join(above, "linked")
	if err := os.Symlink(t.TempDir(), linked); err != nil {
		t.Skip(err)
	}
	if _, err := output.Write(linked, files("a.go", "1")); err != nil {
		t.Errorf("a link to a folder is one: %v", err)
	}
}

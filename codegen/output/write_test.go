package output_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/codegen"
	"github.com/lexgen/lexgen/codegen/output"
)

func TestWriteMakesTheFolderHoldTheFiles(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "out")
	got := write(t, dir, files("a/x.go", "x", "a/b/y.go", "y", "z.go", "z"))
	if diff := cmp.Diff(output.Result{Written: []string{"a/x.go", "a/b/y.go", "z.go"}}, got); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
	wantTree(t, dir, map[string]string{"a/": "", "a/b/": "", "a/x.go": generated("x"), "a/b/y.go": generated("y"), "z.go": generated("z")})
}

func TestWriteTouchesOnlyWhatChanges(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, files("a/same.go", "same", "a/changed.go", "old"))
	old := age(t, filepath.Join(dir, "a/same.go"))
	age(t, filepath.Join(dir, "a/changed.go"))

	got := write(t, dir, files("a/same.go", "same", "a/changed.go", "new"))
	if diff := cmp.Diff(output.Result{Written: []string{"a/changed.go"}, Unchanged: 1}, got); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
	if now := modified(t, filepath.Join(dir, "a/same.go")); !now.Equal(old) {
		t.Errorf("the unchanged file was touched: %v", now)
	}
	if now := modified(t, filepath.Join(dir, "a/changed.go")); now.Equal(old) {
		t.Error("the changed file has its old time stamp")
	}
}

func TestWriteTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	list := files("a/x.go", "x", "y.go", "y")
	write(t, dir, list)
	old := age(t, filepath.Join(dir, output.ManifestName))
	if diff := cmp.Diff(output.Result{Unchanged: 2}, write(t, dir, list)); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
	if now := modified(t, filepath.Join(dir, output.ManifestName)); !now.Equal(old) {
		t.Error("the manifest was touched")
	}
}

func TestWriteRemovesWhatIsStaleAndFoldersThatBecomeEmpty(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, files("a/b/c/x.go", "x", "a/b/y.go", "y", "z/z.go", "z", "keep.go", "k"))
	put(t, dir, "z/mine.txt", "mine")

	got := write(t, dir, files("keep.go", "k"))
	if diff := cmp.Diff(output.Result{Removed: []string{"a/b/c/x.go", "a/b/y.go", "z/z.go"}, Unchanged: 1}, got); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
	wantTree(t, dir, map[string]string{"keep.go": generated("k"), "z/": "", "z/mine.txt": "mine"})
}

func TestWriteRemovesAndCreatesInOneFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, files("a/old.go", "x"))
	write(t, dir, files("a/new.go", "x"))
	wantTree(t, dir, map[string]string{"a/": "", "a/new.go": generated("x")})
}

func TestWriteLeavesForeignFilesAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, "go.mod", "module example.com/out\n")
	put(t, dir, "a/mine.go", "package a\n")
	put(t, dir, "a/generated_elsewhere.go", generated("by another run"))
	write(t, dir, files("a/x.go", "x"))
	write(t, dir, nil)
	wantTree(t, dir, map[string]string{
		"go.mod": "module example.com/out\n", "a/": "", "a/mine.go": "package a\n", "a/generated_elsewhere.go": generated("by another run"),
	})
}

func TestWriteRefusesToReplaceAForeignFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, files("a/stale.go", "s"))
	put(t, dir, "a/x.go", "package a // mine\n")
	err := refused(t, dir, files("a/x.go", "x", "a/y.go", "y"))
	if !strings.Contains(err.Error(), "a/x.go is in the way") {
		t.Errorf("the error does not say what is in the way: %v", err)
	}
}

func TestWriteNamesEveryFileInTheWay(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, "a/x.go", "mine")
	put(t, dir, "b/y.go", "mine")
	err := refused(t, dir, files("a/x.go", "x", "b/y.go", "y"))
	for _, name := range []string{"a/x.go", "b/y.go"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("the error does not name %s: %v", name, err)
		}
	}
}

func TestWriteTakesOverGeneratedFilesWithoutAManifest(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, files("a/x.go", "old"))
	if err := os.Remove(filepath.Join(dir, output.ManifestName)); err != nil {
		t.Fatal(err)
	}
	write(t, dir, files("a/x.go", "new"))
	wantTree(t, dir, map[string]string{"a/": "", "a/x.go": generated("new")})
}

func TestWriteReplacesEditsBelowTheHeader(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, files("a/x.go", "x"))
	put(t, dir, "a/x.go", generated("<<<<<<< a merge conflict"))
	write(t, dir, files("a/x.go", "x"))
	wantTree(t, dir, map[string]string{"a/": "", "a/x.go": generated("x")})
}

func TestWriteKeepsFilesWithoutTheHeader(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, files("a/x.go", "x", "a/y.go", "y"))
	put(t, dir, "a/x.go", "package a // taken over by hand\n")

	refused(t, dir, files("a/x.go", "x", "a/y.go", "y"))
	got := write(t, dir, files("a/y.go", "y"))
	if diff := cmp.Diff(output.Result{Kept: []string{"a/x.go"}, Unchanged: 1}, got); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
	wantTree(t, dir, map[string]string{"a/": "", "a/x.go": "package a // taken over by hand\n", "a/y.go": generated("y")})
}

func TestWriteForgetsFilesThatAreGone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, files("a/x.go", "x", "y.go", "y"))
	if err := os.RemoveAll(filepath.Join(dir, "a")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(output.Result{Unchanged: 1}, write(t, dir, files("y.go", "y"))); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
}

func TestWriteRefusesAFolderOrAFileInTheWay(t *testing.T) {
	t.Parallel()
	t.Run("a folder for a file", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		put(t, dir, "a/x.go/inside.txt", "mine")
		refused(t, dir, files("a/w.go", "w", "a/x.go", "x"))
	})
	t.Run("a file for a folder", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		put(t, dir, "a", "mine")
		refused(t, dir, files("0.go", "0", "a/x.go", "x"))
	})
	t.Run("a file for the output", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		put(t, dir, "out", "mine")
		if _, err := output.Write(filepath.Join(dir, "out"), files("x.go", "x")); err == nil {
			t.Error("no error")
		}
	})
}

func TestWriteRestoresTheFolderAfterAFailureInTheMiddle(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, files("a/x.go", "old", "a/stale.go", "s"))
	refused(t, dir, files("a/x.go", "new", "new/y.go", "y", "new/"+strings.Repeat("n", 300)+"/z.go", "z"))
}

// TestWriteSaysWhatAFailureAtTheEndHasChanged has a file that can be written
// and not renamed to its own name.
func TestWriteSaysWhatAFailureAtTheEndHasChanged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, files("a/x.go", "old"))
	list := files("a/x.go", "new", "new/"+strings.Repeat("n", 300), "y")
	_, err := output.Write(dir, list)
	if err == nil || !strings.Contains(err.Error(), "1 of 2 files were already replaced") {
		t.Errorf("the error is %v", err)
	}
	wantTree(t, dir, map[string]string{"a/": "", "a/x.go": generated("new")})
}

func TestWriteInAFolderThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	if os.Getuid() == 0 {
		t.Skip("root writes everywhere")
	}
	dir := t.TempDir()
	write(t, dir, files("a/x.go", "old", "b/y.go", "old"))
	locked := filepath.Join(dir, "b")
	if err := os.Chmod(locked, 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(locked, 0o755) })
	refused(t, dir, files("a/x.go", "new", "b/y.go", "new"))
}

func TestWriteFollowsNoLinkOutOfTheFolder(t *testing.T) {
	t.Parallel()
	outside := t.TempDir()
	put(t, outside, "x.go", generated("precious"))
	put(t, outside, "stale.go", generated("precious"))
	dir := t.TempDir()
	write(t, dir, files("a/x.go", "x", "a/stale.go", "s"))
	if err := os.RemoveAll(filepath.Join(dir, "a")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "a")); err != nil {
		t.Skip(err)
	}
	refused(t, dir, files("a/x.go", "new"))
	wantTree(t, outside, map[string]string{"x.go": generated("precious"), "stale.go": generated("precious")})

	dir = t.TempDir()
	if err := os.Symlink(filepath.Join(outside, "x.go"), filepath.Join(dir, "x.go")); err != nil {
		t.Skip(err)
	}
	refused(t, dir, files("x.go", "new"))
	wantTree(t, outside, map[string]string{"x.go": generated("precious"), "stale.go": generated("precious")})
}

func TestWriteReplacesALinkInsideTheFolderAndNotItsTarget(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, "target.go", generated("target"))
	if err := os.Symlink("target.go", filepath.Join(dir, "x.go")); err != nil {
		t.Skip(err)
	}
	write(t, dir, files("x.go", "x"))
	wantTree(t, dir, map[string]string{"target.go": generated("target"), "x.go": generated("x")})
}

func TestWriteIntoALinkedFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "real"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real", filepath.Join(dir, "out")); err != nil {
		t.Skip(err)
	}
	write(t, filepath.Join(dir, "out"), files("x.go", "x"))
	wantTree(t, filepath.Join(dir, "real"), map[string]string{"x.go": generated("x")})
}

// TestWriteSparesAFileThatChangedOnlyTheCaseOfItsPath stands for a file system
// that does not tell letter case: a link makes two paths one file.
func TestWriteSparesAFileThatChangedOnlyTheCaseOfItsPath(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, files("Acme/x.go", "x", "Acme/y.go", "y"))
	if err := os.Symlink("Acme", filepath.Join(dir, "acme")); err != nil {
		t.Skip(err)
	}
	got := write(t, dir, files("acme/x.go", "new", "acme/y.go", "y"))
	if diff := cmp.Diff(output.Result{Written: []string{"acme/x.go"}, Unchanged: 1}, got); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
	wantTree(t, filepath.Join(dir, "Acme"), map[string]string{"x.go": generated("new"), "y.go": generated("y")})
}

func TestRunsAtOnceInOneFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var old, list []codegen.File
	want := map[string]string{"p/": ""}
	for i := range 20 {
		name := string(rune('a' + i))
		old = append(old, files("old/"+name+".go", "old", "p/"+name+".go", "old")...)
		list = append(list, files("p/"+name+".go", "new")...)
		want["p/"+name+".go"] = generated("new")
	}
	write(t, dir, old)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := output.Write(dir, list); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	wantTree(t, dir, want)
	if stale, err := output.Check(dir, list); err != nil || !stale.Empty() {
		t.Errorf("the folder is stale: %v, %v", stale, err)
	}
}

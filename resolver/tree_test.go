package resolver

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/parser/jsontree"
)

// write makes a file with its folders below dir.
func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// pathsOf returns the paths of files, with the reason behind unreadable ones.
func pathsOf(files []File) []string {
	var paths []string
	for _, file := range files {
		text := file.Path + " = " + file.Rel
		if file.Err != nil {
			text += ": " + file.Err.Error()
		}
		paths = append(paths, text)
	}
	return paths
}

func read(t *testing.T, source Source) []File {
	t.Helper()
	files, err := source.Files(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestDirReadsJSONFilesSortedByPath(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{
		"com/b/x.json", "com/a.json", "com/a/x.json", "com.a.y.json",
		"com/a/readme.md", ".git/x.json", "com/.hidden.json", "node_modules/p/x.json", "com/JSON",
	} {
		write(t, dir, name, "{}")
	}
	got := pathsOf(read(t, FS("lex/", os.DirFS(dir))))
	want := []string{
		"lex/com.a.y.json = com.a.y.json",
		"lex/com/a.json = com/a.json",
		"lex/com/a/x.json = com/a/x.json",
		"lex/com/b/x.json = com/b/x.json",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if files := read(t, Dir(dir)); files[0].Path != filepath.ToSlash(dir)+"/com.a.y.json" {
		t.Errorf("path %q does not begin with the folder as given", files[0].Path)
	}
}

func TestDirNeverFollowsLinksOutside(t *testing.T) {
	t.Parallel()
	outside, dir := t.TempDir(), t.TempDir()
	write(t, outside, "secret.json", "{}")
	write(t, outside, "folder/x.json", "{}")
	write(t, dir, "real/x.json", `"inside"`)
	for link, target := range map[string]string{
		"out.json":    filepath.Join(outside, "secret.json"),
		"inside.json": "real/x.json",
		"dir":         filepath.Join(outside, "folder"),
		"again":       "real",
		"gone.json":   "nowhere.json",
		"loop.json":   "loop.json",
	} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Skip(err)
		}
	}
	readable := map[string]bool{}
	for _, file := range read(t, Dir(dir)) {
		readable[file.Rel] = file.Err == nil
	}
	want := map[string]bool{"out.json": false, "inside.json": true, "gone.json": false, "loop.json": false, "real/x.json": true}
	if diff := cmp.Diff(want, readable); diff != "" {
		t.Error(diff)
	}
}

func TestDirDoesNotWaitForPipes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.json"), 0o644); err != nil {
		t.Skip(err)
	}
	files := read(t, Dir(dir))
	if len(files) != 1 || !errors.Is(files[0].Err, errNotRegular) {
		t.Errorf("got %v", pathsOf(files))
	}
}

func TestFilesAreCutBehindTheLimit(t *testing.T) {
	t.Parallel()
	big := &fstest.MapFile{Data: bytes.Repeat([]byte(" "), jsontree.MaxSize+10)}
	files := read(t, FS("x", fstest.MapFS{"a.json": big}))
	if got, want := len(files[0].Data), jsontree.MaxSize+1; got != want {
		t.Errorf("read %d bytes, want %d", got, want)
	}
}

func TestTreeLimits(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{"a.json": {Data: []byte("12345")}, "b.json": {Data: []byte("12345")}}
	for _, c := range []struct {
		limits treeLimits
		want   error
	}{
		{treeLimits{files: 2, size: 10}, nil},
		{treeLimits{files: 1, size: 10}, errTooManyFiles},
		{treeLimits{files: 2, size: 9}, errTooMuchData},
	} {
		tree := &tree{fsys: fsys, name: "x", limits: c.limits}
		if _, err := tree.read(t.Context()); !errors.Is(err, c.want) {
			t.Errorf("limits %+v: got %v, want %v", c.limits, err, c.want)
		}
	}
}

func TestFilesStopsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := FS("x", fstest.MapFS{"a.json": {}}).Files(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestSingleFileKeepsThePathAsGiven(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "x/feed.lex", "{}")
	path := filepath.Join(dir, "x", "feed.lex")
	got := pathsOf(read(t, SingleFile(path)))
	if diff := cmp.Diff([]string{filepath.ToSlash(path) + " = feed.lex"}, got); diff != "" {
		t.Error(diff)
	}
	if _, err := SingleFile(filepath.Join(dir, "gone.json")).Files(t.Context()); err == nil {
		t.Error("a missing file is no error")
	}
}

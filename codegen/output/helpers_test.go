package output_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/codegen"
	"github.com/lexgen/lexgen/codegen/output"
)

// generated is the text of a file that lexgen made.
func generated(text string) string { return codegen.Header + "\n" + text + "\n" }

// files makes generated files of paths and texts in turn.
func files(pathsAndTexts ...string) []codegen.File {
	var list []codegen.File
	for i := 0; i < len(pathsAndTexts); i += 2 {
		list = append(list, codegen.File{Path: pathsAndTexts[i], Data: []byte(generated(pathsAndTexts[i+1]))})
	}
	return list
}

// put writes a file below dir.
func put(t testing.TB, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// tree returns all files below dir with their texts, folders with a slash
// behind their names. The manifest is left out.
func tree(t testing.TB, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		switch {
		case err != nil || name == "." || name == output.ManifestName:
			return err
		case entry.IsDir():
			found[filepath.ToSlash(name)+"/"] = ""
			return nil
		case !entry.Type().IsRegular():
			found[filepath.ToSlash(name)] = entry.Type().String()
			return nil
		}
		data, err := os.ReadFile(path)
		found[filepath.ToSlash(name)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// wantTree compares all that is below dir.
func wantTree(t testing.TB, dir string, want map[string]string) {
	t.Helper()
	if diff := cmp.Diff(want, tree(t, dir)); diff != "" {
		t.Errorf("the folder differs (-want +got):\n%s", diff)
	}
}

// write is Write without an error.
func write(t testing.TB, dir string, list []codegen.File) output.Result {
	t.Helper()
	result, err := output.Write(dir, list)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// refused is Write with an error of the right type, which changes nothing
// below dir.
func refused(t testing.TB, dir string, list []codegen.File) error {
	t.Helper()
	before, manifest := tree(t, dir), read(t, filepath.Join(dir, output.ManifestName))
	_, err := output.Write(dir, list)
	if e, ok := errors.AsType[*output.Error](err); !ok || e.Unwrap() == nil {
		t.Fatalf("the error is %v, want an *output.Error", err)
	}
	wantTree(t, dir, before)
	if got := read(t, filepath.Join(dir, output.ManifestName)); got != manifest {
		t.Errorf("the manifest changed from %q to %q", manifest, got)
	}
	return err
}

// read returns the text of a file, "" if there is none.
func read(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return string(data)
}

// age sets the time stamp of a file to one that no run gives it.
func age(t testing.TB, path string) time.Time {
	t.Helper()
	old := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
	return old
}

// modified returns the time stamp of a file.
func modified(t testing.TB, path string) time.Time {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.ModTime().UTC()
}

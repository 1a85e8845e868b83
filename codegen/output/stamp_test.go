package output_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/lexgen/lexgen/codegen/output"
)

// summary is what a run remembers in a stamp.
type summary struct{ Files int }

// stamped writes files to a new folder and saves a stamp for it.
func stamped(t *testing.T) (s output.Stamps, dir string) {
	t.Helper()
	s, dir = output.Stamps{Dir: filepath.Join(t.TempDir(), "stamps")}, t.TempDir()
	write(t, dir, files("a/x.go", "x", "y.go", "y"))
	if err := s.Save(dir, "key", summary{2}); err != nil {
		t.Fatal(err)
	}
	var got summary
	if !s.Fresh(dir, "key", &got) || got.Files != 2 {
		t.Fatalf("the folder is not fresh, or the summary is %v", got)
	}
	return s, dir
}

func TestStampsNoticeEveryChange(t *testing.T) {
	t.Parallel()
	edit := func(name, text string) func(t *testing.T, s output.Stamps, dir string) {
		return func(t *testing.T, _ output.Stamps, dir string) { put(t, dir, name, text) }
	}
	stampWith := func(text string) func(t *testing.T, s output.Stamps, dir string) {
		return func(t *testing.T, s output.Stamps, _ string) {
			names, err := filepath.Glob(filepath.Join(s.Dir, "*"))
			if err != nil || len(names) != 1 {
				t.Fatalf("stamps: %v, %v", names, err)
			}
			put(t, s.Dir, filepath.Base(names[0]), text)
		}
	}
	remove := func(name string) func(t *testing.T, s output.Stamps, dir string) {
		return func(t *testing.T, _ output.Stamps, dir string) {
			if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	cases := map[string]func(t *testing.T, s output.Stamps, dir string){
		"a file was edited":             edit("a/x.go", generated("edited")),
		"a file is empty":               edit("a/x.go", ""),
		"a file is gone":                remove("a/x.go"),
		"the folder is gone":            remove("."),
		"the manifest is gone":          remove(output.ManifestName),
		"the manifest lists nothing":    edit(output.ManifestName, `{"files": {}}`),
		"the manifest is damaged":       edit(output.ManifestName, "{"),
		"the manifest names outside":    edit(output.ManifestName, `{"files": {"../x": "00"}}`),
		"the stamp is empty":            stampWith(""),
		"the stamp is no JSON":          stampWith("x"),
		"the stamp says nothing":        stampWith("{}"),
		"the stamp has another summary": stampWith(`{"Key": "key", "Summary": "x"}`),
		"other files were generated": func(t *testing.T, _ output.Stamps, dir string) {
			write(t, dir, files("a/x.go", "x"))
		},
		"the stamps are gone": func(t *testing.T, s output.Stamps, _ string) {
			if err := os.RemoveAll(s.Dir); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, dir := stamped(t)
			change(t, s, dir)
			got := summary{Files: -1}
			if s.Fresh(dir, "key", &got) {
				t.Error("the folder is said to be fresh")
			}
			if got.Files != -1 {
				t.Errorf("the summary was filled: %v", got)
			}
		})
	}
}

func TestStampsAreForOneKeyAndOneFolder(t *testing.T) {
	t.Parallel()
	s, dir := stamped(t)
	other := t.TempDir()
	write(t, other, files("a/x.go", "x", "y.go", "y"))
	var got summary
	if s.Fresh(dir, "other key", &got) {
		t.Error("the folder is fresh for another key")
	}
	if s.Fresh(other, "key", &got) {
		t.Error("another folder is fresh")
	}
	put(t, dir, "foreign.txt", "not lexgen's")
	if !s.Fresh(dir, "key", &got) {
		t.Error("a foreign file makes the folder stale")
	}
}

func TestStampsOfNoFolderRememberNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, files("x.go", "x"))
	var none output.Stamps
	if err := none.Save(dir, "key", summary{}); err == nil {
		t.Error("Save has no error")
	}
	if none.Fresh(dir, "key", &summary{}) {
		t.Error("the folder is said to be fresh")
	}
}

func TestStampsOfAnEmptyFolderAreNotSaved(t *testing.T) {
	t.Parallel()
	s := output.Stamps{Dir: t.TempDir()}
	if err := s.Save(t.TempDir(), "key", summary{}); err == nil {
		t.Error("Save has no error for a folder without a manifest")
	}
}

// Package golden drives tests whose cases are txtar files: free text that
// says what the case claims, inputs under in/, and the expected outputs under
// out/. One flag, -update, rewrites the outputs of every such test.
package golden

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// Update is the value of the -update flag.
var Update = flag.Bool("update", false, "rewrite golden files instead of comparing with them")

// Case is one txtar file.
type Case struct {
	Name    string            // base name without .txtar
	Comment string            // the free text on top
	In      map[string]string // files under in/, without that prefix

	out map[string]string
}

// Output registers the text of out/name.
func (c *Case) Output(name, text string) {
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	c.out[name] = text
}

// Run calls f as a subtest for each *.txtar file in dir and then compares what
// f registered with the file's out/ part. An output that f did not register,
// and one that the file lacks, are both failures.
func Run(t *testing.T, dir string, f func(t *testing.T, c *Case)) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases in %s: %v", dir, err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			t.Parallel()
			runCase(t, path, f)
		})
	}
}

func runCase(t *testing.T, path string, f func(t *testing.T, c *Case)) {
	t.Helper()
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c := &Case{
		Name:    strings.TrimSuffix(filepath.Base(path), ".txtar"),
		Comment: string(archive.Comment),
		In:      map[string]string{},
		out:     map[string]string{},
	}
	want := map[string]string{}
	kept := &txtar.Archive{Comment: archive.Comment}
	for _, file := range archive.Files {
		if name, ok := strings.CutPrefix(file.Name, "out/"); ok {
			want[name] = string(file.Data)
			continue
		}
		kept.Files = append(kept.Files, file)
		if name, ok := strings.CutPrefix(file.Name, "in/"); ok {
			c.In[name] = string(file.Data)
		}
	}
	f(t, c)
	if *Update {
		update(t, path, kept, c.out)
		return
	}
	if diff := cmp.Diff(want, c.out); diff != "" {
		t.Errorf("%s: outputs differ (-want +got); run the test with -update and review:\n%s", path, diff)
	}
}

func update(t *testing.T, path string, archive *txtar.Archive, out map[string]string) {
	t.Helper()
	for _, name := range sortedKeys(out) {
		archive.Files = append(archive.Files, txtar.File{Name: "out/" + name, Data: []byte(out[name])})
	}
	if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Archives reads all cases of a folder, by name.
func Archives(dir string) (map[string]*txtar.Archive, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil {
		return nil, err
	}
	archives := map[string]*txtar.Archive{}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			return nil, err
		}
		archives[strings.TrimSuffix(filepath.Base(path), ".txtar")] = archive
	}
	return archives, nil
}

// File compares text with the golden file at path, or rewrites it with the
// -update flag.
func File(t testing.TB, path, text string) {
	t.Helper()
	if *Update {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		t.Errorf("%s differs (-want +got); run the test with -update and review:\n%s", path, diff)
	}
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

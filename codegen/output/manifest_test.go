package output_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/codegen/output"
)

func TestManifestListsTheFilesWithTheirHashes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, files("b/x.go", "x", "a.go", "a"))
	var m struct{ Files map[string]string }
	if err := json.Unmarshal([]byte(read(t, filepath.Join(dir, output.ManifestName))), &m); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for name, text := range map[string]string{"a.go": "a", "b/x.go": "x"} {
		sum := sha256.Sum256([]byte(generated(text)))
		want[name] = hex.EncodeToString(sum[:16])
	}
	if diff := cmp.Diff(want, m.Files); diff != "" {
		t.Errorf("files of the manifest (-want +got):\n%s", diff)
	}
}

func TestManifestIsTheSameForTheSameFiles(t *testing.T) {
	t.Parallel()
	one, two := t.TempDir(), t.TempDir()
	write(t, one, files("a.go", "a", "b.go", "b"))
	write(t, two, files("gone.go", "g"))
	write(t, two, files("b.go", "b", "a.go", "a"))
	if diff := cmp.Diff(read(t, filepath.Join(one, output.ManifestName)), read(t, filepath.Join(two, output.ManifestName))); diff != "" {
		t.Errorf("manifests differ:\n%s", diff)
	}
}

func TestDamagedManifestsAreRefused(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		"no JSON":          "{",
		"conflict":         "<<<<<<< HEAD\n{}\n",
		"wrong type":       `{"files": ["x.go"]}`,
		"parent":           `{"files": {"../precious.go": "00"}}`,
		"parent within":    `{"files": {"a/../../precious.go": "00"}}`,
		"absolute":         `{"files": {"/precious.go": "00"}}`,
		"empty":            `{"files": {"": "00"}}`,
		"the folder":       `{"files": {".": "00"}}`,
		"not clean":        `{"files": {"a//b": "00"}}`,
		"trailing slash":   `{"files": {"a/": "00"}}`,
		"a folder's name":  `{"files": {"sub": "00"}}`,
		"through a file":   `{"files": {"mine.go/x.go": "00"}}`,
		"larger than 16 M": `{"comment": "` + strings.Repeat("x", 17<<20) + `"}`,
	}
	for name, manifest := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parent := t.TempDir()
			put(t, parent, "precious.go", generated("precious"))
			dir := filepath.Join(parent, "out")
			put(t, dir, "sub/x.go", generated("x"))
			put(t, dir, "mine.go", "mine")
			put(t, dir, output.ManifestName, manifest)
			refused(t, dir, files("new.go", "n"))
			if got := read(t, filepath.Join(parent, "precious.go")); got != generated("precious") {
				t.Errorf("the file outside is now %q", got)
			}
		})
	}
}

// TestHostileManifestsCostNothing has manifests that are well-formed and claim
// files which are not lexgen's.
func TestHostileManifestsCostNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, "go.mod", "module m\n")
	put(t, dir, ".git/config", "[core]\n")
	put(t, dir, output.ManifestName, `{"files": {"go.mod": "00", ".git/config": "00", ".lexgen.json": "00", "gone.go": "00"}, "more": 1}`)
	got := write(t, dir, files("x.go", "x"))
	want := output.Result{Written: []string{"x.go"}, Kept: []string{".git/config", ".lexgen.json", "go.mod"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
	wantTree(t, dir, map[string]string{"go.mod": "module m\n", ".git/": "", ".git/config": "[core]\n", "x.go": generated("x")})

	put(t, dir, "y.go", "mine")
	put(t, dir, output.ManifestName, `{"files": {"y.go": "00"}}`)
	refused(t, dir, files("y.go", "y"))
}

package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver/lint"
)

// mistaken writes a lexicon that two fixes, one after the other, mend, and returns
// the folder and the file.
func mistaken(t *testing.T) (dir, file string) {
	t.Helper()
	dir = t.TempDir()
	file = filepath.Join(dir, "com/example/photo.json")
	write(t, file, `{"lexicon": 1, "id": "com.example.photo", "defs": {"main": {"type": "object", "properties": {
		"image": {"type": "blob", "accept": ["image/png", "image/png", "image/*"]}}}}}`)
	return dir, file
}

func TestLintFixesUntilNothingIsLeft(t *testing.T) {
	t.Parallel()
	dir, file := mistaken(t)
	got, diff, told := run(t, "lint", "--diff", dir)
	wantDiff := `+		"image": {"type": "blob", "accept": ["image/png", "image/*"]}}}}}`
	if got != statusFine || !strings.Contains(diff, wantDiff) || !strings.Contains(told, "--fix mends 3") {
		t.Errorf("status %d\n%s%s", got, diff, told)
	}
	got, _, told = run(t, "lint", "--fix", "-v", dir)
	if got != statusFine || !strings.HasSuffix(told, "lexgen: 1 lexicon, nothing found, 2 fixed\n") || strings.Count(told, "lexgen: fixed ") != 2 {
		t.Errorf("status %d, told %s", got, told)
	}
	text, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(text), `"accept": ["image/*"]`) {
		t.Errorf("left %s, %v", text, err)
	}
}

func TestLintAcceptsForAReason(t *testing.T) {
	t.Parallel()
	dir, _ := mistaken(t)
	baseline := filepath.Join(t.TempDir(), "lint.json")
	for _, reason := range []string{"it is so", "another one"} {
		got, _, told := run(t, "lint", "--baseline", baseline, "--accept", reason, dir)
		if got != statusFine || !strings.HasSuffix(told, "lexgen: 1 lexicon, nothing found, 3 accepted\n") {
			t.Errorf("status %d, told %s", got, told)
		}
	}
	got, _, told := run(t, "lint", "--strict", "--baseline", baseline, "-v", dir)
	if got != statusProblem || strings.Count(told, "lexgen: accepted ") != 3 || !strings.Contains(told, "[covered-media-type]: it is so\n") {
		t.Errorf("status %d, told %s", got, told)
	}
	write(t, baseline, "[]")
	for _, args := range [][]string{{"lint", "--baseline", baseline, dir}, {"lint", "--baseline", baseline, "--accept", "x", dir}} {
		if got, _, told := run(t, args...); got != statusProblem || !strings.Contains(told, "[config-invalid]") {
			t.Errorf("status %d, told %s", got, told)
		}
	}
}

func TestLintThatCannotWriteIsStatus3(t *testing.T) {
	t.Parallel()
	gone := diag.NewFile(filepath.ToSlash(filepath.Join(t.TempDir(), "gone.json")), nil)
	err := (&linting{}).write([]lint.FixedFile{{File: gone}})
	if got := statusOf(err); got != statusInternal {
		t.Errorf("status %d, %v", got, err)
	}
	dir, _ := mistaken(t)
	nowhere := filepath.Join(t.TempDir(), "no", "lint.json")
	if got, _, told := run(t, "lint", "--baseline", nowhere, "--accept", "x", dir); got != statusInternal {
		t.Errorf("status %d, told %s", got, told)
	}
}

func TestLintTakesLevelsAndSourcesFromTheConfiguration(t *testing.T) {
	t.Parallel()
	dir, file := mistaken(t)
	config := filepath.Join(dir, "lexgen.yaml")
	for _, c := range []struct {
		text, told string
		args       []string
		status     status
	}{
		{"lint: {rules: {duplicate-value: error}}", "lexgen: 1 lexicon, 1 error, 2 warnings", nil, statusProblem},
		{"lint: {rules: {duplicate-value: off, covered-media-type: off}}", "lexgen: 1 lexicon, nothing found", nil, statusFine},
		{"lint: {rules: {duplicate-value: off}}", "lexgen: 1 lexicon, 2 warnings", []string{file}, statusFine},
		{"lint: {rules: {duplicate-values: off}}", `did you mean "duplicate-value"?`, nil, statusProblem},
		{"lint: {rules: {missing-id: off}}", "stays one", nil, statusProblem},
		{"lint: {baseline: nowhere.json}", "nowhere.json:1:1: error: no such file", nil, statusProblem},
		{"exclude: [com.example.*]", "[selection-empty]", nil, statusProblem},
		{"nothing: 1", "unknown key nothing", nil, statusProblem},
	} {
		write(t, config, "sources: [com]\n"+c.text+"\n")
		got, _, told := run(t, append([]string{"lint", "--config", config}, c.args...)...)
		if got != c.status || !strings.Contains(told, c.told) {
			t.Errorf("%s: status %d, told %s", c.text, got, told)
		}
	}
}

func TestLintRefusesWhatMakesNoSense(t *testing.T) {
	t.Parallel()
	dir, _ := mistaken(t)
	for _, args := range [][]string{
		{"lint"},
		{"lint", "go:m.example/x@v1.0.0"},
		{"lint", "--lexicons", dir, "--config", "x.yaml"},
		{"lint", "--fix", "--diff", dir},
		{"lint", "--accept", "", dir},
		{"lint", "--accept", "x", "--fix", dir},
		{"lint", "--accept", "x", dir},
		{"lint", "--format", "xml", dir},
	} {
		if got, _, told := run(t, args...); got != statusUsage {
			t.Errorf("%v: status %d, told %s", args, got, told)
		}
	}
	for _, args := range [][]string{{"lint", "nowhere"}, {"lint", "--config", "nowhere.yaml"}, {"lint", "--lexicons", "nowhere"}} {
		if got, _, told := run(t, args...); got != statusProblem {
			t.Errorf("%v: status %d, told %s", args, got, told)
		}
	}
}

func TestLintOfReferencesNeedsTheirSources(t *testing.T) {
	t.Parallel()
	dir, file := mistaken(t)
	write(t, file, `{"lexicon": 1, "id": "com.example.photo", "description": "A photo.", "defs": {"main": {"type": "object", "properties": {
		"a": {"type": "ref", "ref": "org.example.other"}}}}}`)
	if got, _, told := run(t, "lint", file); got != statusProblem || !strings.Contains(told, "[missing-lexicon]") {
		t.Errorf("status %d, told %s", got, told)
	}
	other := t.TempDir()
	write(t, filepath.Join(other, "x.json"), `{"lexicon": 1, "id": "org.example.other", "defs": {"main": {"type": "object", "properties": {"a-b": {"type": "integer"}}}}}`)
	if got, _, told := run(t, "lint", "--strict", "--lexicons", other, file); got != statusFine || !strings.HasSuffix(told, "lexgen: 1 lexicon, nothing found\n") {
		t.Errorf("status %d, told %s", got, told)
	}
	if got, _, told := run(t, "lint", "--lexicons", other, "--lexicons", dir); got != statusFine || !strings.Contains(told, "lexgen: 2 lexicons, 1 warning\n") {
		t.Errorf("status %d, told %s", got, told)
	}
}

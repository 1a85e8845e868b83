package house

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/internal/golden"
	"github.com/lexgen/lexgen/internal/shared"
)

// requirementsFile says what the protocol asks for and where that is proved;
// its own head describes the format.
const requirementsFile = "testdata/requirements.tsv"

// requirement is one line of the file.
type requirement struct {
	line     int // from 1
	id       string
	state    string // "test", "later" or "n/a"
	argument string // what follows the state
	section  string
	text     string
}

func TestRequirements_LinesAreWellFormed(t *testing.T) {
	t.Parallel()
	id := regexp.MustCompile(`^[A-Z]{2}-[0-9]{2}[a-z]?$`)
	seen := map[string]bool{}
	for _, r := range readRequirements(t).all {
		switch {
		case !id.MatchString(r.id):
			t.Errorf("line %d: %q is no ID", r.line, r.id)
		case seen[r.id]:
			t.Errorf("line %d: %s stands there twice", r.line, r.id)
		case !slices.Contains([]string{"test", "later", "n/a"}, r.state) || r.argument == "":
			t.Errorf("line %d: %s has no state of the form `test NAME`, `later PACKAGE` or `n/a REASON`", r.line, r.id)
		case r.section == "" || r.text == "":
			t.Errorf("line %d: %s lacks its section or its text", r.line, r.id)
		}
		seen[r.id] = true
	}
}

func TestRequirements_CoverTheSpecification(t *testing.T) {
	t.Parallel()
	digest, err := os.ReadFile(filepath.Join(shared.Dir(t, "docs"), "protocol.md"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for _, match := range regexp.MustCompile(`(?m)^- ([A-Z]{2}-[0-9]{2}[a-z]?) `).FindAllStringSubmatch(string(digest), -1) {
		want[match[1]] = true
	}
	for _, r := range readRequirements(t).all {
		if !want[r.id] {
			t.Errorf("line %d: %s is no ID of the specification", r.line, r.id)
		}
		delete(want, r.id)
	}
	for id := range want {
		t.Errorf("%s is missing", id)
	}
}

func TestRequirements_NamedTestsExist(t *testing.T) {
	t.Parallel()
	known := provingFunctions(t)
	for _, r := range readRequirements(t).all {
		if r.state != "test" {
			continue
		}
		for name := range strings.FieldsSeq(r.argument) {
			switch {
			case !slices.Contains(known, name):
				t.Errorf("line %d: %s names %s, which does not exist", r.line, r.id, name)
			case !slices.Contains(carried(name), r.id):
				t.Errorf("line %d: %s names %s, which does not carry the ID in its name", r.line, r.id, name)
			}
		}
	}
}

func TestRequirements_FinishedPackagesOweNothing(t *testing.T) {
	t.Parallel()
	file := readRequirements(t)
	for _, folder := range file.finished {
		if !exists(folder) {
			t.Errorf("%s is finished and does not exist", folder)
		}
	}
	for _, r := range file.all {
		if r.state == "later" && slices.Contains(file.finished, r.argument) {
			t.Errorf("line %d: %s is left for %s, which is finished", r.line, r.id, r.argument)
		}
	}
}

// TestRequirements_ProvedOnes logs the requirements that say "later" although
// a function carries their ID, and with -update writes its name in.
//
//nolint:paralleltest // with -update it writes the file that the others read
func TestRequirements_ProvedOnes(t *testing.T) {
	proofs := map[string][]string{}
	for _, name := range provingFunctions(t) {
		for _, id := range carried(name) {
			proofs[id] = append(proofs[id], name)
		}
	}
	file := readRequirements(t)
	for _, r := range file.all {
		if name := bestProof(proofs[r.id]); name != "" && !holds(r, proofs[r.id]) {
			t.Logf("%s is carried by %v", r.id, proofs[r.id])
			file.lines[r.line-1] = strings.Join([]string{r.id, "test " + name, r.section, r.text}, "\t")
		}
	}
	if *golden.Update {
		file.write(t)
	}
}

// holds reports whether r needs no proof, or names only functions that are
// among its proofs.
func holds(r requirement, proofs []string) bool {
	if r.state != "test" {
		return r.state == "n/a"
	}
	for name := range strings.FieldsSeq(r.argument) {
		if !slices.Contains(proofs, name) {
			return false
		}
	}
	return true
}

// bestProof prefers the function that proves the fewest requirements, and
// tests to fuzz targets and examples.
func bestProof(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return slices.MinFunc(names, func(a, b string) int {
		rank := func(name string) int { return strings.Index("TFE", name[:1]) }
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(len(carried(a)), len(carried(b))), cmp.Compare(a, b))
	})
}

var carriedID = regexp.MustCompile(`(?:^|[^A-Z])([A-Z]{2})([0-9]{2})([a-z]?)`)

// carried returns the IDs in the name of a function: SY-05 and SN-54a in
// TestHandle_SY05_SN54a.
func carried(name string) []string {
	var ids []string
	for _, match := range carriedID.FindAllStringSubmatch(name, -1) {
		ids = append(ids, match[1]+"-"+match[2]+match[3])
	}
	return ids
}

// provingFunctions returns the names of all tests, fuzz targets and examples.
func provingFunctions(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, s := range sources(t) {
		for _, f := range slices.Concat(functions(s, "Test"), functions(s, "Fuzz"), functions(s, "Example")) {
			names = append(names, f.Name.Name)
		}
	}
	return names
}

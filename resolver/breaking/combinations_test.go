package breaking_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/internal/golden"
	"github.com/lexgen/lexgen/resolver/breaking"
)

var (
	directions = []string{"record", "input", "output", "parameters", "message", "errors", "permissions", "unreached"}
	changes    = []string{"relax", "tighten", "add", "remove"}
)

// combination is a construct, named by its rule, that changes in one way while
// its data go one way.
type combination struct{ construct, direction, change string }

// TestEveryCombinationHasACase demands a case of testdata/matrix for every
// combination, or a line in testdata/inapplicable.tsv that says why there can be
// none. TestMatrix makes sure that the files are true.
func TestEveryCombinationHasACase_LE03_LE04(t *testing.T) {
	t.Parallel()
	have := tried(t)
	exceptions := inapplicable(t)
	for _, rule := range breaking.Rules() {
		for _, direction := range directions {
			for _, change := range changes {
				c := combination{string(rule.Code), direction, change}
				excused := excuse(exceptions, c)
				switch {
				case have[c] && excused != nil:
					t.Errorf("%v has a case, and inapplicable.tsv says that it cannot: %s", c, excused.reason)
				case !have[c] && excused == nil:
					t.Errorf("%v has no case", c)
				}
			}
		}
	}
	for _, e := range exceptions {
		if !e.used {
			t.Errorf("inapplicable.tsv: the line %q excuses nothing", e.reason)
		}
	}
}

// TestEveryVerdictCitesItsRequirement reads the verdicts of all cases.
func TestEveryVerdictCitesItsRequirement_LE02(t *testing.T) {
	t.Parallel()
	cites := regexp.MustCompile(`\(LE-0[1-4](, LE-0[1-4])*\)$`)
	for _, line := range verdicts(t) {
		if line.columns != nil && !cites.MatchString(strings.Join(line.columns, "|")) {
			t.Errorf("%s: %v cites nothing", line.construct, line.columns)
		}
	}
}

// verdict is one line of the output of a case: the directions, the verdict, the
// rule and the message, or nothing for another line.
type verdict struct {
	construct, name string
	columns         []string
}

// verdicts reads the outputs of testdata/matrix.
func verdicts(t *testing.T) (list []verdict) {
	t.Helper()
	archives, err := golden.Archives("testdata/matrix")
	if err != nil {
		t.Fatal(err)
	}
	for construct, archive := range archives {
		for _, file := range archive.Files {
			if file.Name != "out/verdicts" {
				continue
			}
			name := ""
			for line := range strings.Lines(string(file.Data)) {
				line = strings.TrimRight(line, "\n")
				if !strings.HasPrefix(line, "\t") {
					name = line
				}
				v := verdict{construct: construct, name: name}
				if columns := strings.SplitN(strings.TrimSpace(line), " | ", 4); len(columns) == 4 {
					v.columns = columns
				}
				list = append(list, v)
			}
		}
	}
	return list
}

// tried returns the combinations of all cases.
func tried(t *testing.T) map[combination]bool {
	t.Helper()
	have := map[combination]bool{}
	for _, v := range verdicts(t) {
		if v.columns == nil || v.columns[2] != v.construct {
			continue
		}
		change, _, _ := strings.Cut(v.name, "-")
		for direction := range strings.SplitSeq(v.columns[0], ", ") {
			have[combination{v.construct, direction, change}] = true
		}
	}
	return have
}

// exception excuses combinations; a * stands for all.
type exception struct {
	combination

	reason string
	used   bool
}

func inapplicable(t *testing.T) (list []*exception) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "inapplicable.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(line, "\t")
		if len(fields) != 4 || fields[3] == "" {
			t.Fatalf("inapplicable.tsv: %q is not construct, direction, change and reason", line)
		}
		list = append(list, &exception{combination: combination{fields[0], fields[1], fields[2]}, reason: line})
	}
	return list
}

// excuse returns the first exception that names a combination.
func excuse(list []*exception, c combination) *exception {
	for _, e := range list {
		if among(e.construct, c.construct) && among(e.direction, c.direction) && among(e.change, c.change) {
			e.used = true
			return e
		}
	}
	return nil
}

// among reports whether a list with commas, or *, has a word.
func among(list, word string) bool {
	if list == "*" {
		return true
	}
	for one := range strings.SplitSeq(list, ",") {
		if one == word {
			return true
		}
	}
	return false
}

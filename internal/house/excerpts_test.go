package house

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/internal/shared"
)

// excerpt is a fenced block whose info string names a file after the language.
var excerpt = regexp.MustCompile("(?ms)^```[a-z]+ (\\S+)\n(.*?)^```$")

// TestExcerptsInMarkdownStandInTheFilesTheyName keeps what documentation shows
// equal to what is compiled and run.
func TestExcerptsInMarkdownStandInTheFilesTheyName(t *testing.T) {
	t.Parallel()
	root := shared.ModuleRoot()
	for page, least := range map[string]int{"README.md": 5, "CONTRIBUTING.md": 1} {
		text, err := os.ReadFile(filepath.Join(root, page))
		if err != nil {
			t.Fatal(err)
		}
		blocks := excerpt.FindAllStringSubmatch(string(text), -1)
		if len(blocks) < least {
			t.Errorf("%s has %d excerpts, expected at least %d", page, len(blocks), least)
		}
		for _, block := range blocks {
			source, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(block[1])))
			if err != nil {
				t.Errorf("%s: %v", page, err)
				continue
			}
			if !strings.Contains(string(source), block[2]) {
				t.Errorf("%s shows text that is not in %s:\n%s", page, block[1], block[2])
			}
		}
	}
}

package resolver

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseSourceChoosesByPrefixAndByWhatIsThere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "x.json", "{}")
	for _, c := range []struct{ arg, want string }{
		{dir, "resolver.dirSource"},
		{filepath.Join(dir, "x.json"), "resolver.fileSource"},
		{"go:example.com/lex@v1.2.3/lexicons", "*resolver.Module"},
		{filepath.Join(dir, "gone"), "no such file or folder"},
		{"example.com/lex@v1.2.3/lexicons", "a Go module is written go:example.com/lex@v1.2.3/lexicons"},
		{"go:example.com/lex@", "no version behind the @"},
	} {
		source, err := ParseSource(c.arg)
		if err != nil {
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: error %q, want %q", c.arg, err, c.want)
			}
			continue
		}
		if got := fmt.Sprintf("%T", source); got != c.want || source.Name() != c.arg {
			t.Errorf("%s: got %s named %s, want %s", c.arg, got, source.Name(), c.want)
		}
	}
}

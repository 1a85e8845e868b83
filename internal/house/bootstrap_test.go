package house

import (
	"path"
	"testing"
)

// TestBootstrapNeedsNothingGenerated proves that generated code which does not
// compile can always be generated again.
func TestBootstrapNeedsNothingGenerated(t *testing.T) {
	t.Parallel()
	packages := present("internal/bootstrap")
	if len(packages) == 0 {
		t.Skip("internal/bootstrap does not exist yet")
	}
	generated := map[string]bool{}
	for _, s := range sources(t) {
		generated[s.path] = s.generated
	}
	for _, p := range goList(t, "-deps", packages[0]) {
		if !p.ours() {
			continue
		}
		for _, name := range p.GoFiles {
			if file := path.Join(p.folder(), name); generated[file] {
				t.Errorf("internal/bootstrap reaches the generated file %s", file)
			}
		}
	}
}

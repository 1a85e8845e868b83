package gen_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lexgen/lexgen/codegen/ir"
	"github.com/lexgen/lexgen/internal/golden"
	"github.com/lexgen/lexgen/internal/gotest"
	"github.com/lexgen/lexgen/internal/shared"
	"github.com/lexgen/lexgen/resolver"
)

// leastCommunity is how many of the 38 community roots must generate.
const leastCommunity = 35

// compiling is held by a test that compiles the projects: what one has compiled
// the next finds in the cache.
var compiling sync.Mutex

// TestCommunityLexiconsGenerateBuildAndVet generates the lexicons of 38
// projects, each as a source before the official ones. A project without
// copies of official lexicons imports the packages generated for those, the
// others generate them along. The golden report holds every diagnostic.
func TestCommunityLexiconsGenerateBuildAndVet(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes minutes")
	}
	m := gotest.NewModule(t, "example.com/out")
	projects, report := community(t, m, ir.CBORReached)
	if len(projects) < leastCommunity {
		t.Errorf("%d projects generate, want at least %d of 38", len(projects), leastCommunity)
	}
	golden.File(t, "testdata/community.txt", report)
	compiling.Lock()
	defer compiling.Unlock()
	m.Go(t, "", "build", "./...")
	m.Go(t, "", "vet", "./...")
}

// project is a root of the community's lexicons that generates.
type project struct {
	name string
	outcome
}

// community generates all projects that can be into m, and returns them with a
// report on all.
func community(t *testing.T, m *gotest.Module, cbor ir.CBORMode) ([]project, string) {
	t.Helper()
	roots, err := os.ReadDir(shared.Dir(t, "lexicons", "community"))
	if err != nil {
		t.Fatal(err)
	}
	if len(roots) < 38 {
		t.Errorf("there are %d projects, want at least 38", len(roots))
	}
	base := pipeline(t, ir.Options{Module: m.Path + "/official", CBOR: cbor}, official(t))
	m.WriteAll(t, "official", base.files)
	imports := map[string]string{}
	for _, pkg := range base.program.Packages {
		if pkg.FakesOf == nil {
			imports[pkg.Prefixes[0]] = pkg.Path
		}
	}

	var report strings.Builder
	var projects []project
	for i, root := range roots {
		folder := fmt.Sprintf("r%02d", i)
		source := corpus(t, root.Name(), "lexicons", "community", root.Name())
		opts := ir.Options{Module: m.Path + "/" + folder, CBOR: cbor}
		o := pipeline(t, opts, source, official(t))
		fmt.Fprintf(&report, "== %s\n%s", root.Name(), firstLines(t, o.report))
		if o.program == nil {
			fmt.Fprintf(&report, "refused\n")
			continue
		}
		if !copies(o.graph, root.Name(), imports) {
			opts.Imports = imports
			o = pipeline(t, opts, source, official(t))
		}
		fmt.Fprintf(&report, "%s", explained(o.program))
		fmt.Fprintf(&report, "%d packages, %d files\n", len(o.program.Packages), len(o.files))
		m.WriteAll(t, folder, o.files)
		projects = append(projects, project{root.Name(), o})
	}
	return projects, report.String()
}

// copies reports whether the project has lexicons under a prefix of imports.
func copies(g *resolver.Graph, root string, imports map[string]string) bool {
	return slices.ContainsFunc(g.Lexicons, func(lex *resolver.Lexicon) bool {
		if !strings.HasPrefix(lex.Doc.File.Path(), root+"/") {
			return false
		}
		for prefix := range imports {
			if strings.HasPrefix(lex.ID, prefix+".") {
				return true
			}
		}
		return false
	})
}

package gen_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/codegen/ir"
	"github.com/lexgen/lexgen/internal/golden"
	"github.com/lexgen/lexgen/internal/gotest"
	"github.com/lexgen/lexgen/internal/shared"
	"github.com/lexgen/lexgen/resolver"
)

// leastCommunity is how many of the 38 community roots must generate.
const leastCommunity = 35

// TestCommunityLexiconsGenerateBuildAndVet generates the lexicons of 38
// projects, each as a source before the official ones. A project without
// copies of official lexicons imports the packages generated for those, the
// others generate them along. The golden report holds every diagnostic.
func TestCommunityLexiconsGenerateBuildAndVet(t *testing.T) {
	t.Parallel()
	roots, err := os.ReadDir(shared.Dir(t, "lexicons", "community"))
	if err != nil {
		t.Fatal(err)
	}
	m := gotest.NewModule(t, "example.com/out")
	base := pipeline(t, ir.Options{Module: m.Path + "/official"}, nil, official(t))
	m.WriteAll(t, "official", base.files)
	imports := map[string]string{}
	for _, pkg := range base.program.Packages {
		imports[pkg.Prefixes[0]] = pkg.Path
	}

	var report strings.Builder
	generated := 0
	for i, root := range roots {
		folder := fmt.Sprintf("r%02d", i)
		source := corpus(t, root.Name(), "lexicons", "community", root.Name())
		opts := ir.Options{Module: m.Path + "/" + folder}
		o := pipeline(t, opts, nil, source, official(t))
		fmt.Fprintf(&report, "== %s\n%s", root.Name(), firstLines(t, o.report))
		if o.program == nil {
			fmt.Fprintf(&report, "refused\n")
			continue
		}
		generated++
		if !copies(o.graph, root.Name(), imports) {
			opts.Imports = imports
			o = pipeline(t, opts, nil, source, official(t))
		}
		fmt.Fprintf(&report, "%s", explained(o.program))
		fmt.Fprintf(&report, "%d packages, %d files\n", len(o.program.Packages), len(o.files))
		m.WriteAll(t, folder, o.files)
	}
	if len(roots) < 38 || generated < leastCommunity {
		t.Errorf("%d of %d projects generate, want at least %d of 38", generated, len(roots), leastCommunity)
	}
	m.Go(t, "", "build", "./...")
	m.Go(t, "", "vet", "./...")
	golden.File(t, "testdata/community.txt", report.String())
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

package gen_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/codegen/ir"
	"github.com/lexgen/lexgen/internal/gotest"
	"github.com/lexgen/lexgen/resolver"
)

// lineBudget is what the design gives the official lexicons, with endpoints,
// servers, fakes and CBOR.
const lineBudget = 75_000

func TestOfficialLexiconsGenerateBuildAndVet(t *testing.T) {
	t.Parallel()
	m := gotest.NewModule(t, "example.com/out")
	o := pipeline(t, ir.Options{Module: m.Path}, official(t))
	if got := firstLines(t, o.report); got != "" {
		t.Fatalf("diagnostics:\n%s", got)
	}
	if n := len(o.graph.Lexicons); n < 402 {
		t.Fatalf("%d lexicons, want 402: the corpus is not whole", n)
	}
	m.WriteAll(t, ".", o.files)
	m.Go(t, "", "build", "./...")
	m.Go(t, "", "vet", "./...")

	lines := 0
	for _, file := range o.files {
		lines += strings.Count(string(file.Data), "\n")
	}
	t.Logf("%d files, %d lines", len(o.files), lines)
	if lines > lineBudget {
		t.Errorf("%d lines, the budget is %d", lines, lineBudget)
	}
}

// shuffled turns the order of a source's files around.
type shuffled struct{ resolver.Source }

func (s shuffled) Files(ctx context.Context) ([]resolver.File, error) {
	files, err := s.Source.Files(ctx)
	slices.Reverse(files)
	return files, err
}

func TestOutputDoesNotDependOnTheOrderOfFiles(t *testing.T) {
	t.Parallel()
	opts := ir.Options{Module: "example.com/out"}
	want := pipeline(t, opts, official(t))
	got := pipeline(t, opts, shuffled{official(t)})
	if diff := cmp.Diff(want.files, got.files); diff != "" {
		t.Errorf("files differ (-in order +reversed):\n%s", diff)
	}
}

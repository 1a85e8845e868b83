package ir_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/lexgen/lexgen/codegen"
	"github.com/lexgen/lexgen/codegen/ir"
	"github.com/lexgen/lexgen/internal/gotest"
)

// sample is a set of lexicons and options for it.
type sample struct {
	source  source
	options ir.Options
}

// TestRandomLexiconsBuildAndVet compiles some of the lexicons that the
// properties are checked on.
func TestRandomLexiconsBuildAndVet(t *testing.T) {
	if testing.Short() {
		t.Skip("the compiler takes its time")
	}
	t.Parallel()
	samples := rapid.Custom(func(t *rapid.T) sample {
		s := lexicons(t)
		return sample{s, options(t, s)}
	})
	m := gotest.NewModule(t, "example.com/out")
	for i := range 16 {
		s := samples.Example(i)
		folder := fmt.Sprintf("s%d", i)
		s.options.Module = m.Path + "/" + folder
		files, err := codegen.Generate(build(t, s.source, s.options), codegen.Emitters())
		if err != nil {
			t.Fatal(err)
		}
		m.WriteAll(t, folder, files)
	}
	m.Go(t, "", "build", "./...")
	m.Go(t, "", "vet", "./...")
}

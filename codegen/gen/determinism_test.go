package gen_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/lexgen/lexgen/codegen"
	"github.com/lexgen/lexgen/codegen/ir"
	"github.com/lexgen/lexgen/resolver"
)

// part is every n-th file of a source, in an order that seed decides.
type part struct {
	resolver.Source
	index, of int
	seed      uint64
}

func (p part) Files(ctx context.Context) ([]resolver.File, error) {
	all, err := p.Source.Files(ctx)
	var files []resolver.File
	for i, file := range all {
		if i%p.of == p.index {
			files = append(files, file)
		}
	}
	rng := rand.New(rand.NewPCG(p.seed, p.seed))
	rng.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
	return files, err
}

// TestOutputIsTheSameOnOneProcessorFromShuffledSources must not run beside
// other tests, because it changes the number of processors for all.
func TestOutputIsTheSameOnOneProcessorFromShuffledSources(t *testing.T) { //nolint:paralleltest // see above
	opts := ir.Options{Module: "example.com/out"}
	all := official(t)
	want := pipeline(t, opts, all).files
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for seed := range uint64(2) {
		sources := []resolver.Source{part{all, 0, 3, seed}, part{all, 1, 3, seed}, part{all, 2, 3, seed}}
		slices.Reverse(sources[seed:])
		got := pipeline(t, opts, sources...).files
		if !slices.EqualFunc(want, got, func(a, b codegen.File) bool { return a.Path == b.Path && bytes.Equal(a.Data, b.Data) }) {
			t.Errorf("seed %d: the files differ", seed)
		}
	}
}

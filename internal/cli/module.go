package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/lexgen/lexgen/internal/config"
	"github.com/lexgen/lexgen/resolver"
)

// isModule reports whether a source is written as a Go module.
func isModule(text string) bool { return strings.HasPrefix(text, "go:") }

var errNoModule = errors.New("not a Go module")

// moduleOf reads a source of lexgen.yaml as a Go module with its sum.
func moduleOf(source config.Source) (resolver.ModuleSpec, error) {
	if !isModule(source.Value) {
		return resolver.ModuleSpec{}, errNoModule
	}
	spec, err := resolver.ParseModuleSpec(source.Value)
	spec.Sum = source.Sum.Value
	return spec, err
}

// pinned is a Go module whose sum lexgen.yaml records.
type pinned struct {
	*resolver.Module

	sum string // empty if none is recorded
}

// Files reads the module. If its content is not what was recorded, the error
// says how to record it anew.
func (p pinned) Files(ctx context.Context) ([]resolver.File, error) {
	files, err := p.Module.Files(ctx)
	if err == nil || p.sum == "" {
		return files, err
	}
	if fetched, fetchErr := p.Fetch(ctx); fetchErr == nil && fetched.Sum != p.sum {
		err = fmt.Errorf("%w\nif the new content is wanted, lexgen gen --update-sums records its sum", err)
	}
	return nil, err
}

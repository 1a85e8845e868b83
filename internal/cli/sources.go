package cli

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/lexgen/lexgen/resolver"
)

// readable is a source whose failures are known as such.
type readable struct{ resolver.Source }

// Files reads the files; errors are of type *sourceError.
func (r readable) Files(ctx context.Context) ([]resolver.File, error) {
	files, err := r.Source.Files(ctx)
	if err != nil {
		return nil, &sourceError{err}
	}
	return files, nil
}

// sourcesOf returns the sources that the command line names. All are looked at
// before an error is returned.
func sourcesOf(args []string) ([]resolver.Source, error) {
	var sources []resolver.Source
	var errs []error
	for _, arg := range args {
		source, err := resolver.ParseSource(arg)
		errs = append(errs, err)
		sources = append(sources, readable{source})
	}
	if err := errors.Join(errs...); err != nil {
		return nil, &exitError{statusProblem, err}
	}
	return sources, nil
}

// isGlob tells exclusions of paths from those of ids, as resolver.Load does.
func isGlob(text string) bool { return strings.Contains(text, "/") || strings.HasSuffix(text, ".json") }

// checkExclusion refuses an exclusion that resolver.Load would refuse.
func checkExclusion(text string) error {
	if isGlob(text) {
		if _, err := path.Match(text, ""); err != nil {
			return fmt.Errorf("glob %q: %w", text, err)
		}
		return nil
	}
	if strings.Contains(text, "#") {
		return fmt.Errorf("pattern %q names a definition, and only files can be excluded", text)
	}
	_, err := resolver.ParsePattern(text)
	return err
}

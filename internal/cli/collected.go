package cli

import (
	"errors"
	"fmt"

	schema "github.com/lexgen/lexgen/resolver/network"
)

// withinLimits adds to the error of a collection of lexicons what to do about it, if it
// has ended at a limit.
func withinLimits(err error, wayOut string) error {
	if !errors.Is(err, schema.ErrTooMany) && !errors.Is(err, schema.ErrTooLarge) {
		return err
	}
	return &exitError{statusProblem, fmt.Errorf("what was asked for leads to %w\n%s", err, wayOut)}
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	schema "github.com/lexgen/lexgen/resolver/network"
)

// TestTooMuchHasAWayOut_UN25 ends commands for which published lexicons lead to too many, or too
// large ones, or that are stopped.
func TestTooMuchHasAWayOut_UN25(t *testing.T) {
	t.Parallel()
	i := &installing{recall: &recall{}}
	for _, cause := range []error{schema.ErrTooMany, schema.ErrTooLarge} {
		err := fmt.Errorf("%w: more than 7", cause)
		for want, got := range map[string]error{"--against git:REF": uncollected(err), "in this project": i.unfinished(&counting{}, err)} {
			var exit *exitError
			if !errors.As(got, &exit) || exit.status != statusProblem || !strings.Contains(got.Error(), want) || !strings.Contains(got.Error(), "more than 7") {
				t.Errorf("%v", got)
			}
		}
	}
	if got := uncollected(context.Canceled); !errors.Is(got, context.Canceled) {
		t.Error(got)
	}
}

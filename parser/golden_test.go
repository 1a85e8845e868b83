package parser_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/internal/golden"
	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// TestGolden shows for each construct and each mistake the tree and the
// diagnostics.
func TestGolden(t *testing.T) {
	t.Parallel()
	golden.Run(t, "testdata", func(t *testing.T, c *golden.Case) {
		all := &diag.Report{}
		for _, name := range slices.Sorted(maps.Keys(c.In)) {
			r := &diag.Report{}
			document := parser.Parse(diag.NewFile(name, []byte(c.In[name])), r)
			all.Merge(r)
			c.Output(strings.TrimSuffix(name, ".json")+".tree", dump(document))
		}
		if all.Len() > 0 {
			c.Output("diagnostics.txt", render(t, all))
		}
	})
}

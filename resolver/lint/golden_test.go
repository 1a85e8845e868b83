package lint_test

import (
	"testing"

	"github.com/lexgen/lexgen/internal/golden"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver/lint"
)

// TestRules_LX21_LX26_LX27_OA73 reads testdata/rules: lexicons, and what a strict run finds in them.
// Files that fixes change are outputs, too, with all rounds of fixes.
func TestRules_LX21_LX26_LX27_OA73(t *testing.T) {
	t.Parallel()
	golden.Run(t, "testdata/rules", func(t *testing.T, c *golden.Case) {
		files := inputs(c)
		result := check(t, folder(files), lint.Options{Strict: true})
		c.Output("found", render(t, diag.Text{}, result))
		for {
			fixed := check(t, folder(files), lint.Options{Strict: true}).Fixed()
			if len(fixed) == 0 {
				return
			}
			for _, f := range fixed {
				name := f.File.Path()[len("in/"):]
				files[name] = f.Text
				c.Output("fixed/"+name, string(f.Text))
			}
		}
	})
}

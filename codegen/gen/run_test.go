package gen_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/codegen"
	"github.com/lexgen/lexgen/codegen/gen"
	"github.com/lexgen/lexgen/codegen/ir"
	"github.com/lexgen/lexgen/codegen/output"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
)

// texts is a source made of NSIDs and the definitions of their lexicons.
type texts map[string]string

func (texts) Name() string { return "texts" }

func (s texts) Files(context.Context) ([]resolver.File, error) {
	var files []resolver.File
	for _, id := range slices.Sorted(maps.Keys(s)) {
		text := `{"lexicon": 1, "id": "` + id + `", "defs": {` + s[id] + `}}`
		files = append(files, resolver.File{Path: id + ".json", Rel: id + ".json", Data: []byte(text)})
	}
	return files, nil
}

// unreadable is a source that fails.
type unreadable struct{ texts }

var errUnreadable = errors.New("unreadable")

func (unreadable) Files(context.Context) ([]resolver.File, error) { return nil, errUnreadable }

const anObject = `"main": {"type": "object", "properties": {"x": {"type": "string"}}}`

// small is the configuration of two small lexicons, with stamps.
func small(t *testing.T) gen.Config {
	t.Helper()
	return gen.Config{
		Sources:     []resolver.Source{texts{"com.example.a": anObject, "org.other.b": anObject}},
		Out:         filepath.Join(t.TempDir(), "out"),
		Packages:    ir.Options{Module: "example.com/out"},
		Stamps:      output.Stamps{Dir: t.TempDir()},
		Fingerprint: "one version",
	}
}

func TestASecondRunHasNothingToDo(t *testing.T) {
	t.Parallel()
	c := small(t)
	first, _ := temp(t, c)
	if first.Fresh || len(first.Written.Written) != 4 || first.Summary.Lexicons != 2 {
		t.Errorf("first run: %+v", first)
	}
	var steps []string
	c.Progress = func(step string) { steps = append(steps, step) }
	second, _ := temp(t, c)
	if !second.Fresh || second.Program != nil {
		t.Errorf("second run: %+v", second)
	}
	if diff := cmp.Diff(first.Summary, second.Summary); diff != "" {
		t.Errorf("summaries (-first +second):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"reading"}, steps); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
}

func TestEverythingThatDecidesAboutTheOutputEndsTheShortcut(t *testing.T) {
	t.Parallel()
	cases := map[string]func(c *gen.Config){
		"another lexicon": func(c *gen.Config) { c.Sources = append(c.Sources, texts{"net.third.c": anObject}) },
		"a changed lexicon": func(c *gen.Config) {
			c.Sources = []resolver.Source{texts{"com.example.a": anObject + `, "b": {"type": "token"}`, "org.other.b": anObject}}
		},
		"a lexicon less": func(c *gen.Config) { c.Sources = []resolver.Source{texts{"com.example.a": anObject}} },
		"sources split": func(c *gen.Config) {
			c.Sources = []resolver.Source{texts{"com.example.a": anObject}, texts{"org.other.b": anObject}}
		},
		"a selection":        func(c *gen.Config) { c.Select = []string{"com.example.*"} },
		"an exclusion":       func(c *gen.Config) { c.Exclude = []string{"org.other.*"} },
		"a module":           func(c *gen.Config) { c.Packages.Module = "example.org/x" },
		"a folder":           func(c *gen.Config) { c.Packages.Packages = map[string]string{"com.example": "x"} },
		"an import":          func(c *gen.Config) { c.Packages.Imports = map[string]string{"com.example": "example.org/x"} },
		"a name":             func(c *gen.Config) { c.Packages.Names = map[string]string{"com.example.a": "X"} },
		"documentation":      func(c *gen.Config) { c.Packages.Docs = ir.DocsNone },
		"strictness":         func(c *gen.Config) { c.Strict = true },
		"another version":    func(c *gen.Config) { c.Fingerprint = "another version" },
		"no version":         func(c *gen.Config) { c.Fingerprint = "" },
		"another folder":     func(c *gen.Config) { c.Out += "2" },
		"emitters":           func(c *gen.Config) { c.Emitters = codegen.Emitters() },
		"a check":            func(c *gen.Config) { c.Check = true },
		"no place of stamps": func(c *gen.Config) { c.Stamps.Dir = "" },
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := small(t)
			temp(t, c)
			change(&c)
			if result, _ := temp(t, c); result.Fresh {
				t.Error("the run looked at nothing")
			}
		})
	}
}

func TestErrorsInSchemasLeaveTheFolderAlone(t *testing.T) {
	t.Parallel()
	c := small(t)
	_, out := temp(t, c)
	before, err := os.ReadDir(out)
	if err != nil {
		t.Fatal(err)
	}
	c.Sources = []resolver.Source{texts{"com.example.a": `"main": {"type": "object", "properties": {"x": {"type": "ref", "ref": "#gone"}}}`}}
	result, _ := temp(t, c)
	if !result.Report.HasErrors() || result.Program != nil || len(result.Written.Written) > 0 {
		t.Errorf("the run went on: %+v", result)
	}
	after, err := os.ReadDir(out)
	if err != nil || len(after) != len(before) {
		t.Errorf("the folder changed from %v to %v, %v", before, after, err)
	}
}

func TestCheckComparesAndWritesNothing(t *testing.T) {
	t.Parallel()
	c := small(t)
	c.Check = true
	result, out := temp(t, c)
	if len(result.Stale.Missing) != 4 {
		t.Errorf("stale: %+v", result.Stale)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("the folder was made")
	}
	c.Check = false
	temp(t, c)
	c.Check = true
	if result, _ := temp(t, c); !result.Stale.Empty() {
		t.Errorf("stale after a run: %+v", result.Stale)
	}
}

func TestOptionsThatContradictTheLexiconsAreDiagnosed(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		options ir.Options
		want    string
	}{
		"imported and generated": {
			ir.Options{Module: "example.com/out", Imports: map[string]string{"com.example": "example.com/out/orgother"}},
			"example.com/out/orgother is imported",
		},
		"pinned twice": {
			ir.Options{
				Module:   "example.com/out",
				Packages: map[string]string{"com.example": "x", "org.other": "x"},
				Names:    map[string]string{"com.example.a": "A", "org.other.b": "A"},
			},
			"both pinned to A",
		},
	}
	for name, contradiction := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := small(t)
			c.Packages = contradiction.options
			result, out := temp(t, c)
			list := result.Report.Diagnostics()
			if len(list) != 1 || list[0].Code != diag.CodeConfigInvalid || !strings.Contains(list[0].Message, contradiction.want) {
				t.Errorf("diagnostics: %v", list)
			}
			if _, err := os.Stat(out); err == nil {
				t.Error("the folder was made")
			}
		})
	}
}

func TestOptionsThatCannotWorkAreAnError(t *testing.T) {
	t.Parallel()
	c := small(t)
	c.Packages.Names = map[string]string{"com.example.a": "func"}
	if _, err := gen.Run(t.Context(), c); err == nil {
		t.Error("no error")
	}
}

func TestPinsWithoutADefinitionAreAWarning(t *testing.T) {
	t.Parallel()
	c := small(t)
	c.Packages.Names = map[string]string{"com.example.gone": "Gone"}
	result, _ := temp(t, c)
	list := result.Report.Diagnostics()
	if len(list) != 1 || list[0].Code != diag.CodeNamePinUnused || list[0].Severity != diag.Warning {
		t.Errorf("diagnostics: %v", list)
	}
	if result, _ := temp(t, c); result.Fresh {
		t.Error("the second run does not repeat the warning")
	}
}

func TestEverySourceThatCannotBeReadIsNamed(t *testing.T) {
	t.Parallel()
	c := small(t)
	c.Sources = []resolver.Source{unreadable{}, texts{"com.example.a": anObject}, unreadable{}}
	_, err := gen.Run(t.Context(), c)
	if !errors.Is(err, errUnreadable) || strings.Count(err.Error(), errUnreadable.Error()) != 2 {
		t.Errorf("the error is %v", err)
	}
}

func TestAFolderThatCannotBeWrittenIsAnErrorOfTheOutput(t *testing.T) {
	t.Parallel()
	c := small(t)
	if err := os.WriteFile(c.Out, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := gen.Run(t.Context(), c)
	if _, ok := errors.AsType[*output.Error](err); !ok {
		t.Errorf("the error is %v, want an *output.Error", err)
	}
}

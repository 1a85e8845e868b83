package gen_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/codegen/ir"
	"github.com/lexgen/lexgen/internal/gotest"
	"github.com/lexgen/lexgen/internal/values"
)

// subject is a generated type with JSON methods, and how to make values of it.
type subject struct {
	pkg   *ir.Package
	name  string
	decl  ir.Decl
	value func(m *values.Maker) any
}

// String names the subject as the harness knows it.
func (s subject) String() string { return s.pkg.Path + "." + s.name }

// subjects returns all generated types with JSON methods.
func subjects(p *ir.Program) []subject {
	var list []subject
	for _, pkg := range p.Packages {
		for _, file := range pkg.Files {
			for _, d := range file.Decls {
				if value := valueOf(d); value != nil {
					list = append(list, subject{pkg, d.Ident(), d, value})
				}
			}
		}
	}
	return list
}

func valueOf(d ir.Decl) func(m *values.Maker) any {
	switch d := d.(type) {
	case *ir.Struct:
		if d.Kind == ir.ParamsStruct {
			return nil
		}
		return func(m *values.Maker) any {
			v := m.Value(d.Schema).(map[string]any)
			if d.Kind == ir.RecordStruct {
				v["$type"] = d.Type
			}
			return v
		}
	case *ir.Array:
		return func(m *values.Maker) any { return m.Value(d.Schema) }
	case *ir.BodyUnion:
		return func(m *values.Maker) any { return m.Value(d.Schema) }
	}
	return nil
}

// program fills a program's text with imports of the generated packages, and a
// table of their types by name.
func program(text string, subjects []subject) string {
	aliases := map[string]string{}
	var imports, types strings.Builder
	for _, s := range subjects {
		alias, ok := aliases[s.pkg.Path]
		if !ok {
			alias = fmt.Sprintf("p%d", len(aliases))
			aliases[s.pkg.Path] = alias
			fmt.Fprintf(&imports, "\t%s %q\n", alias, s.pkg.Path)
		}
		fmt.Fprintf(&types, "\t%q: func() any { return new(%s.%s) },\n", s.String(), alias, s.name)
	}
	return fmt.Sprintf(text, imports.String(), types.String())
}

// perStyle is how many values of each style a type gets.
const perStyle = 3

// roundTrip sends values of every type through a harness in m and compares
// what comes back byte for byte.
func roundTrip(t *testing.T, m *gotest.Module, outcomes ...outcome) {
	t.Helper()
	var list []subject
	var names, want []string
	var in strings.Builder
	rng := rand.New(rand.NewPCG(1, 2))
	for _, o := range outcomes {
		for _, s := range subjects(o.program) {
			list = append(list, s)
			for _, style := range values.Styles {
				maker := &values.Maker{Graph: o.graph, Style: style, Rand: rng}
				for range perStyle {
					text := values.JSON(s.value(maker))
					names, want = append(names, s.String()), append(want, text)
					fmt.Fprintf(&in, "%s\t%s\n", s, text)
				}
			}
		}
	}
	m.Write(t, "harness/main.go", program(harnessText, list))
	got := strings.Split(strings.TrimSuffix(m.Go(t, in.String(), "run", "./harness"), "\n"), "\n")
	if len(got) != len(want) {
		t.Fatalf("%d lines came back for %d values:\n%s", len(got), len(want), got[len(got)-1])
	}
	failures := 0
	for i, text := range want {
		if got[i] != text && failures < 20 {
			failures++
			t.Errorf("%s:\nwant %s\ngot  %s", names[i], text, got[i])
		}
	}
	t.Logf("%d types, %d values", len(list), len(want))
}

// cborModes are the two ways to generate.
var cborModes = []struct {
	name string
	mode ir.CBORMode
}{{"reached", ir.CBORReached}, {"all", ir.CBORAll}}

func TestOfficialValuesSurvive_DM05_DM08_DM09_DM26_LX22(t *testing.T) {
	t.Parallel()
	for _, c := range cborModes {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := gotest.NewModule(t, "example.com/out")
			o := pipeline(t, ir.Options{Module: m.Path, CBOR: c.mode}, official(t))
			m.WriteAll(t, ".", o.files)
			roundTrip(t, m, o)
		})
	}
}

func TestHostileValuesSurvive_DM05_DM08_DM09_DM26(t *testing.T) {
	t.Parallel()
	for _, mode := range cborModes {
		t.Run(mode.name, func(t *testing.T) {
			t.Parallel()
			m := gotest.NewModule(t, "example.com/out")
			var outcomes []outcome
			for _, c := range hostileCases(t) {
				folder := "c" + strings.ReplaceAll(c.name, "-", "")
				opts := ir.Options{Module: m.Path + "/" + folder, CBOR: mode.mode}
				o := pipeline(t, opts, corpus(t, c.name, "hostile", c.name))
				if o.program != nil {
					m.WriteAll(t, folder, o.files)
					outcomes = append(outcomes, o)
				}
			}
			roundTrip(t, m, outcomes...)
		})
	}
}

// communityModes asks for the values of the projects in the wild in all modes: each compiles
// their packages once more, which takes minutes. Those of the official and of the hostile
// lexicons are tried in all modes every day.
var communityModes = flag.Bool("community-modes", false, "try the values of the community's lexicons with cbor: all, too")

func TestCommunityValuesSurvive_DM05_DM08_DM09_DM26(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes minutes")
	}
	for _, c := range cborModes {
		if c.mode == ir.CBORAll && !*communityModes {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := gotest.NewModule(t, "example.com/out")
			projects, _ := community(t, m, c.mode)
			var outcomes []outcome
			for _, p := range projects {
				outcomes = append(outcomes, p.outcome)
			}
			compiling.Lock()
			defer compiling.Unlock()
			roundTrip(t, m, outcomes...)
		})
	}
}

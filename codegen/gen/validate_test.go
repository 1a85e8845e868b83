package gen_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/codegen/ir"
	"github.com/lexgen/lexgen/internal/gotest"
	"github.com/lexgen/lexgen/internal/values"
	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/resolver"
	"github.com/lexgen/lexgen/resolver/validate"
	"github.com/lexgen/lexgen/runtime/lex"
)

// validateText is a program that reads lines of TYPE<TAB>JSON and prints for
// each what validation says of the generated value, or decoding if it does not
// get that far, as a JSON array of strings.
const validateText = `package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"strings"

	"github.com/lexgen/lexgen/runtime/lex"
%s)

var types = map[string]func() any{
%s}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<26)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	for in.Scan() {
		name, text, _ := strings.Cut(in.Text(), "\t")
		if err := encoder.Encode(verdict(types[name](), []byte(text))); err != nil {
			panic(err)
		}
	}
}

func verdict(v any, text []byte) []string {
	list := []string{}
	if err := lex.DecodeJSON(text, v); err != nil {
		var e *lex.Error
		if !errors.As(err, &e) {
			panic(err)
		}
		return append(list, "decode "+e.Path)
	}
	err := lex.Validate(v)
	var violations *lex.Violations
	if err != nil && !errors.As(err, &violations) {
		panic(err)
	}
	if err != nil {
		for _, v := range violations.List {
			list = append(list, string(v.Rule)+" "+v.String())
		}
	}
	return list
}
`

// validated is one line for the harness, and what is expected of it.
type validated struct {
	subject subject
	text    string
	path    string // of the only thing that is wrong, empty if nothing is
	rule    string
	dynamic []string // the verdict on the data
}

// verdict validates a value of the data model in this process.
func verdict(t *testing.T, schema lex.Schema, text string) []string {
	t.Helper()
	var v any
	if err := lex.DecodeJSON([]byte(text), &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	list := []string{}
	err := lex.ValidateData(schema, v)
	if err == nil {
		return list
	}
	violations, ok := errors.AsType[*lex.Violations](err)
	if !ok {
		t.Fatal(err)
	}
	for _, v := range violations.List {
		list = append(list, string(v.Rule)+" "+v.String())
	}
	return list
}

// definitionOf returns the definition that a generated type stands for, nil if
// it has none of its own.
func definitionOf(o outcome, d ir.Decl) *resolver.Def {
	switch d := d.(type) {
	case *ir.Struct:
		return o.graph.Lookup(d.Type)
	case *ir.Array:
		return definitionWith(o.graph, d.Schema)
	}
	return nil
}

func definitionWith(g *resolver.Graph, t parser.Type) *resolver.Def {
	for _, lexicon := range g.Lexicons {
		for _, def := range lexicon.Defs {
			if def.AST.Type == t {
				return def
			}
		}
	}
	return nil
}

// perType bounds the mutations of a type.
const perType = 100

// cases makes the values of every definition of an outcome from files below a
// folder, and the mutations of some.
func cases(t *testing.T, o outcome, folder string, rng *rand.Rand) []validated {
	t.Helper()
	schemas := validate.New(o.graph)
	var list []validated
	for _, s := range subjects(o.program) {
		def := definitionOf(o, s.decl)
		if def == nil || !strings.HasPrefix(def.Lexicon.Doc.File.Path(), folder) {
			continue
		}
		schema, ok := schemas.Lookup(def.ID())
		if !ok {
			t.Fatalf("%s has no schema", def)
		}
		add := func(v any, path, rule string) {
			text := values.JSON(v)
			list = append(list, validated{s, text, path, rule, verdict(t, schema, text)})
		}
		for _, style := range values.Styles {
			maker := &values.Maker{Graph: o.graph, Style: style, Rand: rng, NoLegacy: true}
			v := s.value(maker)
			add(v, "", "")
			if style != values.Full && style != values.Minimal {
				continue
			}
			mutations := values.Mutations(o.graph, def.AST.Type, def, v)
			rng.Shuffle(len(mutations), func(i, j int) { mutations[i], mutations[j] = mutations[j], mutations[i] })
			for _, m := range mutations[:min(len(mutations), perType)] {
				add(m.Value, "$"+m.Path, m.Rule)
			}
		}
	}
	return list
}

// checkVerdicts validates values of every definition, generated and as data.
// Valid ones must pass; of mutated ones exactly the one thing must be found; and
// both kinds of validation must say the same, word by word.
func checkVerdicts(t *testing.T, m *gotest.Module, projects ...project) {
	t.Helper()
	rng := rand.New(rand.NewPCG(3, 4))
	var list []validated
	var types []subject
	var in strings.Builder
	for _, p := range projects {
		list = append(list, cases(t, p.outcome, p.name+"/", rng)...)
	}
	for i, c := range list {
		if i == 0 || c.subject.String() != list[i-1].subject.String() {
			types = append(types, c.subject)
		}
		fmt.Fprintf(&in, "%s\t%s\n", c.subject, c.text)
	}
	m.Write(t, "verdicts/main.go", program(validateText, types))
	out := json.NewDecoder(strings.NewReader(m.Go(t, in.String(), "run", "./verdicts")))
	failures := 0
	for _, c := range list {
		var static []string
		if err := out.Decode(&static); err != nil {
			t.Fatal(err)
		}
		if problem := c.problem(static); problem != "" && failures < 20 {
			failures++
			t.Errorf("%s: %s\nvalue %.400s\nstatic  %q\ndynamic %q", c.subject, problem, c.text, static, c.dynamic)
		}
	}
	t.Logf("%d types, %d values", len(types), len(list))
}

// problem says what is wrong with the verdicts, if anything is.
func (c validated) problem(static []string) string {
	refused := len(static) == 1 && strings.HasPrefix(static[0], "decode ")
	switch {
	case c.path == "" && len(static)+len(c.dynamic) > 0:
		return "a valid value is refused"
	case c.path == "":
		return ""
	case !slices.ContainsFunc(c.dynamic, func(v string) bool { return strings.HasPrefix(v, c.rule+" "+c.path+": ") }):
		return "expected " + c.rule + " at " + c.path
	case slices.ContainsFunc(c.dynamic, func(v string) bool { return !strings.Contains(v, " "+c.path+": ") }):
		return "more is found than is wrong"
	case refused && !strings.HasPrefix(static[0], "decode "+c.path): // or in what makes it bytes or a link
		return "decoding refuses it elsewhere than at " + c.path
	case !refused && !slices.Equal(static, c.dynamic):
		return "the verdicts differ"
	}
	return ""
}

func TestOfficialVerdicts_LX13_LX14_LX15_LX17_LX19_LX20_LX22_LX23(t *testing.T) {
	t.Parallel()
	m := gotest.NewModule(t, "example.com/out")
	o := pipeline(t, ir.Options{Module: m.Path}, official(t))
	m.WriteAll(t, ".", o.files)
	checkVerdicts(t, m, project{"official", o})
}

func TestHostileVerdicts_LX13_LX14_LX15_LX19(t *testing.T) {
	t.Parallel()
	m := gotest.NewModule(t, "example.com/hostile")
	var projects []project
	for _, c := range hostileCases(t) {
		folder := "c" + strings.ReplaceAll(c.name, "-", "")
		o := pipeline(t, ir.Options{Module: m.Path + "/" + folder}, corpus(t, c.name, "hostile", c.name))
		if o.program != nil {
			m.WriteAll(t, folder, o.files)
			projects = append(projects, project{c.name, o})
		}
	}
	checkVerdicts(t, m, projects...)
}

func TestCommunityVerdicts_LX13_LX14_LX15_LX17_LX19_LX20_LX22(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("compiles the packages of 38 projects")
	}
	m := gotest.NewModule(t, "example.com/out")
	projects, _ := community(t, m, ir.CBORReached)
	compiling.Lock()
	defer compiling.Unlock()
	checkVerdicts(t, m, projects...)
}

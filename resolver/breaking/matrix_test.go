package breaking_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/internal/golden"
	"github.com/lexgen/lexgen/internal/values"
	"github.com/lexgen/lexgen/resolver/breaking"
)

// scene is one lexicon in which a type goes one way. In its text TYPE stands for
// the type, DEFS for definitions that the type needs, and PARAMS for the type as
// the parameters themselves.
type scene struct{ direction, text string }

var scenes = []scene{
	{"record", `{"lexicon":1,"id":"com.example.record","defs":{"main":{"type":"record","key":"any","record":{"type":"object","properties":{"p":TYPE}}}DEFS}}`},
	{"input", `{"lexicon":1,"id":"com.example.input","defs":{"main":{"type":"procedure","input":{"encoding":"application/json","schema":{"type":"object","properties":{"p":TYPE}}}}DEFS}}`},
	{"output", `{"lexicon":1,"id":"com.example.output","defs":{"main":{"type":"query","output":{"encoding":"application/json","schema":{"type":"object","properties":{"p":TYPE}}}}DEFS}}`},
	{"parameters", `{"lexicon":1,"id":"com.example.parameters","defs":{"main":{"type":"query","parameters":PARAMS}DEFS}}`},
	{"message", `{"lexicon":1,"id":"com.example.message","defs":{"main":{"type":"subscription","message":{"schema":{"type":"union","refs":["#sent"]}}},"sent":{"type":"object","properties":{"p":TYPE}}DEFS}}`},
	{"unreached", `{"lexicon":1,"id":"com.example.unreached","defs":{"x":{"type":"object","properties":{"p":TYPE}}DEFS}}`},
}

// The definition of the scene that all witnesses are values of.
const witnessed = "com.example.unreached#x"

// TestMatrix compares two types, or two lexicons, for each construct and change
// in every direction. A file of testdata/matrix is a construct, called after its
// rule. Its in/cases are lines NAME: OLD => NEW, where NAME is a change with or
// without a word behind a dash; in/defs are definitions that both have. A folder
// in/NAME has whole lexicons below old/ and new/ instead.
//
// What is printed are the findings in each direction and, for each effect, a
// value that shows it: valid on one side, invalid on the other. A change without
// an effect must have no such value.
func TestMatrix_LE01_LE02_LE03_LE04(t *testing.T) {
	t.Parallel()
	golden.Run(t, "testdata/matrix", func(t *testing.T, c *golden.Case) {
		var b strings.Builder
		for _, name := range caseNames(c.In) {
			fmt.Fprintf(&b, "%s\n", name)
			old, is := filesOf(c.In, name)
			if old != nil {
				wholeCase(t, &b, c.Name, name, old, is)
				continue
			}
			typeCase(t, &b, c.Name, name, c.In)
		}
		c.Output("verdicts", b.String())
	})
}

// caseNames returns the names of the cases of a file, lines first.
func caseNames(in map[string]string) []string {
	var names []string
	for line := range strings.Lines(in["cases"]) {
		if name, _, ok := strings.Cut(line, ": "); ok {
			names = append(names, name)
		}
	}
	folders := map[string]bool{}
	for name := range in {
		if folder, _, ok := strings.Cut(name, "/"); ok {
			folders[folder] = true
		}
	}
	return append(names, slices.Sorted(maps.Keys(folders))...)
}

// filesOf returns the lexicons of a case that is a folder.
func filesOf(in map[string]string, name string) (old, is map[string]string) {
	for file, text := range in {
		rest, ok := strings.CutPrefix(file, name+"/")
		if !ok {
			continue
		}
		if old == nil {
			old, is = map[string]string{}, map[string]string{}
		}
		switch side, rel, _ := strings.Cut(rest, "/"); side {
		case "old":
			old[rel] = text
		case "new":
			is[rel] = text
		}
	}
	return old, is
}

// wholeCase compares whole lexicons.
func wholeCase(t *testing.T, b *strings.Builder, construct, name string, old, is map[string]string) {
	t.Helper()
	before, after := load(t, "old", old).sound(t), load(t, "new", is).sound(t)
	for _, f := range breaking.Compare(before.graph, after.graph, breaking.Options{}).Findings {
		fmt.Fprintf(b, "\t%s\n", describe(f))
		if string(f.Rule.Code) == construct {
			checkName(t, name, f)
		}
	}
}

// typeCase compares types in all scenes.
func typeCase(t *testing.T, b *strings.Builder, construct, name string, in map[string]string) {
	t.Helper()
	oldType, newType := sides(t, in, name)
	parameters := forParameters(t, oldType) && forParameters(t, newType)
	before := load(t, "old", stage(t, oldType, in["defs"], parameters)).sound(t)
	after := load(t, "new", stage(t, newType, in["defs"], parameters)).sound(t)
	report := breaking.Compare(before.graph, after.graph, breaking.Options{})
	effect := breaking.Effect(0)
	for _, scene := range scenes {
		for _, f := range report.Findings {
			if !strings.HasPrefix(f.ID, "com.example."+scene.direction) {
				continue
			}
			fmt.Fprintf(b, "\t%s\n", describe(f))
			if string(f.Rule.Code) == construct {
				checkName(t, name, f)
			}
			effect |= f.Effect
		}
	}
	shows(t, b, name, "tightens", effect.Has(breaking.Tightens), before, after)
	shows(t, b, name, "relaxes", effect.Has(breaking.Relaxes), after, before)
}

// shows looks for a value that shows an effect, and demands that there is one if
// and only if the effect is claimed.
func shows(t *testing.T, b *strings.Builder, name, effect string, claimed bool, from, to version) {
	t.Helper()
	value, found := witness(t, from, to, witnessed, !claimed)
	if found != claimed {
		t.Errorf("%s: %s is %v, and a value that shows it is there: %v %s", name, effect, claimed, found, shorten(values.JSON(value)))
	}
	if found {
		fmt.Fprintf(b, "\t%s: %s\n", effect, shorten(values.JSON(value)))
	}
}

// checkName makes sure that a case does what it is called after. Rules that
// report nothing are of no effect.
func checkName(t *testing.T, name string, f *breaking.Finding) {
	t.Helper()
	change, _, _ := strings.Cut(name, "-")
	want := map[string]breaking.Effect{"relax": breaking.Relaxes, "tighten": breaking.Tightens}[change]
	if want != 0 && f.Rule.Reported() && f.Effect != want {
		t.Errorf("%s: the effect is %v, want %v", name, f.Effect, want)
	}
}

// describe returns a finding as a line. All lexicons are released, so that it is
// as grave for what is released.
func describe(f *breaking.Finding) string {
	verdict := f.Verdict.String()
	if f.Released != f.Verdict {
		verdict += ", and released " + f.Released.String()
	}
	return fmt.Sprintf("%s | %s | %s | %s", f.Ways, verdict, f.Rule.Code, f.Message())
}

// sides returns the two types of a case.
func sides(t *testing.T, in map[string]string, name string) (old, is string) {
	t.Helper()
	for line := range strings.Lines(in["cases"]) {
		if rest, ok := strings.CutPrefix(line, name+": "); ok {
			if old, is, ok := strings.Cut(strings.TrimSpace(rest), " => "); ok {
				return old, is
			}
		}
	}
	t.Fatalf("the case %s is not of the form NAME: OLD => NEW", name)
	return "", ""
}

// stage returns the lexicons of all scenes, that of parameters if they may have
// the type.
func stage(t *testing.T, typ, defs string, withParameters bool) map[string]string {
	t.Helper()
	if defs != "" {
		defs = "," + strings.TrimSpace(defs)
	}
	files := map[string]string{}
	for _, s := range scenes {
		if s.direction == "parameters" && !withParameters {
			continue
		}
		text := strings.ReplaceAll(s.text, "PARAMS", parameters(t, typ))
		text = strings.ReplaceAll(text, "TYPE", typ)
		files[s.direction+".json"] = strings.ReplaceAll(text, "DEFS", defs)
	}
	return files
}

// fields are the parts of a type that decide whether parameters may have it.
type fields struct {
	Type       string
	Items      *fields
	Properties map[string]*fields
	Nullable   []string
}

func (f *fields) scalar() bool {
	return f.Type == "boolean" || f.Type == "integer" || f.Type == "string" || f.Type == "array" && f.Items.scalar()
}

func forParameters(t *testing.T, typ string) bool {
	t.Helper()
	f := fieldsOf(t, typ)
	if f.Type != "object" || len(f.Nullable) > 0 {
		return f.scalar()
	}
	for _, p := range f.Properties {
		if !p.scalar() {
			return false
		}
	}
	return len(f.Properties) > 0
}

// parameters returns the parameters that have a type, or are the object that it
// is.
func parameters(t *testing.T, typ string) string {
	t.Helper()
	if fieldsOf(t, typ).Type == "object" {
		return strings.Replace(typ, `"type":"object"`, `"type":"params"`, 1)
	}
	return `{"type":"params","properties":{"p":` + typ + `}}`
}

func fieldsOf(t *testing.T, typ string) *fields {
	t.Helper()
	f := &fields{}
	if err := json.Unmarshal([]byte(typ), f); err != nil {
		t.Fatalf("%s: %v", typ, err)
	}
	return f
}

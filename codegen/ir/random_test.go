package ir_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/lexgen/lexgen/codegen/ir"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
)

// lexicon is a lexicon as text.
type lexicon struct{ id, defs string }

// source is a set of lexicons.
type source []lexicon

func (source) Name() string { return "random" }

func (s source) Files(context.Context) ([]resolver.File, error) {
	files := make([]resolver.File, len(s))
	for i, l := range s {
		text := fmt.Sprintf(`{"lexicon":1,"id":%q,"defs":{%s}}`, l.id, l.defs)
		files[i] = resolver.File{Path: l.id + ".json", Rel: l.id + ".json", Data: []byte(text)}
	}
	return files, nil
}

func (s source) ids() []string {
	ids := make([]string, len(s))
	for i, l := range s {
		ids[i] = l.id
	}
	return ids
}

// build makes the program of lexicons that have no errors.
func build(t rapid.TB, s source, opts ir.Options, patterns ...string) *ir.Program {
	t.Helper()
	p, err := tryBuild(t, s, opts, patterns...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func tryBuild(t rapid.TB, s source, opts ir.Options, patterns ...string) (*ir.Program, error) {
	t.Helper()
	report := &diag.Report{}
	set, err := resolver.Load(context.Background(), []resolver.Source{s}, report, resolver.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	graph := resolver.Link(set, report)
	selection := resolver.Select(graph, patterns, report)
	if report.HasErrors() {
		t.Fatalf("%v", report.Diagnostics())
	}
	if err := opts.Check(); err != nil {
		t.Fatal(err)
	}
	return ir.Build(graph, selection, opts)
}

// The words that random lexicons are made of are few and alike, so that they
// clash often.
var (
	prefixWords     = []string{"com.ab", "co.mab", "com.ab-c", "com.abc", "org.x", "tr.ue", "in.ternal", "co.n"}
	nameWords       = []string{"foo", "fooBar", "foobar", "foo.bar", "bar", "bar.foo", "my-x.foo", "myX.foo", "getFoo", "orgXFoo", "con", "aux.foo", "main"}
	definitionWords = []string{"bar", "Bar", "foo", "output", "input", "params", "message", "barDef", "object", "item", "bar2", "a\nb", "bar\u202e", "é"}
	propertyWords   = []string{
		"bar", "Bar", "bar2", "baz", "foo", "item", "items", "output", "type", "extra", "extraFields", "lexType", "lex", "lex2", "lexTypeField",
		"marshalJSON", "MarshalCBOR", "1st", "", "naïve", "日本", "cafe\u0301", "cafe", "ǆ", "ß", "а", "a", "_", "-", "x y", "uri", "uris", "func",
	}
	valueWords = []string{"", "a", "A", "a-b", "a b", "com.ab.foo#a", "#a", "1", "é", "\n", "bar"}
	hostile    = []string{"", "text", "Deprecated: no", "a\nb", "\u2028x", "*/ x", "\u202eabc", "\x01", "//go:x", strings.Repeat("word ", 60), strings.Repeat("x", 150)}
)

// maker draws one set of lexicons.
type maker struct {
	t       *rapid.T
	objects []string // references to all that a ref or union may name
}

// lexicons draws lexicons without errors that refer to each other.
func lexicons(t *rapid.T) source {
	m := &maker{t: t}
	var ids []string
	for _, prefix := range m.several("prefix", prefixWords, 1, 4) {
		for _, name := range m.several("name", nameWords, 1, 5) {
			ids = append(ids, prefix+"."+name)
		}
	}
	names := map[string][]string{}
	for _, id := range ids {
		names[id] = m.several("definition", definitionWords, 0, 4)
		m.objects = append(m.objects, id+"#"+object)
		for _, name := range names[id] {
			m.objects = append(m.objects, id+"#"+name)
		}
	}
	var s source
	for _, id := range ids {
		s = append(s, lexicon{id, m.definitions(names[id])})
	}
	return s
}

// object is the definition that every lexicon has.
const object = "obj"

func (m *maker) definitions(names []string) string {
	defs := []string{`"main":` + m.main(), `"` + object + `":` + m.object(2)}
	for _, name := range names {
		defs = append(defs, quote(name)+":"+m.object(2))
	}
	if m.chance("more") {
		defs = append(defs, `"tok":{"type":"token"}`, `"str":`+m.stringType(), `"arr":{"type":"array","items":`+m.value(1)+`}`)
	}
	return strings.Join(defs, ",")
}

func (m *maker) main() string {
	body := func() string { return `{"encoding":"application/json","schema":` + m.body() + `}` }
	params := `"parameters":{"type":"params","properties":{"bar":{"type":"string","knownValues":["a"]},"lexType":{"type":"integer"}}}`
	switch m.pick("main", "record", "object", "query", "procedure", "subscription", "token", "string", "set") {
	case "record":
		return `{"type":"record","key":"tid","record":` + m.object(2) + `}`
	case "query":
		return `{"type":"query",` + params + `,"output":` + body() + `}`
	case "procedure":
		return `{"type":"procedure",` + params + `,"input":` + body() + `,"output":` + body() + `,"errors":[{"name":"A"}]}`
	case "subscription":
		return `{"type":"subscription",` + params + `,"message":{"schema":` + m.union() + `}}`
	case "token":
		return `{"type":"token"}`
	case "string":
		return m.stringType()
	case "set":
		return `{"type":"permission-set","title":"a","detail":"b","permissions":[]}`
	}
	return m.object(2)
}

func (m *maker) body() string {
	switch m.pick("body", "object", "ref", "union") {
	case "ref":
		return m.ref()
	case "union":
		return m.union()
	}
	return m.object(2)
}

func (m *maker) object(depth int) string {
	var props []string
	for _, name := range m.several("property", propertyWords, 0, 6) {
		props = append(props, fmt.Sprintf("%s:%s", quote(name), m.value(depth)))
	}
	return fmt.Sprintf(`{"type":"object","description":%s,"properties":{%s}}`, quote(m.pick("text", hostile...)), strings.Join(props, ","))
}

func (m *maker) value(depth int) string {
	kinds := []string{"string", "integer", "ref", "union", "bytes", "blob"}
	if depth > 0 {
		kinds = append(kinds, "object", "array")
	}
	switch kind := m.pick("kind", kinds...); kind {
	case "string":
		return m.stringType()
	case "integer":
		return `{"type":"integer","enum":[1,-1,0]}`
	case "ref":
		return m.ref()
	case "union":
		return m.union()
	case "object":
		return m.object(depth - 1)
	case "array":
		return `{"type":"array","items":` + m.value(depth-1) + `}`
	default:
		return `{"type":"` + kind + `"}`
	}
}

func (m *maker) stringType() string {
	var values []string
	for _, v := range m.several("value", valueWords, 0, 5) {
		values = append(values, quote(v))
	}
	return `{"type":"string","knownValues":[` + strings.Join(values, ",") + `]}`
}

func (m *maker) ref() string {
	return `{"type":"ref","ref":` + quote(m.pick("ref", m.objects...)) + `}`
}

func (m *maker) union() string {
	var refs []string
	for _, ref := range m.several("member", m.objects, 1, 3) {
		refs = append(refs, quote(ref))
	}
	return `{"type":"union","refs":[` + strings.Join(refs, ",") + `]}`
}

func (m *maker) chance(label string) bool { return rapid.Bool().Draw(m.t, label) }

func (m *maker) pick(label string, from ...string) string {
	return rapid.SampledFrom(from).Draw(m.t, label)
}

// several draws different words, in a random order.
func (m *maker) several(label string, from []string, low, high int) []string {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(from), low, min(high, len(from)), rapid.ID[string]).Draw(m.t, label)
}

// quote writes text as JSON.
func quote(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// prefixOf returns the first two segments of an id.
func prefixOf(id string) string {
	segments := strings.SplitN(id, ".", 3)
	return segments[0] + "." + segments[1]
}

// prefixes returns the prefixes of the ids, each once.
func (s source) prefixes() []string {
	var list []string
	for _, l := range s {
		list = append(list, prefixOf(l.id))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

var plain = ir.Options{Module: "example.com/out"}

// options draws folders for some prefixes, so that several may share one.
func options(t *rapid.T, s source) ir.Options {
	o := ir.Options{Module: plain.Module, Packages: map[string]string{}}
	for _, prefix := range s.prefixes() {
		if folder := rapid.SampledFrom([]string{"", "", "shared", "comab", "."}).Draw(t, "folder"); folder != "" {
			o.Packages[prefix] = folder
		}
	}
	return o
}

// groups returns the prefixes that share a folder, as lists.
func groups(s source, o ir.Options) [][]string {
	folders := map[string][]string{}
	for _, prefix := range s.prefixes() {
		folder := prefix
		if configured, ok := o.Packages[prefix]; ok {
			folder = configured
		}
		folders[folder] = append(folders[folder], prefix)
	}
	return slices.Collect(maps.Values(folders))
}

// alone are options under which the lexicons of all but some prefixes are
// generated elsewhere, so that nothing is merged.
func alone(s source, o ir.Options, kept []string) ir.Options {
	only := ir.Options{Module: o.Module, Packages: map[string]string{}, Imports: map[string]string{}}
	for i, prefix := range s.prefixes() {
		folder, ok := o.Packages[prefix]
		switch {
		case !slices.Contains(kept, prefix):
			only.Imports[prefix] = fmt.Sprintf("example.net/p%d", i)
		case ok:
			only.Packages[prefix] = folder
		}
	}
	return only
}

func TestRandomLexiconsHaveNoErrors(t *testing.T) {
	t.Parallel()
	merged, renamed := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		p := build(t, lexicons(t), plain)
		merged += len(p.Merges)
		renamed += len(p.Renames)
	})
	if merged == 0 || renamed == 0 {
		t.Errorf("%d merges and %d renamings: the lexicons test nothing", merged, renamed)
	}
}

package breaking_test

import (
	"bytes"
	"context"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lexgen/lexgen/internal/values"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
	"github.com/lexgen/lexgen/resolver/validate"
	"github.com/lexgen/lexgen/runtime/lex"
)

// version is one version of lexicons.
type version struct {
	graph   *resolver.Graph
	schemas *validate.Schemas
	report  *diag.Report
}

// load reads the files of one version, printed below name.
func load(t testing.TB, name string, files map[string]string) version {
	t.Helper()
	fsys := fstest.MapFS{}
	for path, text := range files {
		fsys[path] = &fstest.MapFile{Data: []byte(text)}
	}
	return loadFrom(t, resolver.FS(name, fsys))
}

func loadFrom(t testing.TB, source resolver.Source) version {
	t.Helper()
	report := &diag.Report{}
	set, err := resolver.Load(context.Background(), []resolver.Source{source}, report, resolver.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	graph := resolver.Link(set, report)
	return version{graph, validate.New(graph), report}
}

// sound fails the test if a version has errors.
func (v version) sound(t testing.TB) version {
	t.Helper()
	if v.report.HasErrors() {
		t.Fatalf("the lexicons have errors:\n%s", render(t, v.report))
	}
	return v
}

func render(t testing.TB, r *diag.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := (diag.Text{}).Print(&b, r.Diagnostics()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// witness returns a value of a definition that from takes and to refuses, and
// false if none is found. With knowing set it is one that somebody writes who
// knows from alone: nobody uses names that are yet to be given a meaning.
func witness(t testing.TB, from, to version, id string, knowing bool) (any, bool) {
	t.Helper()
	def, other := from.graph.Lookup(id), to.graph.Lookup(id)
	if def == nil || other == nil {
		return nil, def != nil
	}
	tried, spent := map[string]bool{}, 0
	seeds := uint64(24)
	if knowing {
		seeds = 1 // there is none, as a rule, and all that are tried cost time
	}
	for seed := range seeds {
		for v := range suspects(from, to, def, other, seed, knowing) {
			text := values.JSON(v)
			if tried[text] {
				continue
			}
			if spent += len(text); spent > mostTried {
				return nil, false
			}
			tried[text] = true
			if from.takes(id, text) && !to.takes(id, text) {
				return v, true
			}
		}
	}
	return nil, false
}

// mostTried is how much JSON is looked through for a witness, in bytes.
const mostTried = 8 << 20

// suspects yields values that one version may take and the other refuse: values
// of the first, values of either with each constraint of the second broken, and
// the first's with other texts and numbers. Small ones come first.
func suspects(from, to version, def, other *resolver.Def, seed uint64, knowing bool) iter.Seq[any] {
	return func(yield func(any) bool) {
		for _, v := range candidates(from.graph, def, seed) {
			if !yield(v) {
				return
			}
		}
		for _, style := range styles {
			own := candidate(from.graph, def, style, seed)
			list := append([]any{own}, broken(to, other, own)...)
			if !knowing {
				list = append(list, broken(to, other, candidate(to.graph, other, style, seed))...)
			}
			for _, v := range append(list, reworded(own)...) {
				if !yield(v) {
					return
				}
			}
		}
	}
}

// samples are texts of every format, and media types.
var samples = []string{
	"", "mAAAAAA+/", "a.b", "did:a:b", "at://a.b", "a:b", "a:\u0301", "a.b.c", "bafkreia",
	"did:plc:ewvi7nxzyoun6zhxrhs64oiz", "did:web:example.com", "did:web:a%3A80:b", "jay.bsky.social", "at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/com.example.post/self",
	"https://example.com/", "3jui7kd54zh2y", "com.example.fooBar", "ja", "self:~.-_X", "1985-04-12T23:20:50.123Z",
	"a", "b", "bbb", "image/png", "image/jpeg", "image/x-any", "video/mp4", "text/plain", strings.Repeat("long", 300),
	strings.Repeat(strings.Repeat("a", 63)+".", 4) + "a",
}

// smallest is how many numbers from 0 on are tried in the place of each number.
const smallest = 10

// reworded returns the value with each sample in the place of each text, and
// small numbers in that of each number.
func reworded(v any) (list []any) {
	switch v := v.(type) {
	case string:
		for _, sample := range samples {
			list = append(list, sample)
		}
	case int64:
		for n := range int64(smallest) {
			list = append(list, n)
		}
	case []any:
		for i := range v {
			for _, part := range reworded(v[i]) {
				other := slices.Clone(v)
				other[i] = part
				list = append(list, other)
			}
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			for _, part := range reworded(v[key]) {
				other := maps.Clone(v)
				other[key] = part
				list = append(list, other)
			}
		}
	}
	return list
}

// styles are those of values, small ones first.
var styles = []values.Style{values.Minimal, values.Nulls, values.Zero, values.Random, values.Full, values.Foreign}

func candidate(g *resolver.Graph, def *resolver.Def, style values.Style, seed uint64) any {
	m := &values.Maker{Graph: g, Style: style, Rand: rand.New(rand.NewPCG(seed, 1)), NoLegacy: true}
	for range seed { // each makes the next member of a union
		m.Definition(def, true)
	}
	return m.Definition(def, true)
}

// candidates returns a value of a definition in every style.
func candidates(g *resolver.Graph, def *resolver.Def, seed uint64) []any {
	list := make([]any, len(styles))
	for i, style := range styles {
		list[i] = candidate(g, def, style, seed)
	}
	return list
}

// broken returns the value with each constraint of another version's definition
// broken.
func broken(v version, def *resolver.Def, value any) (list []any) {
	defer func() { _ = recover() }() // the value may not have the shape that the definition asks for
	for _, m := range values.Mutations(v.graph, def.AST.Type, def, value) {
		list = append(list, m.Value)
	}
	return list
}

// takes reports whether a version validates a JSON text.
func (v version) takes(id, text string) bool {
	var decoded any
	if err := lex.DecodeJSON([]byte(text), &decoded); err != nil {
		return false // a value of no schema
	}
	return v.schemas.Value(id, decoded) == nil
}

// shorten cuts what is long.
func shorten(text string) string {
	const most = 160
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "..."
	}
	return text
}

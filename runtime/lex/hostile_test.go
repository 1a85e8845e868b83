package lex_test

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/lex"
)

// maxMultiple is what decoding may allocate in all, as a multiple of the
// input: the worst are maps of one member each, which Go gives room for eight.
const maxMultiple = 80

// TestDecodeAllocatesInProportion is not parallel: it counts all allocations
// of the process.
//
//nolint:paralleltest // see above
func TestDecodeAllocatesInProportion(t *testing.T) {
	keys := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `"%d":0,`, i)
		}
		return "{" + b.String() + `"x":0}`
	}
	unions := func(n int, item string) string {
		return "[" + strings.Repeat(item+",", n) + item + "]"
	}
	cases := []struct {
		name, text string
		into       any
	}{
		{"keys", keys(1e6), new(any)},
		{"keys in Extra", keys(1e5), new(Video)},
		{"long string", `"` + strings.Repeat("x", 1<<20) + `"`, new(any)},
		{"long string of escapes", `"` + strings.Repeat(`\n`, 1<<20) + `"`, new(any)},
		{"strings of one escape", unions(1e5, `"\n"`), new(any)},
		{"short strings", unions(1e5, `"a"`), new(any)},
		{"strings of 511 bytes", unions(1e4, `"`+strings.Repeat("s", 511)+`"`), new(any)},
		{"strings around half a chunk", unions(1e4, `"`+strings.Repeat("s", 300)+`","`+strings.Repeat("s", 450)+`"`), new(any)},
		{"long number", strings.Repeat("1", 1<<20), new(any)},
		{"long exponent", "1e" + strings.Repeat("9", 1<<20), new(any)},
		{"numbers", unions(1e6, `9`), new(any)},
		{"large numbers", unions(1e5, `9999`), new(any)},
		{"empty arrays", unions(1e5, `[]`), new(any)},
		{"empty objects", unions(1e5, `{}`), new(any)},
		{"objects of one member", unions(1e5, `{"":0}`), new(any)},
		{"nesting", strings.Repeat("[", 1<<20), new(any)},
		{"nested objects", strings.Repeat(`{"a":`, 1<<18), new(any)},
		{"nested unions", strings.Repeat(`{"$type":"com.example.thread","parent":`, 1<<12), new(lex.Object)},
		{"late types", `{"$type":"com.example.thread","parent":` + strings.Repeat(`{"parent":`, 100) + `{"p":[` + strings.Repeat("0,", 1<<19) + `0]}` + strings.Repeat(`,"$type":"com.example.thread"}`, 101), new(Thread)},
		{"typed trees", `{"tree":[` + strings.Repeat("[],", 1<<18) + `[]]}`, new(Thread)},
		{"typed members", unions(1e5, `{"$type":"com.example.video"}`), new(Prefs)},
		{"type that nobody knows", unions(1e5, `{"$type":"a"}`), new(Prefs)},
		{"long key in an error", `{"` + strings.Repeat("k", 1<<20) + `":?`, new(any)},
		{"base64", `{"$bytes":"` + strings.Repeat("AAAA", 1<<18) + `"}`, new(any)},
	}
	for _, c := range cases {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_ = lex.DecodeJSON([]byte(c.text), c.into)
		runtime.ReadMemStats(&after)
		used, limit := after.TotalAlloc-before.TotalAlloc, uint64(maxMultiple*len(c.text)+1<<16)
		t.Logf("%-30s %5.1f times", c.name, float64(used)/float64(len(c.text)))
		if used > limit {
			t.Errorf("%s: %d bytes of input took %d bytes of memory", c.name, len(c.text), used)
		}
	}
}

func TestManyGoroutinesShareValueAndTables(t *testing.T) {
	t.Parallel()
	// Tables of its own, so that the goroutines also race to build the plans.
	shared := &racer{Next: &racer{}, Union: &racer{}, Extra: lex.Extra{"x": "y", "z": []any{}}}
	want := `{"x":"y","z":[],"next":{},"union":{"$type":"com.example.racer"}}`
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			for range 50 {
				b, err := lex.MarshalJSON(shared)
				if err != nil || string(b) != want {
					t.Errorf("got %s, %v", b, err)
					return
				}
				var back racer
				if err := lex.DecodeJSON(b, &back); err != nil {
					t.Error(err)
					return
				}
				if diff := cmp.Diff(shared, &back); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
	wg.Wait()
}

type racer struct {
	Next  *racer
	Union lex.Object
	Extra lex.Extra
}

var lexTableRacer = lex.Table{Name: "com.example.racer", Fields: []lex.Field{
	{Name: "next", Presence: lex.Optional},
	{Name: "union", Presence: lex.Optional, Type: &lex.Union{Closed: true, Members: []lex.Object{(*racer)(nil)}}},
}}

func (*racer) LexType() string      { return "com.example.racer" }
func (*racer) LexTable() *lex.Table { return &lexTableRacer }

//nolint:paralleltest // AllocsPerRun must not run in parallel with others
func TestAllocations(t *testing.T) {
	var p Post
	decode(t, benchPost, &p)
	buf := make([]byte, 0, 4096)
	allocs := func(f func()) float64 { return testing.AllocsPerRun(100, f) }
	if n := allocs(func() { _, _ = lex.AppendJSON(buf, &p) }); n != 0 {
		t.Errorf("encoding into a buffer allocates %v times", n)
	}
	in := []byte(benchPost)
	// The decoder, a chunk of text, an array of two twice, and 9 values that
	// are pointers or interfaces.
	if n := allocs(func() { _ = lex.DecodeJSON(in, &p) }); n > 16 {
		t.Errorf("decoding allocates %v times", n)
	}
}

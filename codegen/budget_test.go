package codegen_test

import (
	"fmt"
	"maps"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lexgen/lexgen/codegen"
	"github.com/lexgen/lexgen/codegen/ir"
)

// What a MiB of schema may cost. A quiet machine needs a fraction of it; the
// point is that nothing grows with the square of its input.
const (
	budgetTime   = 10 * time.Second
	budgetMemory = 512 << 20 // bytes of live heap
	budgetOutput = 100       // bytes for each byte of schema, besides the first MiB
)

// lexicon is the text of a lexicon with these definitions.
func lexicon(id, defs string) string {
	return fmt.Sprintf(`{"lexicon": 1, "id": %q, "defs": {%s}}`, id, defs)
}

// fill joins what part returns for 0, 1, 2 … with commas, until it is size
// bytes long.
func fill(size int, part func(i int) string) string {
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(part(i))
	}
	return b.String()
}

func objectOf(properties string) string {
	return `{"type":"object","properties":{` + properties + `}}`
}

// nested is n objects, each the property name of the one around it, with
// inner in the last.
func nested(n int, name, inner string) string {
	return strings.Repeat(`{"type":"object","properties":{"`+name+`":`, n) + inner + strings.Repeat(`}}`, n)
}

// budgetSchemas are one thing each, as much of it as one file may hold.
var budgetSchemas = map[string]func() texts{
	"properties": oneFile(func() string {
		return `"main":` + objectOf(fill(350_000, func(i int) string { return fmt.Sprintf(`"p%d":{"type":"integer"}`, i) }))
	}),
	"properties that clash": oneFile(func() string {
		return `"main":` + objectOf(fill(1_000_000, func(i int) string {
			return fmt.Sprintf(`"p%s":{"type":"integer"}`, strings.Repeat("-", i%1000)+strings.Repeat(".", i/1000))
		}))
	}),
	"values that clash": oneFile(func() string {
		return `"main":{"type":"string","enum":[` + fill(1_000_000, func(i int) string {
			return fmt.Sprintf(`"%s"`, strings.Repeat(" ", i/300)+"x"+strings.Repeat("-", i%300))
		}) + `]}`
	}),
	"values that clash with numbers": oneFile(func() string {
		return `"main":{"type":"string","enum":[` + fill(1_000_000, func(i int) string {
			return fmt.Sprintf(`"x%d","x%s"`, i, strings.Repeat("-", i))
		}) + `]}`
	}),
	"integers": oneFile(func() string {
		return `"main":` + objectOf(`"x":{"type":"integer","enum":[`+fill(150_000, func(i int) string { return fmt.Sprint(i) })+`]}`)
	}),
	"nesting": oneFile(func() string {
		return fill(30_000, func(i int) string { return fmt.Sprintf(`"d%d":%s`, i, nested(10, "p", `{"type":"integer"}`)) })
	}),
	"objects below a long path": oneFile(func() string {
		return `"main":` + nested(8, strings.Repeat("name", 60), objectOf(fill(80_000, func(i int) string {
			return fmt.Sprintf(`"p%d":{"type":"object"}`, i)
		})))
	}),
	"objects below one long name": oneFile(func() string {
		return `"` + strings.Repeat("long", 20_000) + `":` + objectOf(fill(60_000, func(i int) string {
			return fmt.Sprintf(`"p%d":{"type":"object"}`, i)
		}))
	}),
	"definitions": oneFile(func() string {
		return fill(350_000, func(i int) string {
			return fmt.Sprintf(`"d%d":{"type":"object","properties":{"p":{"type":"ref","ref":"#d%d"}}}`, i, i/2)
		})
	}),
	"long names": oneFile(func() string {
		return `"main":` + objectOf(fill(1_000_000, func(i int) string {
			return fmt.Sprintf(`"%s%d":{"type":"integer"}`, strings.Repeat("x", 10_000), i)
		}))
	}),
	"one long text": oneFile(func() string {
		return `"main":{"type":"object","description":"` + strings.Repeat("word ", 200_000) + `"}`
	}),
	"unions of many": oneFile(func() string {
		members := fill(20_000, func(i int) string { return fmt.Sprintf(`"d%d":{"type":"object"}`, i) })
		refs := fill(6_000, func(i int) string { return fmt.Sprintf(`"#d%d"`, i) })
		return members + `,"main":` + objectOf(fill(200_000, func(i int) string {
			return fmt.Sprintf(`"u%d":{"type":"union","refs":[%s]}`, i, refs)
		}))
	}),
	"packages in one cycle": func() texts {
		files := texts{}
		for i := range 6000 {
			files[fmt.Sprintf("%d.json", i)] = lexicon(fmt.Sprintf("com.a%d.x", i),
				`"main":`+objectOf(fmt.Sprintf(`"r":{"type":"ref","ref":"com.a%d.x"}`, (i+1)%6000)))
		}
		return files
	},
	"packages around one": func() texts {
		files := texts{"hub.json": lexicon("com.hub.x", `"main":`+objectOf(fill(300_000, func(i int) string {
			return fmt.Sprintf(`"r%d":{"type":"ref","ref":"com.a%d.x"}`, i, i%4000)
		})))}
		for i := range 4000 {
			files[fmt.Sprintf("%d.json", i)] = lexicon(fmt.Sprintf("com.a%d.x", i), `"main":`+objectOf(`"r":{"type":"ref","ref":"com.hub.x"}`))
		}
		return files
	},
}

// oneFile is a lexicon with the definitions that defs returns.
func oneFile(defs func() string) func() texts {
	return func() texts { return texts{"a.json": lexicon("com.acme.a", defs())} }
}

// TestHostileSchemasStayWithinBudget measures the way from a linked graph to
// formatted Go.
//
//nolint:paralleltest // it measures the heap of the process
func TestHostileSchemasStayWithinBudget(t *testing.T) {
	if testing.Short() {
		t.Skip("half a minute of work")
	}
	for _, name := range slices.Sorted(maps.Keys(budgetSchemas)) {
		t.Run(name, func(t *testing.T) {
			files := budgetSchemas[name]()
			graph, selection, report := link(t, files)
			if report.HasErrors() {
				t.Fatalf("refused: %s", report.Diagnostics()[0].Message)
			}
			peak, start := watchHeap(t), time.Now()
			program, err := ir.Build(graph, selection, ir.Options{Module: "example.com/out"})
			if err != nil {
				t.Fatal(err)
			}
			out, err := codegen.Generate(program, codegen.Emitters())
			if err != nil {
				t.Fatal(err)
			}
			took, in, printed := time.Since(start), sizeOf(files), 0
			for _, file := range out {
				printed += len(file.Data)
			}
			t.Logf("%d KiB became %d KiB in %v with %d MiB of heap", in>>10, printed>>10, took.Round(time.Millisecond), peak()>>20)
			if took > budgetTime {
				t.Errorf("it took %v, the budget is %v", took, budgetTime)
			}
			if limit := 1<<20 + budgetOutput*in; printed > limit {
				t.Errorf("%d bytes were printed, the budget is %d", printed, limit)
			}
			if peak() > budgetMemory {
				t.Errorf("the heap had %d bytes, the budget is %d", peak(), budgetMemory)
			}
		})
	}
}

func sizeOf(files texts) int {
	size := 0
	for _, text := range files {
		size += len(text)
	}
	return size
}

// watchHeap makes the collector run often and returns how much heap was in use
// at the most since.
func watchHeap(t *testing.T) (peak func() uint64) {
	t.Helper()
	runtime.GC()
	old := debug.SetGCPercent(20)
	var most atomic.Uint64
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most.Store(max(most.Load(), m.HeapAlloc))
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	t.Cleanup(func() { close(stop); <-done; debug.SetGCPercent(old) })
	return most.Load
}

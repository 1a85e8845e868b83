package gen_test

import (
	"os/exec"
	"testing"

	"github.com/lexgen/lexgen/codegen/ir"
	"github.com/lexgen/lexgen/internal/gotest"
	"github.com/lexgen/lexgen/internal/shared"
	"github.com/lexgen/lexgen/resolver"
)

// twiceTest is the test of a module that holds the same lexicon's code twice.
const twiceTest = `package twice

import (
	"bytes"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	a "example.com/twice/a/comexample"
	b "example.com/twice/b/comexample"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/syntax"
)

func link(s string) lex.Link { return lex.Link{CID: cid.Sum(cid.DagCBOR, []byte(s))} }

func first() *a.Thing {
	return &a.Thing{
		Text: "text", Count: lex.Int(1), Link: lex.Some(link("x")), When: lex.Some(syntax.DatetimeOf(time.Unix(1, 0))),
		Bytes: lex.Bytes("raw"), Parts: []*a.ThingPart{{Name: lex.String("part")}}, Any: &a.ThingPart{},
		Null: lex.NullOf[string](), More: &lex.UnknownObject{Type: "com.example.more"}, Extra: lex.Extra{"x": int64(1)},
	}
}

func TestOneLexiconTwiceInOneBinary(t *testing.T) {
	text, err := lex.MarshalJSON(first())
	if err != nil {
		t.Fatal(err)
	}
	var second b.Thing
	if err := lex.DecodeJSON(text, &second); err != nil {
		t.Fatal(err)
	}
	if _, ok := second.Any.(*b.ThingPart); !ok {
		t.Errorf("union member is a %T, want one of the second package", second.Any)
	}
	again, err := lex.MarshalJSON(&second)
	if err != nil || !bytes.Equal(text, again) {
		t.Errorf("%s became %s, %v", text, again, err)
	}
}

func TestManyGoroutinesMarshalOneValue(t *testing.T) {
	shared := first()
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			for range 100 {
				text, err := lex.MarshalJSON(shared)
				if err != nil {
					t.Error(err)
					return
				}
				var v a.Thing
				if err := lex.DecodeJSON(text, &v); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func TestCmpNeedsNoOptions(t *testing.T) {
	if diff := cmp.Diff(first(), first()); diff != "" {
		t.Error(diff)
	}
	for name, change := range map[string]func(*a.Thing){
		"opt":      func(v *a.Thing) { v.Count = lex.Int(2) },
		"link":     func(v *a.Thing) { v.Link = lex.Some(link("y")) },
		"datetime": func(v *a.Thing) { v.When = lex.Some(syntax.Datetime("1970-01-01T00:00:01Z")) },
		"bytes":    func(v *a.Thing) { v.Bytes = nil },
		"part":     func(v *a.Thing) { v.Parts[0].Name = lex.Opt[string]{} },
		"nullable": func(v *a.Thing) { v.Null = lex.Nullable[string]{} },
		"union":    func(v *a.Thing) { v.Any = nil },
		"extra":    func(v *a.Thing) { v.Extra["x"] = int64(2) },
	} {
		v := first()
		change(v)
		if cmp.Equal(first(), v) {
			t.Errorf("%s: the change is not seen", name)
		}
	}
}
`

const twiceLexicon = `{"lexicon": 1, "id": "com.example.thing", "defs": {
	"main": {"type": "record", "key": "tid", "record": {"type": "object", "required": ["text"], "nullable": ["null"], "properties": {
		"text": {"type": "string"}, "count": {"type": "integer"}, "link": {"type": "cid-link"}, "bytes": {"type": "bytes"},
		"when": {"type": "string", "format": "datetime"}, "null": {"type": "string"}, "more": {"type": "unknown"},
		"parts": {"type": "array", "items": {"type": "ref", "ref": "#part"}}, "any": {"type": "union", "refs": ["#part"]}}}},
	"part": {"type": "object", "properties": {"name": {"type": "string"}}}}}`

func TestTwoPackagesOfOneLexiconLinkAndMarshalConcurrently(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("cc"); err != nil {
		shared.Missing(t, "cc", "the race detector needs a C compiler")
	}
	m := gotest.NewModule(t, "example.com/twice")
	m.Write(t, "lexicons/thing.json", twiceLexicon)
	for _, name := range []string{"a", "b"} {
		o := pipeline(t, ir.Options{Module: m.Path + "/" + name}, resolver.Dir(m.Dir+"/lexicons"))
		m.WriteAll(t, name, o.files)
	}
	m.Write(t, "twice_test.go", twiceTest)
	t.Log(m.Go(t, "", "test", "-race", "-count=1", "."))
}

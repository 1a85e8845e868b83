package validate_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/resolver/validate"
	"github.com/lexgen/lexgen/runtime/lex"
)

const treeLexicon = `{"lexicon": 1, "id": "com.example.tree", "defs": {
	"main": {"type": "record", "key": "literal:self", "record": {"type": "object", "required": ["label"], "nullable": ["maybe"], "properties": {
		"label": {"type": "ref", "ref": "#label"},
		"children": {"type": "array", "maxLength": 2, "items": {"type": "ref", "ref": "com.example.tree"}},
		"table": {"type": "ref", "ref": "#table"},
		"kind": {"type": "union", "closed": true, "refs": ["#node", "com.example.tree"]},
		"open": {"type": "union", "refs": ["#node"]},
		"maybe": {"type": "boolean", "default": true},
		"size": {"type": "integer", "default": 3},
		"$reserved": {"type": "integer"}
	}}},
	"label": {"type": "string", "maxLength": 5},
	"table": {"type": "array", "items": {"type": "ref", "ref": "#table"}},
	"node": {"type": "object", "properties": {"next": {"type": "ref", "ref": "#node"}, "link": {"type": "cid-link"}, "size": {"type": "integer", "default": 1}}},
	"tok": {"type": "token"}
}}`

func TestValuesOfRecursiveTypes_LX15_LX18_LX19_LX22(t *testing.T) {
	t.Parallel()
	s := treeSchemas(t)
	root := `{"$type":"com.example.tree","label":"a"`
	for _, c := range [][2]string{
		{root + `}`, ""},
		{root + `,"$reserved":"x","table":[[],[[]]],"maybe":null,"open":{"$type":"x.y.z"}}`, ""},
		{root + `,"children":[` + root + `},{"label":"b"}]}`, "$.children[1].$type [type-name] the record needs the $type \"com.example.tree\"\n"},
		{root + `,"table":[[],[1]]}`, "$.table[1][0] [type] expected an array, found an integer\n"},
		{root + `,"kind":{"$type":"com.example.tree#node","next":{"next":{"link":1}}}}`, "$.kind.next.next.link [type] expected a link, found an integer\n"},
		{root + `,"kind":{"$type":"com.example.tree","label":"abcdef"}}`, "$.kind.label [max-length] 6 bytes, more than the maximum of 5\n"},
		{root + `,"kind":{"$type":"com.example.tree#main"}}`,
			"$.kind [closed-union] \"com.example.tree#main\" is not a member of the closed union; its members are com.example.tree#node, com.example.tree\n"},
	} {
		if diff := cmp.Diff(c[1], told(t, s.Record("com.example.tree", decode(t, c[0]), "self"))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c[0], diff)
		}
	}
	got := told(t, s.Record("com.example.tree", decode(t, `{"$type":"com.example.tree"}`), "other"))
	want := "$ [record-key] invalid record-key of type literal:self \"other\": not self (at byte 0)\n$.label [required] required, but missing\n"
	if got != want {
		t.Errorf("got %swant %s", got, want)
	}
	if got := told(t, s.Value("com.example.tree#label", "abcdef")); got != "$ [max-length] 6 bytes, more than the maximum of 5\n" {
		t.Errorf("got %s", got)
	}
}

func TestUnknownNames_LX21_LX29(t *testing.T) {
	t.Parallel()
	s := treeSchemas(t)
	for _, err := range []error{
		s.Record("com.example.none", nil, "self"),
		s.Record("com.example.tree#node", nil, "self"),
		s.Value("com.example.tree#tok", "x"),
		s.Value("com.example.tree#none", "x"),
		s.ApplyDefaults("com.example.none", nil),
	} {
		if !errors.Is(err, validate.ErrUnknown) {
			t.Errorf("got %v", err)
		}
	}
}

func TestDefaults_LX13_LX30(t *testing.T) {
	t.Parallel()
	s := treeSchemas(t)
	got := decode(t, `{"$type":"com.example.tree","label":"a","maybe":null,"kind":{"$type":"com.example.tree#node"},"open":{"$type":"x.y.z"}}`)
	if err := s.ApplyDefaults("com.example.tree", got); err != nil {
		t.Fatal(err)
	}
	want := decode(t, `{"$type":"com.example.tree","label":"a","maybe":null,"size":3,"kind":{"$type":"com.example.tree#node","size":1},"open":{"$type":"x.y.z"}}`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestBrokenLexiconsAllowMore has a hole in every place that can have one.
func TestBrokenLexiconsAllowMore(t *testing.T) {
	t.Parallel()
	s, report := schemas(t, record(`
		"ref": {"type": "ref", "ref": "com.example.none"},
		"union": {"type": "union", "closed": true, "refs": ["com.example.none"]},
		"array": {"type": "array"},
		"none": {"type": "float"},
		"right": {"type": "integer"}`))
	if !report.HasErrors() {
		t.Fatal("the lexicon has no errors")
	}
	good := `{"$type":"com.example.rec","ref":[1],"union":{"$type":"x.y.z"},"array":["a",1],"none":true,"right":1}`
	if err := s.Value("com.example.rec", decode(t, good)); err != nil {
		t.Error(err)
	}
	bad := `{"$type":"com.example.rec","ref":{"$type":"blob","ref":{"$link":"bafkreiccldh766hwcnuxnf2wh6jgzepf2nlu2lvcllt63eww5p6chi4ity"},"mimeType":"","size":1},"right":true}`
	if got := told(t, s.Value("com.example.rec", decode(t, bad))); got != "$.right [type] expected an integer, found a boolean\n" {
		t.Errorf("got %s", got)
	}
}

func TestRulesAreThoseOfTheLexicon_LX13_LX14_LX15_LX17(t *testing.T) {
	t.Parallel()
	num := func(n int64) *parser.Int { return &parser.Int{Value: n} }
	for _, c := range []struct {
		typ  parser.Type
		want lex.Rules
	}{
		{&parser.Boolean{Default: &parser.Bool{Value: true}, Const: &parser.Bool{}}, lex.Rules{lex.ConstBool(false), lex.DefaultBool(true)}},
		{&parser.Integer{Minimum: num(0), Maximum: num(9), Enum: []parser.Int{{Value: 1}}, Const: num(2), Default: num(3)},
			lex.Rules{lex.Min(0), lex.Max(9), lex.EnumInt{1}, lex.ConstInt(2), lex.DefaultInt(3)}},
		{&parser.String{MinLength: num(1), MaxLength: num(2), MinGraphemes: num(3), MaxGraphemes: num(4), Enum: []parser.Text{{Value: "a"}},
			KnownValues: []parser.Text{{Value: "b"}}, Const: &parser.Text{Value: "c"}, Default: &parser.Text{}},
			lex.Rules{lex.MinBytes(1), lex.MaxBytes(2), lex.MinGraphemes(3), lex.MaxGraphemes(4), lex.EnumString{"a"}, lex.ConstString("c"), lex.DefaultString("")}},
		{&parser.Bytes{MaxLength: num(0)}, lex.Rules{lex.MaxBytes(0)}},
		{&parser.Blob{Accept: []parser.Text{{Value: "*/*"}}, MaxSize: num(5)}, lex.Rules{lex.Accept{"*/*"}, lex.MaxSize(5)}},
		{&parser.Array{MinLength: num(1), MaxLength: num(2)}, lex.Rules{lex.MinItems(1), lex.MaxItems(2)}},
		{&parser.String{}, nil},
		{&parser.Object{}, nil},
	} {
		if diff := cmp.Diff(c.want, validate.Rules(c.typ)); diff != "" {
			t.Errorf("%T (-want +got):\n%s", c.typ, diff)
		}
	}
}

func TestSchemasAreSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	s := treeSchemas(t)
	v := decode(t, `{"$type":"com.example.tree","label":"a","children":[],"kind":{"$type":"com.example.tree#node","next":{}}}`)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := s.Record("com.example.tree", v, "self"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

package lex

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
)

// The tables of this file are what a defective generator might print. None of
// them may do more harm than an error.

type thing struct {
	A     string
	B     Opt[int64]
	Extra Extra
}

func (*thing) LexType() string  { return "com.example.thing" }
func (*thing) LexTable() *Table { return &Table{} }

type noExtra struct{ A string }

func (*noExtra) LexTable() *Table { return nil }

type float struct {
	A     float64
	Extra Extra
}

func (*float) LexTable() *Table { return nil }

type embedding struct {
	thing
	Extra Extra
}

func TestDefectiveTablesAreErrors(t *testing.T) {
	t.Parallel()
	a, b := Field{Name: "a"}, Field{Name: "b", Presence: Optional}
	cases := []struct {
		table *Table
		typ   reflect.Type
		want  string
	}{
		{&Table{Name: "com.example.thing", Fields: []Field{a}}, reflect.TypeFor[*thing](), "needs one field for each but the last"},
		{&Table{Name: "com.example.other", Fields: []Field{a, b}}, reflect.TypeFor[*thing](), `is called "com.example.thing" and its table "com.example.other"`},
		{&Table{Name: "com.example.thing", Fields: []Field{a, a}}, reflect.TypeFor[*thing](), "lex.Opt[int64] is no type of the data model"},
		{&Table{Name: "com.example.thing", Fields: []Field{b, b}}, reflect.TypeFor[*thing](), "string cannot say that it is absent or null"},
		{&Table{Name: "com.example.thing", Fields: []Field{a, {Name: "a", Presence: Optional}}}, reflect.TypeFor[*thing](), `two fields named "a"`},
		{&Table{Name: "com.example.thing", Fields: []Field{a, {Name: "$type", Presence: Optional}}}, reflect.TypeFor[*thing](), `two fields named "$type"`},
		{&Table{Name: "com.example.thing", Fields: []Field{a, {Name: "b", Presence: OptionalNullable}}}, reflect.TypeFor[*thing](), "needs a Nullable"},
		{&Table{Name: "com.example.thing", Fields: []Field{{Name: "a", Type: &Union{}}, b}}, reflect.TypeFor[*thing](), "a union needs an Object"},
		{&Table{Name: "com.example.thing", Fields: []Field{{Name: "a", Type: &Array{}}, b}}, reflect.TypeFor[*thing](), "an array needs a slice"},
		{&Table{}, reflect.TypeFor[*noExtra](), "which is the Extra"},
		{&Table{Fields: []Field{a}}, reflect.TypeFor[*float](), "float64 is no type of the data model"},
		{&Table{Fields: []Field{a}}, reflect.TypeFor[*embedding](), "is no generated struct"},
		{&Table{}, reflect.TypeFor[*int](), "is no generated struct"},
	}
	for _, c := range cases {
		if _, err := c.table.planFor(c.typ); err == nil || !strings.Contains(err.Reason, c.want) {
			t.Errorf("%v: got %v, want %q", c.typ, err, c.want)
		}
	}
	for _, members := range [][]Object{{nil}, {(*UnknownObject)(nil)}, {(*thing)(nil), (*thing)(nil)}} {
		if _, err := (&Union{Members: members}).members(); err == nil {
			t.Errorf("%T: a union with this member was accepted", members)
		}
	}
}

type chain struct {
	Next  Object
	Extra Extra
}

var tableChain = Table{Name: "com.example.chain", Fields: []Field{{Name: "next", Presence: Optional, Type: &unionChain}}}

var unionChain = Union{Closed: true, Members: []Object{(*chain)(nil)}}

func (*chain) LexType() string  { return "com.example.chain" }
func (*chain) LexTable() *Table { return &tableChain }

func TestLateTypesCostLinearTime(t *testing.T) {
	t.Parallel()
	const depth = 100
	text := strings.Repeat(`{"next":`, depth) + `{"pad":"` + strings.Repeat(`\"{[`, 10000) + `","$type":"com.example.chain"}` +
		strings.Repeat(`,"$\u0074ype":"com.example.chain","x":"$type"}`, depth)
	d := &JSONDecoder{src: []byte(text)}
	o, err := unionChain.decodeJSON(d)
	if err != nil {
		t.Fatal(err)
	}
	if d.types.skipped > (maxSkip+1)*len(text) {
		t.Errorf("%d bytes were skipped in an input of %d", d.types.skipped, len(text))
	}
	n := 0
	for c := o.(*chain); c.Next != nil; c = c.Next.(*chain) {
		n++
	}
	if n != depth {
		t.Errorf("got a chain of %d, want %d", n, depth)
	}
}

func TestTypeIndexAgreesWithSearch(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"a":{"$type":"x"},"$type":"y","$type":"z"}`,
		`{"$type":{"$type":"x"}}`,
		`{"a":"$type","b":["$type"],"c":{"d":"$type"}}`,
		`{"a" : 1 , "\u0024type" : "x"}`,
		`[{"$type":"x"},{"b":"\"","$type":"y"},"$type",{}]`,
		`{"a":"}","$type":"x"}`,
	} {
		index := indexTypes([]byte(text))
		for i := range text {
			if text[i] != '{' || strings.Count(text[:i], `"`)%2 == 1 && text != `[{"$type":"x"},{"b":"\"","$type":"y"},"$type",{}]` {
				continue
			}
			d := JSONDecoder{src: []byte(text), pos: i}
			found := d.toMember(typeKey)
			value, indexed := index[i]
			if found != indexed || found && value != d.pos {
				t.Errorf("%s at %d: search says %v, %d; index says %v, %d", text, i, found, d.pos, indexed, value)
			}
		}
	}
}

func TestPlainLenAgreesWithLoop(t *testing.T) {
	t.Parallel()
	slow := func(b []byte) (int, bool) {
		ascii := true
		for i, c := range b {
			if c < ' ' || c == '"' || c == '\\' {
				return i, ascii
			}
			ascii = ascii && c < 0x80
		}
		return len(b), ascii
	}
	for at := range 20 {
		for c := range 256 {
			for _, fill := range []byte{'a', 0x21, 0x23, 0x5d, 0x7f, 0x80, 0xff} {
				b := bytes.Repeat([]byte{fill}, 20)
				b[at] = byte(c)
				n, ascii := plainLen(b)
				if wantN, wantASCII := slow(b); n != wantN || ascii != wantASCII {
					t.Fatalf("%x: got %d, %v, want %d, %v", b, n, ascii, wantN, wantASCII)
				}
			}
		}
	}
}

package lex_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/lex"
)

const withDefaults = `"bool":true,"mark":"m","$type":"com.example.limits","maybe":"may","choice":"a","intOnly":7`

// TestDefaults applies the same defaults to a generated value and to data.
func TestDefaults_LX13_LX14_LX30(t *testing.T) {
	t.Parallel()
	minimal := `{"$type":"com.example.limits","mark":"m"}`
	text := `{"$type":"com.example.limits","mark":"","int":0,"choice":"","maybe":null,` +
		`"next":` + minimal + `,"kind":` + minimal + `,"any":` + minimal + `}`
	var want any
	filled := `{` + withDefaults + `,"int":5}`
	decode(t, `{"$type":"com.example.limits","mark":"","int":0,"choice":"","maybe":null,"bool":true,"intOnly":7,`+
		`"next":`+filled+`,"kind":`+filled+`,"any":`+minimal+`}`, &want)

	var v Limits
	decode(t, text, &v)
	if err := lex.ApplyDefaults(&v); err != nil {
		t.Fatal(err)
	}
	var got any
	decode(t, encode(t, &v), &got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("generated value (-want +got):\n%s", diff)
	}

	schema, err := lex.SchemaOf(&v)
	if err != nil {
		t.Fatal(err)
	}
	var data any
	decode(t, text, &data)
	lex.ApplyDefaultsData(schema, data)
	if diff := cmp.Diff(want, data); diff != "" {
		t.Errorf("data (-want +got):\n%s", diff)
	}
}

func TestDefaultsReachUnknownMembers_LX19_LX30(t *testing.T) {
	t.Parallel()
	member := &lex.UnknownObject{Type: "com.example.limits"}
	prefs := Kinds{member, &lex.UnknownObject{Type: "x.y.z"}, nil, &Limits{Int: lex.Int(1)}}
	if err := lex.ApplyDefaults(prefs); err != nil {
		t.Fatal(err)
	}
	want := lex.Extra{"bool": true, "int": int64(5), "intOnly": int64(7), "choice": "a", "maybe": "may"}
	if diff := cmp.Diff(want, member.Fields); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := prefs[3].(*Limits); got.Int != lex.Int(1) || got.Maybe != lex.PresentOf("may") {
		t.Errorf("got %+v", got)
	}
}

// TestDefaultsLeaveWhatDoesNotFit has data of other types in every place.
func TestDefaultsLeaveWhatDoesNotFit_LX30(t *testing.T) {
	t.Parallel()
	schema, err := lex.SchemaOf((*Limits)(nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{nil, "x", []any{}, map[string]any(nil), lex.Extra(nil)} {
		lex.ApplyDefaultsData(schema, v)
	}
	data := lex.Extra{"langs": "x", "next": int64(1), "kind": "x", "tags": []any{nil}}
	lex.ApplyDefaultsData(schema, data)
	if diff := cmp.Diff("x", data["kind"]); diff != "" || data["int"] != int64(5) {
		t.Errorf("got %v", data)
	}
	loop := &Thread{}
	loop.Next = loop
	wantError(t, lex.ApplyDefaults(loop), "lex: $: more than 128 objects and arrays inside each other")
	tree := Tree{nil, nil}
	tree[0], tree[1] = tree, tree
	wantError(t, lex.ApplyDefaults(tree), "lex: $: more than 128 objects and arrays inside each other")
}

// Kinds is a named array of a closed union.
type Kinds []lex.Object

var lexArrayKinds = lex.Array{Items: &lex.Union{Closed: true, Members: []lex.Object{(*Limits)(nil)}}}

func (Kinds) LexArray() *lex.Array { return &lexArrayKinds }

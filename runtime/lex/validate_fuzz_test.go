package lex_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/lex"
)

// FuzzValidate holds what decodes into a generated type against its schema,
// both as that and as data: the verdicts must be equal, lenient ones no longer
// than strict ones, and defaults must not make anything worse.
func FuzzValidate(f *testing.F) {
	for _, seed := range []string{
		`{"$type":"com.example.limits","mark":"m"}`,
		`{"$type":"com.example.limits","mark":"123456","bool":false,"int":-2,"intEnum":3,"intOnly":1,"text":"","short":"e\u0301","choice":"c","only":"y"}`,
		`{"$type":"com.example.limits","mark":"","did":"x","time":"x","uri":"x","named":"x","bytes":{"$bytes":""},"langs":[],"rows":[["ab"]],"tags":["","",""]}`,
		`{"$type":"com.example.limits","mark":"","blob":{"cid":"x","mimeType":""},"maybe":null,"any":{"$type":"x","a":[{}]},"unheard":{"$type":"blob"}}`,
		`{"$type":"com.example.limits","mark":"","blob":{"$type":"blob","ref":{"$link":"` + rawCID + `"},"mimeType":"a/b","size":200,"x":{}}}`,
		`{"$type":"com.example.limits","mark":"","kind":{"$type":"com.example.video","alt":"x"},"next":{"$type":"com.example.limits","mark":"123456"}}`,
	} {
		f.Add([]byte(seed))
	}
	schema, err := lex.SchemaOf((*Limits)(nil))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var v Limits
		var data any
		if lex.DecodeJSON(text, &v) != nil {
			return
		}
		if err := lex.DecodeJSON(text, &data); err != nil {
			t.Fatalf("decodes into a type, and not as data: %v", err)
		}
		strict := told(t, lex.Validate(&v))
		if diff := cmp.Diff(strict, told(t, lex.ValidateData(schema, data))); diff != "" {
			t.Fatalf("verdicts differ (-generated +data):\n%s", diff)
		}
		lenient := told(t, lex.Validate(&v, lex.Lenient()))
		if diff := cmp.Diff(lenient, told(t, lex.ValidateData(schema, data, lex.Lenient()))); diff != "" {
			t.Fatalf("lenient verdicts differ (-generated +data):\n%s", diff)
		}
		if strict == "" && lenient != "" {
			t.Fatalf("lenient, but not strict validation finds:\n%s", lenient)
		}
		if err := lex.ApplyDefaults(&v); err != nil {
			t.Fatal(err)
		}
		if again := told(t, lex.Validate(&v)); again != strict {
			t.Fatalf("defaults change the verdict:\n%s\n%s", strict, again)
		}
	})
}

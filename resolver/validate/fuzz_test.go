package validate_test

import (
	"testing"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver/validate"
	"github.com/lexgen/lexgen/runtime/lex"
)

// FuzzFile reads any file as one of a record, in JSON or CBOR. Every place that
// is reported lies in the file; and what is reported in JSON is reported in
// CBOR, too.
func FuzzFile(f *testing.F) {
	for _, seed := range []string{
		`{"$type":"com.example.tree","label":"abcdef"}`,
		`{"$type":"com.example.tree","label":1,"children":[{"$type":"com.example.tree"},null,{}],"table":[[1],{}],"kind":{"$type":"x"},"size":"1"}`,
		`{"$type":"com.example.tree#node","next":{"next":{"link":{"$link":"bafkreiccldh766hwcnuxnf2wh6jgzepf2nlu2lvcllt63eww5p6chi4ity"}}}}`,
		`{"$type":"com.example.tre"}`, `{"$type":`, `[]`, "\xef\xbb\xbf{}", "\xa1\x65$typepcom.example.tree",
	} {
		f.Add([]byte(seed))
	}
	s := treeSchemas(f)
	f.Fuzz(func(t *testing.T, content []byte) {
		r := &diag.Report{}
		d := validate.Read("x", content, r)
		if d == nil {
			if !r.HasErrors() {
				t.Fatal("refused without a reason")
			}
			return
		}
		s.Report(d, "", r)
		for _, found := range r.Diagnostics() {
			if at := found.Span; at.Start < 0 || at.End < at.Start || at.End > len(content) {
				t.Fatalf("%s is outside of the file: %v", found.Message, at)
			}
		}
		b, err := lex.MarshalCBOR(d.Value)
		if err != nil {
			t.Fatal(err)
		}
		again := &diag.Report{}
		s.Report(validate.Read("y", b, again), "", again)
		if again.Len() != r.Len() {
			t.Fatalf("%d problems in one form and %d in CBOR:\n%v\n%v", r.Len(), again.Len(), r.Diagnostics(), again.Diagnostics())
		}
	})
}

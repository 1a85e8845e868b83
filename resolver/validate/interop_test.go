package validate_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/lexgen/lexgen/internal/shared"
	"github.com/lexgen/lexgen/resolver"
	"github.com/lexgen/lexgen/resolver/validate"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// vector is a case of the interoperability files on records.
type vector struct {
	Name string
	RKey syntax.RecordKey
	Data json.RawMessage
}

// interop returns the vectors of a file and the schemas that they are about.
func interop(t *testing.T, name string) ([]vector, *validate.Schemas) {
	t.Helper()
	folder := shared.Dir(t, "interop", "lexicon")
	b, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	var list []vector
	if err := json.Unmarshal(b, &list); err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		t.Fatalf("%s has no vectors", name)
	}
	graph, report := linked(t, resolver.SingleFile(filepath.Join(folder, "catalog", "record.json")))
	if report.HasErrors() {
		t.Fatalf("the catalog has errors: %v", report.Diagnostics())
	}
	return list, validate.New(graph)
}

const interopRecord = "example.lexicon.record"

func TestInteropValidRecords_LX13_LX14_LX15_LX20_LX22(t *testing.T) {
	t.Parallel()
	list, s := interop(t, "record-data-valid.json")
	for _, v := range list {
		if err := s.Record(interopRecord, decode(t, string(v.Data)), v.RKey); err != nil {
			t.Errorf("%s: %v", v.Name, err)
		}
	}
}

func TestInteropInvalidRecords_LX13_LX14_LX15_LX17_LX19_LX20(t *testing.T) {
	t.Parallel()
	list, s := interop(t, "record-data-invalid.json")
	for _, v := range list {
		var data any
		if err := lex.DecodeJSON(v.Data, &data); err != nil {
			t.Errorf("%s: refused before validation: %v", v.Name, err)
			continue
		}
		err := s.Record(interopRecord, data, v.RKey)
		if err == nil {
			t.Errorf("%s: accepted %s", v.Name, v.Data)
			continue
		}
		t.Logf("%s: %s", v.Name, told(t, err))
	}
}

package lex_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/lexgen/lexgen/internal/shared"
	"github.com/lexgen/lexgen/runtime/lex"
)

type vector struct {
	Note string
	JSON json.RawMessage
}

func vectors(t *testing.T, name string) []vector {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(shared.Dir(t, "interop", "data-model"), name))
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
	return list
}

func TestInteropValid_DM01_DM02(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"data-model-valid.json", "data-model-fixtures.json"} {
		for _, v := range vectors(t, name) {
			var m, again lex.Extra
			decode(t, string(v.JSON), &m)
			text := encode(t, m)
			decode(t, text, &again)
			if got := encode(t, again); got != text {
				t.Errorf("%s: second encoding differs:\n%s\n%s", v.Note, text, got)
			}
		}
	}
}

func TestInteropInvalid_DM13_DM14_DM16_DM17_DM18(t *testing.T) {
	t.Parallel()
	for _, v := range vectors(t, "data-model-invalid.json") {
		var m lex.Extra
		if err := lex.DecodeJSON(v.JSON, &m); err == nil {
			t.Errorf("%s: accepted %s", v.Note, v.JSON)
		}
		var o lex.Object
		if err := lex.DecodeJSON(v.JSON, &o); err == nil {
			t.Errorf("%s: accepted as an object: %s", v.Note, v.JSON)
		}
	}
}

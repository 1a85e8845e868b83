package lint_test

import (
	"encoding/json"
	"testing"

	"github.com/lexgen/lexgen/resolver/lint"
)

// FuzzFix holds any text against all rules: fixes of text that is JSON leave
// JSON, and there is an end to them.
func FuzzFix(f *testing.F) {
	for _, rule := range lint.Rules() {
		f.Add(rule.Doc().Example[0].Data)
	}
	f.Add([]byte("\ufeff" + `{"lexicon": 1, "id": "com.example.a", "defs": {"main": {"type": "string", "knownValues": ["#b", "#b", "x", "x"]}, "b": {"type": "token"}}}`))
	f.Add([]byte(`{"lexicon": 1, "id": "com.example.a", "defs": {"main": {"type": "object", "properties": {"b": {"type": "ref", "ref": "lex:com.example.a#main"}}}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		const rounds = 10
		valid := json.Valid(text)
		for range rounds {
			result := check(t, folder(map[string][]byte{"com/example/a.json": text}), lint.Options{Strict: true})
			fixed := result.Fixed()
			if len(fixed) == 0 {
				return
			}
			if text = fixed[0].Text; valid && !json.Valid(text) {
				t.Fatalf("no longer JSON: %q", text)
			}
		}
		t.Fatalf("fixes do not end: %q", text)
	})
}

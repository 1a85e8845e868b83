package resolver_test

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestStreamsThatGoOnWhereTheyWereCut_LX11(t *testing.T) {
	t.Parallel()
	const stream = `{"lexicon": 1, "id": "com.example.watch", "defs": {
		"main": {"type": "subscription",
			"parameters": {"type": "params", "properties": {"cursor": {"type": "integer"}}},
			"message": {"schema": {"type": "union", "refs": ["#event", "#info", "com.example.other#info"]}}},
		"event": {"type": "object", "required": ["seq"], "properties": {"seq": {"type": "integer"}}},
		"info": {"type": "object", "properties": {}}}}`
	const other = `{"lexicon": 1, "id": "com.example.other", "defs": {
		"info": {"type": "object", "required": ["seq"], "properties": {"seq": {"type": "integer"}}}}}`
	for name, c := range map[string]struct {
		old, edit string // of either file
		want      bool
	}{
		"all numbered":              {"", "", true},
		"no cursor":                 {`"cursor"`, `"since"`, false},
		"a cursor of text":          {`"cursor": {"type": "integer"}`, `"cursor": {"type": "string"}`, false},
		"no message":                {`"refs": ["#event", "#info", "com.example.other#info"]`, `"refs": []`, false},
		"a seq that may be missing": {`"event": {"type": "object", "required": ["seq"]`, `"event": {"type": "object"`, false},
		"a seq that may be null":    {`"event": {"type": "object",`, `"event": {"type": "object", "nullable": ["seq"],`, false},
		"info of another lexicon":   {`"info": {"type": "object", "required": ["seq"]`, `"info": {"type": "object"`, false},
	} {
		edited := func(text string) []byte { return []byte(strings.Replace(text, c.old, c.edit, 1)) }
		graph := graphOf(t, fstest.MapFS{"watch.json": {Data: edited(stream)}, "other.json": {Data: edited(other)}})
		if got := graph.Resumes(graph.Lookup("com.example.watch")); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
	graph := graphOf(t, fstest.MapFS{"other.json": {Data: []byte(other)}})
	if graph.Resumes(nil) || graph.Resumes(graph.Lookup("com.example.other#info")) {
		t.Error("what is no stream goes on")
	}
}

package breaking_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/resolver/breaking"
)

// objectTypes are types whose values are objects, by reference to definitions
// that do not change.
var objectTypes = []string{
	`{"type":"unknown"}`,
	`{"type":"ref","ref":"#a"}`, `{"type":"ref","ref":"#b"}`, `{"type":"ref","ref":"#empty"}`, `{"type":"ref","ref":"com.example.rec"}`,
	`{"type":"union","refs":["#a"]}`, `{"type":"union","refs":["#empty"]}`, `{"type":"union","refs":["com.example.rec"]}`, `{"type":"union","refs":["#a","#b"]}`, `{"type":"union","refs":[]}`,
	`{"type":"union","refs":["#a"],"closed":true}`, `{"type":"union","refs":["#empty"],"closed":true}`,
	`{"type":"union","refs":["com.example.rec"],"closed":true}`, `{"type":"union","refs":["#a","#b"],"closed":true}`, `{"type":"union","refs":["#a","#empty"],"closed":true}`,
	`{"type":"union","refs":["com.example.rec","#b"],"closed":true}`, `{"type":"union","refs":["com.example.rec","#b"]}`,
}

const objectDefs = `"a":{"type":"object","required":["n"],"properties":{"n":{"type":"integer"}}},"b":{"type":"object","required":["n"],"properties":{"n":{"type":"string"}}},"empty":{"type":"object","properties":{}}`

// objects are values that tell the types apart.
func objects() (list []any) {
	for _, name := range []string{"", "com.example.a#a", "com.example.a#b", "com.example.a#empty", "com.example.rec", "com.example.other"} {
		for _, n := range []any{nil, int64(1), "x"} {
			object := map[string]any{"$type": name, "n": n}
			maps.DeleteFunc(object, func(_ string, v any) bool { return v == nil || v == "" })
			list = append(list, object)
		}
	}
	return list
}

// TestEffectsOfOtherKindsOfObjects replaces each type of objects by each of another
// kind, and tries all values that tell them apart: an effect is found if and only if
// there is a value that shows it.
func TestEffectsOfOtherKindsOfObjects_LE01_LE03(t *testing.T) {
	t.Parallel()
	var was, is []string
	var pairs [][2]string
	for _, before := range objectTypes {
		for _, after := range objectTypes {
			if kindOf(before) == kindOf(after) {
				continue
			}
			was = append(was, fmt.Sprintf(`"p%d":%s`, len(pairs), before))
			is = append(is, fmt.Sprintf(`"p%d":%s`, len(pairs), after))
			pairs = append(pairs, [2]string{before, after})
		}
	}
	lexicons := func(properties []string) map[string]string {
		return map[string]string{
			"a.json": `{"lexicon":1,"id":"com.example.a","defs":{"x":{"type":"object","properties":{` + strings.Join(properties, ",") + `}},` + objectDefs + `}}`,
			"b.json": `{"lexicon":1,"id":"com.example.rec","defs":{"main":{"type":"record","key":"any","record":{"type":"object","properties":{"n":{"type":"integer"}}}}}}`,
		}
	}
	old, now := load(t, "old", lexicons(was)).sound(t), load(t, "new", lexicons(is)).sound(t)
	found := map[string]breaking.Effect{}
	for _, f := range breaking.Compare(old.graph, now.graph, breaking.Options{}).Findings {
		property, _, _ := strings.Cut(strings.TrimPrefix(f.Path, "."), ".")
		found[property] |= f.Effect
	}
	for i, pair := range pairs {
		property := fmt.Sprintf("p%d", i)
		if got, want := found[property], effectOn(old, now, property, objects()); got != want {
			t.Errorf("%s => %s: the effect is %d, want %d", pair[0], pair[1], got, want)
		}
	}
}

// kindOf is the name of a type. References to objects are all of one kind, because
// what they lead to is compared elsewhere.
func kindOf(typ string) string { return parsed(typ)["type"].(string) }

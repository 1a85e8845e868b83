package breaking_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/internal/values"
	"github.com/lexgen/lexgen/resolver/breaking"
)

// TestEffectsOfSmallTypes compares random types with bounds so small that all
// values which any bound tells apart can be tried: an effect is found if and only
// if there is a value that shows it.
func TestEffectsOfSmallTypes_LE01_LE04(t *testing.T) {
	t.Parallel()
	const pairs = 900
	r := rand.New(rand.NewPCG(5, 5))
	var kinds []small
	var was, is []string
	for i := range pairs {
		kind := smallTypes[i%len(smallTypes)]
		kinds = append(kinds, kind)
		was = append(was, fmt.Sprintf(`"p%d":%s`, i, written(kind.of(r))))
		is = append(is, fmt.Sprintf(`"p%d":%s`, i, written(kind.of(r))))
	}
	lexicon := func(properties []string) map[string]string {
		return map[string]string{"a.json": `{"lexicon":1,"id":"com.example.a","defs":{"x":{"type":"object","properties":{` + strings.Join(properties, ",") + `}}}}`}
	}
	old, now := load(t, "old", lexicon(was)), load(t, "new", lexicon(is))
	found := map[string]breaking.Effect{}
	for _, f := range breaking.Compare(old.graph, now.graph, breaking.Options{}).Findings {
		path, _, _ := strings.Cut(f.Path, "[")
		found[path] |= f.Effect
	}
	for i, kind := range kinds {
		property := fmt.Sprintf("p%d", i)
		if got, want := found["."+property], effectOn(old, now, property, kind.values); got != want {
			t.Errorf("%s => %s: the effect is %d, want %d", was[i], is[i], got, want)
		}
	}
}

// effectOn tries values of a property of com.example.a#x.
func effectOn(old, is version, property string, list []any) (effect breaking.Effect) {
	for _, v := range list {
		text := fmt.Sprintf(`{"%s":%s}`, property, values.JSON(v))
		switch before, after := old.takes("com.example.a#x", text), is.takes("com.example.a#x", text); {
		case before && !after:
			effect |= breaking.Tightens
		case after && !before:
			effect |= breaking.Relaxes
		}
	}
	return effect
}

// small makes types of a kind, among whose values are some that tell them apart.
type small struct {
	of     func(r *rand.Rand) node
	values []any
}

var smallTypes = []small{
	{smallInteger, numbersBelow(6)},
	{smallString, []any{
		"", "a", "b", "c", "é", "e\u0301", "👍", "ab", "aé", "éé", "abc", "abd", "aéé", "a👍b", "abcd", "x\u0301\u0301y", "x\u0301y\u0301z\u0301",
		"\u00e9\u0301", "a\u0301\u0301\u0301", "ab\u0301\u0301", "\u007f", "abcde",
	}},
	{smallArray, arraysOf(numbersBelow(5))},
}

func numbersBelow(n int64) (list []any) {
	for i := int64(-1); i < n; i++ {
		list = append(list, i)
	}
	return list
}

// arraysOf returns arrays of up to four times the same value.
func arraysOf(items []any) []any {
	list := []any{[]any{}}
	for _, item := range items {
		for n := range 4 {
			list = append(list, slices.Repeat([]any{item}, n+1))
		}
	}
	return list
}

// between puts bounds from 0 to 3 on a type, or one or none; the lower one is not
// the greater.
func between(r *rand.Rand, n node, low, high string) {
	a := r.IntN(4)
	if r.IntN(2) == 0 {
		n[low] = a
	}
	if r.IntN(2) == 0 {
		n[high] = a + r.IntN(4-a)
	}
}

// chosen puts a const or an enum of some choices on every second type.
func chosen(r *rand.Rand, n node, choices ...any) {
	r.Shuffle(len(choices), func(i, j int) { choices[i], choices[j] = choices[j], choices[i] })
	switch r.IntN(4) {
	case 0:
		n["const"] = choices[0]
	case 1:
		n["enum"] = choices[:1+r.IntN(len(choices))]
	}
}

func smallInteger(r *rand.Rand) node {
	n := node{"type": "integer"}
	between(r, n, "minimum", "maximum")
	chosen(r, n, 0, 1, 2, 3)
	return n
}

func smallString(r *rand.Rand) node {
	n := node{"type": "string"}
	between(r, n, "minLength", "maxLength")
	between(r, n, "minGraphemes", "maxGraphemes")
	chosen(r, n, "", "a", "é", "abc")
	return n
}

func smallArray(r *rand.Rand) node {
	items := node{"type": "integer"}
	between(r, items, "minimum", "maximum")
	n := node{"type": "array", "items": items}
	between(r, n, "minLength", "maxLength")
	return n
}

package breaking_test

import (
	"maps"
	"math/rand/v2"
	"slices"
)

// narrowed returns lexicons many of whose types have few values, so that one
// mutation can say of the same values in other words that they are all.
func narrowed(files map[string]string) map[string]string {
	r := rand.New(rand.NewPCG(1, 1))
	all := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		lexicon := parsed(files[name])
		for _, place := range typesOf(lexicon["defs"]) {
			narrow(place, r)
		}
		all[name] = written(lexicon)
	}
	return all
}

func narrow(place node, r *rand.Rand) {
	kind, _ := place["type"].(string)
	choices := fewValues[kind]
	format, formatted := place["format"]
	if _, known := place["knownValues"]; len(choices) == 0 || known || r.IntN(3) == 0 {
		return
	}
	chosen := choices[r.IntN(len(choices))]
	switch kind {
	case "integer", "string":
		clear(place)
		place["type"] = kind
	case "union":
		refs, _ := place["refs"].([]any)
		chosen["refs"] = refs[:min(len(refs), 1)]
		if len(refs) == 0 {
			return
		}
	default:
		delete(place, "minLength")
	}
	if formatted {
		chosen = node{"format": format, "maxLength": 80 + r.IntN(300)}
	}
	maps.Copy(place, chosen)
}

// fewValues are constraints by the type that they leave few values of.
var fewValues = map[string][]node{
	"integer": {{"minimum": 1, "maximum": 3}, {"enum": []any{1, 2, 3}}, {"minimum": 2, "maximum": 2}, {"const": 2}, {"minimum": 0, "maximum": 9}},
	"string":  {{"maxLength": 0}, {"maxGraphemes": 0}, {"const": ""}, {"enum": []any{""}}, {"maxLength": 1}},
	"bytes":   {{"maxLength": 0}},
	"array":   {{"maxLength": 0}},
	"union":   {{"closed": true}},
}

// sameNumbers lists a range, or makes one of a list without gaps.
var sameNumbers = operation{"same values", func(_ mutation, place, _ node) {
	low, bounded := number(place["minimum"])
	high, _ := number(place["maximum"])
	list, _ := place["enum"].([]any)
	only, fixed := number(place["const"])
	switch {
	case bounded && low == high:
		place["const"] = low
	case bounded && high-low < 9:
		list := []any{}
		for n := low; n <= high; n++ {
			list = append(list, n)
		}
		place["enum"] = list
	case fixed:
		place["minimum"], place["maximum"] = only, only
	case len(list) > 0:
		first, _ := number(list[0])
		place["minimum"], place["maximum"] = first, first+len(list)-1
	default:
		return
	}
	for _, name := range []string{"minimum", "maximum", "enum", "const"} {
		if was := name == "minimum" || name == "maximum"; was == bounded {
			delete(place, name)
		}
	}
}}

func number(v any) (int, bool) {
	switch v := v.(type) {
	case int:
		return v, true
	case float64:
		return int(v), true
	}
	return 0, false
}

// sameTexts says in another way that only the empty text is valid.
var sameTexts = operation{"same values", func(m mutation, place, _ node) {
	ways := fewValues["string"][:4]
	if _, formatted := place["format"]; formatted || !slices.ContainsFunc(ways, func(way node) bool { return says(place, way) }) {
		return
	}
	clear(place)
	place["type"] = "string"
	maps.Copy(place, ways[m.IntN(len(ways))])
}}

// says reports whether a type has a constraint.
func says(place, constraint node) bool {
	text := written(place)
	with := maps.Clone(place)
	maps.Copy(with, constraint)
	return written(with) == text
}

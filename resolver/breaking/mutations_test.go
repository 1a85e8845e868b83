package breaking_test

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// node is a JSON object of a lexicon.
type node = map[string]any

// parsed reads a lexicon.
func parsed(text string) node {
	var n node
	if err := json.Unmarshal([]byte(text), &n); err != nil {
		panic(err) // of the corpus
	}
	return n
}

func written(n node) string {
	text, err := json.Marshal(n)
	if err != nil {
		panic(err) // made by parsed
	}
	return string(text)
}

// mutation changes one thing about a lexicon, at random.
type mutation struct{ *rand.Rand }

// one mutates a lexicon in place and returns the name of what it did; nothing if
// the place that it came upon cannot be changed in that way.
func (m mutation) one(lexicon node) string {
	places := typesOf(lexicon["defs"])
	if len(places) == 0 {
		return ""
	}
	place := places[m.IntN(len(places))]
	kind, _ := place["type"].(string)
	operations := append(slices.Clone(operationsOf[kind]), operationsOf["*"]...)
	if len(operations) == 0 {
		return ""
	}
	before := written(lexicon)
	o := operations[m.IntN(len(operations))]
	o.apply(m, place, lexicon)
	if written(lexicon) == before {
		return ""
	}
	return kind + " " + o.name
}

// typesOf lists all objects with a type, in the order of their paths.
func typesOf(v any) (list []node) {
	switch v := v.(type) {
	case node:
		if _, ok := v["type"].(string); ok {
			list = append(list, v)
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			list = append(list, typesOf(v[key])...)
		}
	case []any:
		for _, item := range v {
			list = append(list, typesOf(item)...)
		}
	}
	return list
}

// operation is one way to change a type.
type operation struct {
	name  string
	apply func(m mutation, place, lexicon node)
}

func bound(name string, high int) operation {
	return operation{name, func(m mutation, place, _ node) {
		if _, ok := place[name]; ok && m.IntN(3) == 0 {
			delete(place, name)
			return
		}
		place[name] = 1 + m.IntN(high)
	}}
}

func choice(name string, values ...any) operation {
	return operation{name, func(m mutation, place, _ node) {
		if _, ok := place[name]; ok && m.IntN(3) == 0 {
			delete(place, name)
			return
		}
		place[name] = values[m.IntN(len(values))]
	}}
}

// operationsOf are the operations on types, those under * on any.
var operationsOf = map[string][]operation{
	"string": {
		bound("maxLength", 8), bound("minLength", 4), bound("maxGraphemes", 8), bound("minGraphemes", 3),
		choice("format", "did", "handle", "at-identifier", "at-uri", "uri", "nsid", "tid", "record-key", "datetime", "language"),
		choice("enum", []any{"a", "b"}, []any{"a"}, []any{"b", "c"}), choice("const", "a", "b"),
		choice("knownValues", []any{"a"}, []any{"a", "b"}), choice("default", "a", "b"), sameTexts,
	},
	"integer": {
		bound("maximum", 9), bound("minimum", 9), choice("enum", []any{1, 2}, []any{2}), choice("const", 1, 2), choice("default", 1, 2),
		sameNumbers,
	},
	"boolean": {choice("const", true, false), choice("default", true, false)},
	"bytes":   {bound("maxLength", 9), bound("minLength", 4)},
	"blob":    {bound("maxSize", 100), choice("accept", []any{"image/*"}, []any{"image/png"}, []any{"*/*"}, []any{"video/mp4", "image/png"})},
	"array":   {bound("maxLength", 3), bound("minLength", 2), {"items", func(m mutation, place, _ node) { place["items"] = m.anyType() }}},
	"union": {
		choice("closed", true, false),
		{"refs", func(m mutation, place, lexicon node) {
			refs, _ := place["refs"].([]any)
			if len(refs) > 0 && m.IntN(2) == 0 {
				place["refs"] = slices.Delete(slices.Clone(refs), 0, 1)
				return
			}
			if name := m.objectOf(lexicon); name != "" {
				place["refs"] = append(slices.Clone(refs), "#"+name)
			}
		}},
		{"only member", func(_ mutation, place, _ node) {
			if refs, _ := place["refs"].([]any); len(refs) == 1 && place["closed"] == true {
				clear(place)
				place["type"], place["ref"] = "ref", refs[0]
			}
		}},
	},
	"object": {
		{"add", func(m mutation, place, _ node) { m.add(place, "added") }},
		{"add required", func(m mutation, place, _ node) {
			if m.add(place, "needed") {
				toggle(place, "required", "needed")
			}
		}},
		{"remove", mutation.remove},
		{"required", func(m mutation, place, _ node) { toggle(place, "required", m.property(place)) }},
		{"nullable", func(m mutation, place, _ node) { toggle(place, "nullable", m.property(place)) }},
	},
	"params": {
		{"remove", mutation.remove},
		{"required", func(m mutation, place, _ node) { toggle(place, "required", m.property(place)) }},
	},
	"record": {choice("key", "tid", "nsid", "any", "literal:self")},
	"ref": {{"inline", func(m mutation, place, _ node) {
		clear(place)
		maps.Copy(place, m.anyType())
	}}, {"only member", func(m mutation, place, _ node) {
		ref := place["ref"]
		clear(place)
		place["type"], place["refs"], place["closed"] = "union", []any{ref}, m.IntN(2) == 0
	}}},
	"query":     {{"errors", mutation.errors}, {"output", func(_ mutation, place, _ node) { delete(place, "output") }}},
	"procedure": {{"errors", mutation.errors}, {"input", func(_ mutation, place, _ node) { delete(place, "input") }}},
	"token":     {},
	"*": {{"definition", func(m mutation, _, lexicon node) {
		defs, _ := lexicon["defs"].(node)
		names := slices.Sorted(maps.Keys(defs))
		if name := names[m.IntN(len(names))]; len(names) > 1 && m.IntN(8) == 0 {
			delete(defs, name)
		}
	}}, {"type", func(m mutation, place, _ node) {
		switch place["type"] {
		case "string", "integer", "boolean", "bytes", "blob", "cid-link", "unknown":
			clear(place)
			maps.Copy(place, m.anyType())
		}
	}}},
}

// anyType returns a type that parameters may have, too, as a rule.
func (m mutation) anyType() node {
	types := []node{
		{"type": "string"}, {"type": "integer"}, {"type": "boolean"}, {"type": "unknown"}, {"type": "string", "format": "did"},
		{"type": "array", "items": node{"type": "string"}}, {"type": "cid-link"}, {"type": "object", "properties": node{}},
	}
	return types[m.IntN(len(types))]
}

func (m mutation) add(place node, name string) bool {
	properties, ok := place["properties"].(node)
	if !ok || properties[name] != nil {
		return false
	}
	properties[name] = m.anyType()
	return true
}

func (m mutation) remove(place, _ node) {
	properties, _ := place["properties"].(node)
	name := m.property(place)
	if name == "" {
		return
	}
	delete(properties, name)
	for _, list := range []string{"required", "nullable"} {
		if has(place, list, name) {
			toggle(place, list, name)
		}
	}
}

// property returns the name of a property, empty if there is none.
func (m mutation) property(place node) string {
	properties, _ := place["properties"].(node)
	names := slices.Sorted(maps.Keys(properties))
	if len(names) == 0 {
		return ""
	}
	return names[m.IntN(len(names))]
}

// objectOf returns the name of an object of the lexicon, empty if there is none.
func (m mutation) objectOf(lexicon node) string {
	defs, _ := lexicon["defs"].(node)
	for _, name := range slices.Sorted(maps.Keys(defs)) {
		if def, _ := defs[name].(node); def["type"] == "object" && m.IntN(2) == 0 {
			return name
		}
	}
	return ""
}

func (m mutation) errors(place, _ node) {
	place["errors"] = []any{node{"name": "Mutated"}}
}

func has(place node, list, name string) bool {
	names, _ := place[list].([]any)
	return slices.Contains(names, any(name))
}

// toggle puts a name into a list of an object, or takes it out.
func toggle(place node, list, name string) {
	names, _ := place[list].([]any)
	switch {
	case name == "":
	case has(place, list, name):
		place[list] = slices.DeleteFunc(slices.Clone(names), func(v any) bool { return v == name })
	default:
		place[list] = append(slices.Clone(names), name)
	}
}

// The definitions that lifted adds, by the part of a method that they stand for.
var lifts = map[string]string{"input": "zzInput", "output": "zzOutput", "parameters": "zzParameters", "message": "zzMessage"}

// lifted returns a lexicon with definitions for the parts of its method, so that
// values of these can be validated.
func lifted(text string) string {
	lexicon := parsed(text)
	defs, _ := lexicon["defs"].(node)
	main, _ := defs["main"].(node)
	for _, part := range []string{"input", "output", "message"} {
		body, _ := main[part].(node)
		if schema, ok := body["schema"].(node); ok {
			defs[lifts[part]] = node{"type": "object", "required": []any{"v"}, "properties": node{"v": schema}}
		}
	}
	if params, ok := main["parameters"].(node); ok {
		copied := maps.Clone(params)
		copied["type"] = "object"
		defs[lifts["parameters"]] = copied
	}
	return written(lexicon)
}

// partOf returns the definition that stands for the place of a finding in the
// lifted lexicons, and its direction; empty if no data is there.
func partOf(id, path string) string {
	for part, name := range lifts {
		if path == part || strings.HasPrefix(path, part+".") || strings.HasPrefix(path, part+"[") {
			return id + "#" + name
		}
	}
	return id
}

package values

import (
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/resolver"
)

// Mutation is a valid value with one thing changed so that it is valid no
// more.
type Mutation struct {
	Value any
	Path  string // to what is wrong, as validation prints it
	Rule  string // what it violates, as validation calls it
}

// Mutations breaks each constraint of a type that a valid value of it is
// subject to, at every place, once. def is the definition if the value carries
// its $type, else nil.
func Mutations(g *resolver.Graph, t parser.Type, def *resolver.Def, value any) []Mutation {
	m := &mutator{graph: g}
	if r, ok := t.(*parser.Record); ok {
		m.record(r, def, value)
	} else {
		m.value(t, value)
	}
	return m.list
}

// mutator collects the mutations of one value, whose paths are relative to it.
type mutator struct {
	graph *resolver.Graph
	list  []Mutation
}

func (m *mutator) add(v any, path, rule string) { m.list = append(m.list, Mutation{v, path, rule}) }

// inside adds the mutations of a part, each as a whole value that whole makes
// of the part.
func (m *mutator) inside(path string, whole func(part any) any, collect func(part *mutator)) {
	part := &mutator{graph: m.graph}
	collect(part)
	for _, p := range part.list {
		m.add(whole(p.Value), path+p.Path, p.Rule)
	}
}

// wrongType adds a value of a type that is nobody's.
func (m *mutator) wrongType(v any) { m.add(v, "", "type") }

func (m *mutator) value(t parser.Type, v any) {
	switch t := t.(type) {
	case *parser.Boolean:
		m.boolean(t)
	case *parser.Integer:
		m.integer(t)
	case *parser.String:
		m.text(t)
	case *parser.Bytes:
		m.bytes(t)
	case *parser.CIDLink:
		m.wrongType("x")
	case *parser.Blob:
		m.blob(t, objectOf(v))
	case *parser.Unknown:
		m.wrongType(Bytes("x"))
	case *parser.Array:
		list, _ := v.([]any)
		m.array(t, list)
	case *parser.Object:
		m.wrongType([]any{})
		m.object(t, objectOf(v))
	case *parser.Ref:
		m.ref(t, v)
	case *parser.Union:
		m.wrongType("x")
		m.union(t, objectOf(v))
	}
}

func (m *mutator) ref(t *parser.Ref, v any) {
	target := m.graph.Target(t.Ref)
	if record, ok := target.AST.Type.(*parser.Record); ok {
		m.record(record, target, v)
		return
	}
	m.value(target.AST.Type, v)
}

func (m *mutator) record(t *parser.Record, def *resolver.Def, v any) {
	object := objectOf(v)
	m.wrongType(true)
	m.add(with(object, "$type", def.ID()+"x"), ".$type", "type-name")
	m.object(t.Record, object)
}

func (m *mutator) object(t *parser.Object, v map[string]any) {
	for _, p := range t.Properties {
		if strings.HasPrefix(p.Name.Value, "$") {
			continue
		}
		path := pathOf(p.Name.Value)
		if p.Required {
			m.add(without(v, p.Name.Value), path, "required")
		}
		value, ok := v[p.Name.Value]
		if ok && !p.Nullable {
			m.add(with(v, p.Name.Value, nil), path, "null")
		}
		if ok && value != nil {
			m.inside(path, func(part any) any { return with(v, p.Name.Value, part) },
				func(part *mutator) { part.value(p.Type, value) })
		}
	}
}

func (m *mutator) array(t *parser.Array, v []any) {
	m.wrongType(map[string]any{})
	if t.MinLength != nil && t.MinLength.Value > 0 {
		m.add(v[:t.MinLength.Value-1], "", "min-items")
	}
	if t.MaxLength != nil && len(v) > 0 && t.MaxLength.Value < maxMade {
		long := slices.Clone(v)
		for int64(len(long)) <= t.MaxLength.Value {
			long = append(long, v[0])
		}
		m.add(long, "", "max-items")
	}
	for i := range v {
		m.inside("["+strconv.Itoa(i)+"]", func(part any) any {
			items := slices.Clone(v)
			items[i] = part
			return items
		}, func(part *mutator) { part.value(t.Items, v[i]) })
	}
}

// maxMade is how large what exceeds a limit may get.
const maxMade = 1 << 14

func (m *mutator) union(t *parser.Union, v map[string]any) {
	m.add(without(v, "$type"), "", "type-name")
	if t.Closed {
		m.add(map[string]any{"$type": "com.example.unheard#of"}, "", "closed-union")
	}
	for _, ref := range t.Refs {
		target := m.graph.Target(ref)
		if target.ID() != v["$type"] {
			continue
		}
		object, ok := target.AST.Type.(*parser.Object)
		if record, isRecord := target.AST.Type.(*parser.Record); isRecord {
			object, ok = record.Record, true
		}
		if ok {
			m.object(object, v)
		}
	}
}

func (m *mutator) boolean(t *parser.Boolean) {
	m.wrongType("true")
	if t.Const != nil {
		m.add(!t.Const.Value, "", "const")
	}
}

func (m *mutator) integer(t *parser.Integer) {
	m.wrongType("1")
	if t.Const != nil {
		m.add(t.Const.Value^1, "", "const")
	}
	if len(t.Enum) > 0 {
		other := int64(0)
		for slices.ContainsFunc(t.Enum, func(i parser.Int) bool { return i.Value == other }) {
			other++
		}
		m.add(other, "", "enum")
	}
	if t.Minimum != nil && t.Minimum.Value > math.MinInt64 {
		m.add(t.Minimum.Value-1, "", "minimum")
	}
	if t.Maximum != nil && t.Maximum.Value < math.MaxInt64 {
		m.add(t.Maximum.Value+1, "", "maximum")
	}
}

func (m *mutator) text(t *parser.String) {
	m.wrongType(int64(1))
	if t.Const != nil {
		m.add(t.Const.Value+"x", "", "const")
	}
	if len(t.Enum) > 0 {
		m.add("of no enumeration", "", "enum")
	}
	if t.Format.Present() {
		m.add("of no format", "", "format")
	}
	m.lengths(t)
}

// lengths exceeds the limits of a text, if need be in clusters of many bytes.
func (m *mutator) lengths(t *parser.String) {
	if t.MinLength != nil && t.MinLength.Value > 0 {
		m.add(strings.Repeat("x", int(t.MinLength.Value-1)), "", "min-length")
	}
	if t.MaxLength != nil && t.MaxLength.Value < maxMade {
		m.add("e"+strings.Repeat("\u0301", int(t.MaxLength.Value+1)/2), "", "max-length")
	}
	if t.MinGraphemes != nil && t.MinGraphemes.Value > 0 {
		m.add(strings.Repeat("e\u0301", int(t.MinGraphemes.Value-1)), "", "min-graphemes")
	}
	if t.MaxGraphemes != nil && t.MaxGraphemes.Value < maxMade {
		m.add(strings.Repeat("x", int(t.MaxGraphemes.Value+1)), "", "max-graphemes")
	}
}

func (m *mutator) bytes(t *parser.Bytes) {
	m.wrongType("x")
	if t.MinLength != nil && t.MinLength.Value > 0 {
		m.add(make(Bytes, t.MinLength.Value-1), "", "min-length")
	}
	if t.MaxLength != nil && t.MaxLength.Value < maxMade {
		m.add(make(Bytes, t.MaxLength.Value+1), "", "max-length")
	}
}

func (m *mutator) blob(t *parser.Blob, v map[string]any) {
	m.wrongType("x")
	everything := slices.ContainsFunc(t.Accept, func(pattern parser.Text) bool { return pattern.Value == "*/*" })
	if len(t.Accept) > 0 && !everything {
		m.add(with(v, "mimeType", "x-of/none"), ".mimeType", "accept")
	}
	if t.MaxSize != nil && t.MaxSize.Value < math.MaxInt64 {
		m.add(with(v, "size", t.MaxSize.Value+1), ".size", "max-size")
	}
}

// objectOf returns v, which is an object because it is valid.
func objectOf(v any) map[string]any {
	object, _ := v.(map[string]any)
	return object
}

// with returns the object with another member.
func with(v map[string]any, name string, value any) map[string]any {
	v = maps.Clone(v)
	v[name] = value
	return v
}

// without returns the object without a member.
func without(v map[string]any, name string) map[string]any {
	v = maps.Clone(v)
	delete(v, name)
	return v
}

var word = regexp.MustCompile(`^[A-Za-z_$][A-Za-z_$0-9]{0,63}$`)

// pathOf is a member's name in a path.
func pathOf(name string) string {
	if word.MatchString(name) {
		return "." + name
	}
	return "[" + strconv.QuoteToASCII(name) + "]"
}

// Package values makes data from schemas, for tests: values at the edges of
// what a Lexicon type allows, with absent, null and zero properties, unknown
// properties and unknown union members. It also writes them as canonical JSON,
// independently of the runtime, so that it can be an oracle for it.
package values

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/resolver"
)

// Link is a link of the data model: the text of a CID.
type Link string

// Bytes are bytes of the data model.
type Bytes []byte

// Style says what a Maker prefers where a schema leaves a choice.
type Style int

// The styles.
const (
	Minimal Style = iota // only what is required
	Zero                 // everything there, with its zero value
	Nulls                // null wherever it is allowed, else minimal
	Full                 // everything there, with large and odd values
	Foreign              // like Full, with unknown properties and union members everywhere
	Random               // each choice by chance
)

// Styles lists all styles.
var Styles = []Style{Minimal, Zero, Nulls, Full, Foreign, Random}

// String returns the name of the style.
func (s Style) String() string {
	return [...]string{"minimal", "zero", "nulls", "full", "foreign", "random"}[s]
}

// maxDepth is where a Maker begins to leave out what is optional, and maxParts
// how many parts of a value it makes before it does.
const (
	maxDepth = 5
	maxParts = 500
)

// Maker makes values. It is not safe for concurrent use.
type Maker struct {
	Graph *resolver.Graph
	Style Style
	Rand  *rand.Rand
	// NoLegacy keeps to one form of blobs, because validation refuses the other
	// in new data.
	NoLegacy bool

	turn  int // which member of a union comes next
	parts int // how many parts of the value at hand there are
}

// Definition makes a value of a definition that has data, with the $type that
// it carries where the place calls for one.
func (m *Maker) Definition(def *resolver.Def, typed bool) any {
	v := m.value(def.AST.Type, 0, def)
	if object, ok := v.(map[string]any); ok && typed {
		object["$type"] = def.ID()
	}
	return v
}

// Value makes a value of a type.
func (m *Maker) Value(t parser.Type) any { return m.value(t, 0, nil) }

func (m *Maker) value(t parser.Type, depth int, def *resolver.Def) any {
	if depth == 0 {
		m.parts = 0
	}
	m.parts++
	switch t := t.(type) {
	case *parser.Boolean:
		return m.boolean(t)
	case *parser.Integer:
		return m.integer(t)
	case *parser.String:
		return m.text(t)
	case *parser.Bytes:
		return m.bytes(t)
	case *parser.CIDLink:
		return aLink
	case *parser.Blob:
		return m.blob(t)
	case *parser.Unknown:
		return m.unknown()
	case *parser.Array:
		return m.array(t, depth)
	case *parser.Object:
		return m.object(t.Properties, depth)
	case *parser.Record:
		v := m.object(t.Record.Properties, depth)
		if def != nil {
			v["$type"] = def.ID()
		}
		return v
	case *parser.Ref:
		target := m.Graph.Target(t.Ref)
		return m.value(target.AST.Type, depth, target)
	case *parser.Union:
		return m.union(t, depth)
	}
	panic(fmt.Sprintf("values: no values of %T", t))
}

// Params makes parameters that a query can carry: what is required is neither
// empty nor an array without items, which would be absent there (LX-25). The
// Foreign style adds unknown ones.
func (m *Maker) Params(t *parser.Params) map[string]any {
	m.parts = 0
	v := map[string]any{}
	for _, p := range t.Properties {
		if !m.present(p, 0) {
			continue
		}
		value := m.property(p, 0)
		if p.Required && isEmpty(value) {
			full := &Maker{Graph: m.Graph, Style: Full, Rand: m.Rand}
			value = full.property(p, 0)
		}
		v[p.Name.Value] = value
	}
	if m.style() == Foreign {
		v["x-unheard"] = "a&b=c d+e%"
		v["unheard[]"] = []any{"one", "☂"}
	}
	return v
}

// isEmpty reports whether nothing of a value is left in a query.
func isEmpty(v any) bool {
	list, ok := v.([]any)
	return v == "" || ok && !slices.ContainsFunc(list, func(item any) bool { return item != "" })
}

// style is the style of one choice.
func (m *Maker) style() Style {
	if m.Style == Random {
		return Styles[m.Rand.IntN(int(Random))]
	}
	return m.Style
}

// deep reports whether what is optional is left out.
func (m *Maker) deep(depth int) bool { return depth >= maxDepth || m.parts > maxParts }

func (m *Maker) object(props []*parser.Property, depth int) map[string]any {
	v := map[string]any{}
	for _, p := range props {
		if strings.HasPrefix(p.Name.Value, "$") {
			continue
		}
		if m.present(p, depth) {
			v[p.Name.Value] = m.property(p, depth)
		}
	}
	if m.style() == Foreign {
		maps.Copy(v, foreign(props))
		v["$type"] = "com.example.unheard#of" // where none is called for; others replace it
	}
	return v
}

func (m *Maker) present(p *parser.Property, depth int) bool {
	if p.Required {
		return true
	}
	switch m.style() {
	case Minimal:
		return false
	case Nulls:
		return p.Nullable
	}
	return !m.deep(depth)
}

func (m *Maker) property(p *parser.Property, depth int) any {
	if style := m.style(); p.Nullable && (style == Nulls || style == Zero && m.Rand.IntN(2) == 0) {
		return nil
	}
	return m.value(p.Type, depth+1, nil)
}

// foreign returns properties that no schema has, one of each kind, among them
// names that sort before, between and behind others.
func foreign(props []*parser.Property) map[string]any {
	v := map[string]any{
		"x":                   nil,
		"zzz":                 []any{int64(-1), "two", []any{}, map[string]any{}, aLink, Bytes("raw")},
		"unknownField":        map[string]any{"$type": "com.example.unheard#of", "deep": map[string]any{"er": true}},
		"unknown blob ☂":      blobValue(42, "image/jpeg"),
		"":                    "an empty key",
		"a\"quote\\and\nline": int64(math.MinInt64),
	}
	for _, p := range props {
		delete(v, p.Name.Value)
	}
	return v
}

func (m *Maker) boolean(t *parser.Boolean) bool {
	if t.Const != nil {
		return t.Const.Value
	}
	return m.style() != Zero
}

func (m *Maker) integer(t *parser.Integer) int64 {
	if t.Const != nil {
		return t.Const.Value
	}
	if len(t.Enum) > 0 {
		return t.Enum[m.Rand.IntN(len(t.Enum))].Value
	}
	low, high := int64(math.MinInt64), int64(math.MaxInt64)
	if t.Minimum != nil {
		low = t.Minimum.Value
	}
	if t.Maximum != nil {
		high = t.Maximum.Value
	}
	switch m.style() {
	case Zero:
		return min(max(0, low), high)
	case Full:
		return high
	}
	return low
}

func (m *Maker) text(t *parser.String) string {
	switch {
	case t.Const != nil:
		return t.Const.Value
	case len(t.Enum) > 0:
		return t.Enum[m.Rand.IntN(len(t.Enum))].Value
	case t.Format.Present():
		return formatted(t.Format.Value)
	}
	switch m.style() {
	case Zero:
		return fitted("", t)
	case Minimal, Nulls:
		return fitted("text", t)
	}
	if len(t.KnownValues) > 0 && m.Rand.IntN(2) == 0 {
		return fitted(t.KnownValues[m.Rand.IntN(len(t.KnownValues))].Value, t)
	}
	return fitted(oddTexts[m.Rand.IntN(len(oddTexts))], t)
}

// oddTexts need every kind of escape, and none where one might be expected.
var oddTexts = []string{
	"<script>&'\"/\\</script>", "\x00\x01\b\f\n\r\t\x1f\x7f", "a~öñ©⽘☎𓋓😀👨‍👩‍👧‍👧", "\u2028\u2029\ufeff\ufffd", strings.Repeat("long ", 100),
}

// formatted returns a valid text of a format; of one that nobody knows, any.
func formatted(format string) string {
	if text, ok := formats[format]; ok {
		return text
	}
	return "text"
}

var formats = map[string]string{
	"at-identifier": "did:web:example.com",
	"at-uri":        "at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/app.bsky.feed.post/3jui7kd54zh2y",
	"cid":           string(aLink),
	"datetime":      "1985-04-12T23:20:50.12345678912345+01:45",
	"did":           "did:plc:ewvi7nxzyoun6zhxrhs64oiz",
	"handle":        "jay.bsky.social",
	"language":      "zh-Hant-TW",
	"nsid":          "com.example.fooBar",
	"record-key":    "self:~.-_X",
	"tid":           "3jui7kd54zh2y",
	"uri":           "https://example.com/a?b=c&d=%20#e",
}

// aLink is the link to an empty record.
const aLink = Link("bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua")

func (m *Maker) bytes(t *parser.Bytes) Bytes {
	n := 0
	switch m.style() {
	case Minimal, Full, Foreign:
		n = 1 + m.Rand.IntN(40)
	}
	b := make([]byte, within(n, t.MinLength, t.MaxLength))
	for i := range b {
		b[i] = byte(m.Rand.Uint32())
	}
	return b
}

func (m *Maker) blob(t *parser.Blob) any {
	size, mimeType := int64(10000), acceptable(t.Accept)
	switch m.style() {
	case Zero:
		return blobValue(0, mimeType)
	case Nulls:
		if !m.NoLegacy {
			return map[string]any{"cid": "bafkreiccldh766hwcnuxnf2wh6jgzepf2nlu2lvcllt63eww5p6chi4ity", "mimeType": mimeType}
		}
	}
	if t.MaxSize != nil {
		size = min(size, t.MaxSize.Value)
	}
	return blobValue(size, mimeType)
}

func blobValue(size int64, mimeType string) map[string]any {
	return map[string]any{
		"$type":    "blob",
		"ref":      Link("bafkreiccldh766hwcnuxnf2wh6jgzepf2nlu2lvcllt63eww5p6chi4ity"),
		"mimeType": mimeType,
		"size":     size,
	}
}

// acceptable returns a media type of the first pattern.
func acceptable(patterns []parser.Text) string {
	if len(patterns) == 0 || patterns[0].Value == "*/*" {
		return "image/jpeg"
	}
	return strings.Replace(patterns[0].Value, "*", "x-any", 1)
}

func (m *Maker) unknown() any {
	switch m.style() {
	case Minimal:
		return map[string]any{}
	case Zero:
		return map[string]any{"$type": "com.example.unheard"}
	}
	v := foreign(nil)
	v["$type"] = "com.example.unheard#of"
	return v
}

func (m *Maker) array(t *parser.Array, depth int) any {
	n := 0
	if t.MinLength != nil {
		n = int(t.MinLength.Value)
	}
	if style := m.style(); style == Full || style == Foreign {
		n = max(n, min(3, 1+m.members(t.Items)))
		if t.MaxLength != nil {
			n = min(n, int(t.MaxLength.Value))
		}
		if m.deep(depth) {
			n = min(n, 1)
		}
	}
	list := make([]any, min(n, 100))
	for i := range list {
		list[i] = m.value(t.Items, depth+1, nil)
	}
	return list
}

// members is the number of members of a union.
func (m *Maker) members(t parser.Type) int {
	if u, ok := t.(*parser.Union); ok {
		return len(u.Refs)
	}
	return 1
}

// union makes each member in turn; deep down, the least.
func (m *Maker) union(t *parser.Union, depth int) any {
	if !t.Closed && (len(t.Refs) == 0 || m.deep(depth) || m.style() == Foreign && m.Rand.IntN(2) == 0) {
		v := foreign(nil)
		v["$type"] = "com.example.unheard#of"
		return v
	}
	m.turn++
	target := m.Graph.Target(t.Refs[m.turn%len(t.Refs)])
	if m.deep(depth) {
		target = m.Graph.Target(t.Refs[0])
	}
	v := m.value(target.AST.Type, depth, target)
	if object, ok := v.(map[string]any); ok {
		object["$type"] = target.ID()
	}
	return v
}

// keys returns the keys of an object in the order of DAG-CBOR.
func keys(v map[string]any) []string {
	return slices.SortedFunc(maps.Keys(v), func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
}

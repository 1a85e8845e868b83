package lex_test

import (
	"bytes"
	"encoding/binary"
	"maps"
	"math"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
)

// How much decoding a value of the data model may allocate in all: a multiple
// of the input, and what the fuzzer's own work may add. The worst are objects
// of one member inside each other: two bytes each, for which Go makes a map
// with room for eight members.
const (
	cborMultiple = 170
	cborSlack    = 16 << 10
)

// cborTargets make new values of every type that is decoded into.
var cborTargets = []func() any{
	func() any { return new(Post) },
	func() any { return new(Thread) },
	func() any { return new(Req) },
	func() any { return new(Opts) },
	func() any { return new(Nulls) },
	func() any { return new(OptNulls) },
	func() any { return new(Prefs) },
	func() any { return new(Body) },
	func() any { return new(lex.Blob) },
	func() any { return new(lex.UnknownObject) },
}

// FuzzDecodeCBOR holds the decoder against a naive one: both accept the same
// bytes, as data and as each type, and read the same data. What is accepted is
// written back byte for byte, no matter whether it was read with memory of its
// own or not, and reading data takes memory in proportion.
func FuzzDecodeCBOR(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte) {
		want, ok := naiveCBOR(b)
		var v any
		used := allocated(func() { _ = lex.DecodeCBOR(b, new(any)) })
		if limit := uint64(cborMultiple*len(b) + cborSlack); used > limit {
			t.Fatalf("%x: %d bytes of input took %d bytes of memory", b, len(b), used)
		}
		if comesBackCBOR(t, b, &v, new(any)) != ok {
			t.Fatalf("%x: naively accepted: %t", b, ok)
		}
		if ok && !reflect.DeepEqual(v, want) {
			t.Fatalf("%x: got %#v, naively %#v", b, v, want)
		}
		for _, target := range cborTargets {
			into := target()
			fits := ok && fitsTarget(want, into)
			if comesBackCBOR(t, b, into, target()) != fits {
				t.Fatalf("%x as %T: naively accepted: %t", b, into, fits)
			}
		}
	})
}

// FuzzCBORJSON sends what is accepted as CBOR through JSON and back, byte for
// byte, as data and as each type; both formats agree on what a type accepts.
func FuzzCBORJSON(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte) {
		var v, back any
		if lex.DecodeCBOR(b, &v) != nil {
			return
		}
		text := throughJSON(t, b, &v, &back)
		if !reflect.DeepEqual(v, back) {
			t.Fatalf("%x: got %#v after JSON, want %#v", b, back, v)
		}
		for _, target := range cborTargets {
			into := target()
			inCBOR, inJSON := lex.DecodeCBOR(b, into), lex.DecodeJSON(text, target())
			if (inCBOR == nil) != (inJSON == nil) {
				t.Fatalf("%x as %T: CBOR says %v, JSON %v", b, into, inCBOR, inJSON)
			}
			if inCBOR != nil {
				continue
			}
			if got := throughJSON(t, b, into, target()); !bytes.Equal(got, text) {
				t.Fatalf("%x: as %T %s, as data %s", b, into, got, text)
			}
		}
	})
}

// TestCBORAllocatesInProportion_DM23 is not parallel: it counts all
// allocations of the process.
//
//nolint:paralleltest // see above
func TestCBORAllocatesInProportion_DM23(t *testing.T) {
	list := func(n int, item string) []byte {
		return append(naiveHead(nil, 4, uint64(n)), bytes.Repeat([]byte(item), n)...)
	}
	keys := binary.BigEndian.AppendUint32([]byte{0xba}, 1e5)
	for i := range 100_000 {
		keys = append(binary.BigEndian.AppendUint32(append(keys, 0x64), uint32(i)&0x7f7f7f7f), 0x00)
	}
	cases := []struct {
		name string
		data []byte
	}{
		{"integers", list(1e5, "\x00")},
		{"large integers", list(1e5, "\x19\x12\x34")},
		{"empty strings", list(1e5, "\x60")},
		{"strings", list(1e5, "\x61a")},
		{"empty bytes", list(1e5, "\x40")},
		{"empty arrays", list(1e5, "\x80")},
		{"arrays of one item", list(1e5, "\x81\x00")},
		{"empty objects", list(1e5, "\xa0")},
		{"objects of one member", list(1e5, "\xa1\x60\x00")},
		{"objects of one member inside each other", list(1000, strings.Repeat("\xa1\x60", 126)+"\xa0")},
		{"objects of one member, too deep", []byte(strings.Repeat("\xa1\x60", 128) + "\xa0")},
		{"objects of nine members", list(1e5, "\xa9\x60\x00\x61a\x00\x61b\x00\x61c\x00\x61d\x00\x61e\x00\x61f\x00\x61g\x00\x61h\x00")},
		{"members, until one is out of order", keys},
		{"arrays that announce too much", bytes.Repeat([]byte("\x9a\x00\x01\xff\xff"), 1000)},
		{"objects that announce too much", bytes.Repeat([]byte("\xba\x00\x01\xff\xff\x60"), 1000)},
		{"an array that announces all that is there", append([]byte("\x9a\x00\x01\xff\xff\x9a"), bytes.Repeat([]byte("\xff"), 1<<17)...)},
		{"an object that announces all that is there", append([]byte("\xb9\xff\xff\x00"), make([]byte, 1<<17)...)},
		{"a long string", append([]byte("\x7a\x00\x10\x00\x00"), make([]byte, 1<<20)...)},
		{"a long string that is no UTF-8", append([]byte("\x7a\x00\x10\x00\x00"), bytes.Repeat([]byte("\xff"), 1<<20)...)},
	}
	for _, c := range cases {
		used := allocated(func() { _ = lex.DecodeCBOR(c.data, new(any)) })
		t.Logf("%-45s %5.1f times", c.name, float64(used)/float64(len(c.data)))
		if used > uint64(cborMultiple*len(c.data)+cborSlack) {
			t.Errorf("%s: %d bytes of input took %d bytes of memory", c.name, len(c.data), used)
		}
	}
}

// allocated returns how many bytes f allocates in all.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// comesBackCBOR reads b into owning and aliasing, which must be equal then, and
// reports whether that succeeds. Both are written back.
func comesBackCBOR(t *testing.T, b []byte, owning, aliasing any) bool {
	t.Helper()
	in := bytes.Clone(b)
	err := lex.DecodeCBOR(in, owning)
	if !bytes.Equal(in, b) {
		t.Fatalf("%x: decoding changed its input to %x", b, in)
	}
	clear(in)
	if aliased := lex.DecodeCBORAlias(b, aliasing); (aliased == nil) != (err == nil) {
		t.Fatalf("%x as %T: owning says %v, aliasing %v", b, owning, err, aliased)
	}
	if err != nil {
		return false
	}
	if !reflect.DeepEqual(owning, aliasing) {
		t.Fatalf("%x: owning reads %#v, aliasing %#v", b, owning, aliasing)
	}
	for _, v := range []any{owning, aliasing} {
		if again, err := lex.MarshalCBOR(v); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%x as %T is written as %x (%v)", b, v, again, err)
		}
	}
	return true
}

// throughJSON writes v, which was read from b, as JSON, reads that into back,
// and makes sure that it is written as b. It returns the JSON.
func throughJSON(t *testing.T, b []byte, v, back any) []byte {
	t.Helper()
	text, err := lex.MarshalJSON(v)
	if err != nil {
		t.Fatalf("%x as %T: %v", b, v, err)
	}
	if err := lex.DecodeJSON(text, back); err != nil {
		t.Fatalf("%s as %T: %v", text, back, err)
	}
	if again, err := lex.MarshalCBOR(back); err != nil || !bytes.Equal(again, b) {
		t.Fatalf("%x as %T is %x after JSON (%v): %s", b, v, again, err, text)
	}
	return text
}

// naiveCBOR reads b as one value of the data model in canonical form, the slow
// way: first it is read loosely, then what was read is written, which must give
// the same bytes.
func naiveCBOR(b []byte) (any, bool) {
	n := &naiveReader{rest: b, ok: true}
	v := n.item(0)
	if !n.ok || len(n.rest) > 0 || !bytes.Equal(naiveWrite(nil, v), b) {
		return nil, false
	}
	return v, true
}

// naiveReader reads CBOR without regard to canonical form. Once ok is false,
// what it returns means nothing.
type naiveReader struct {
	rest []byte
	ok   bool
}

// take returns the next n bytes.
func (r *naiveReader) take(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.ok, r.rest = false, nil
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

// head reads the first byte of an item, as a major type and the argument.
func (r *naiveReader) head() (major byte, n uint64) {
	first := r.take(1)
	if len(first) == 0 {
		return 0, 0
	}
	major, low := first[0]>>5, first[0]&31
	if low < 24 {
		return major, uint64(low)
	}
	if low > 27 || major == 7 {
		r.ok = false
		return 0, 0
	}
	for _, c := range r.take(1 << (low - 24)) {
		n = n*256 + uint64(c)
	}
	return major, n
}

func (r *naiveReader) item(depth int) any {
	major, n := r.head()
	if !r.ok {
		return nil
	}
	switch major {
	case 0, 1:
		r.ok = n <= math.MaxInt64
		if major == 1 {
			return -1 - int64(n)
		}
		return int64(n)
	case 2:
		return append(lex.Bytes{}, r.take(n)...)
	case 3:
		s := string(r.take(n))
		r.ok = r.ok && utf8.ValidString(s)
		return s
	case 6:
		return r.link(n, depth)
	case 7:
		return r.simple(n)
	}
	if n > lex.MaxElements || depth == lex.MaxDepth {
		r.ok = false
		return nil
	}
	if major == 4 {
		return r.array(n, depth+1)
	}
	return r.object(n, depth+1)
}

func (r *naiveReader) simple(n uint64) any {
	switch n {
	case 20:
		return false
	case 21:
		return true
	}
	r.ok = n == 22
	return nil
}

// link reads what a tag stands before. Its digest has 32 bytes, whatever the
// hash function.
func (r *naiveReader) link(tag uint64, depth int) any {
	b, isBytes := r.item(depth).(lex.Bytes)
	if r.ok = r.ok && tag == 42 && isBytes && len(b) == 37; !r.ok {
		return nil
	}
	zero, version, codec, hash, length := b[0], b[1], b[2], b[3], b[4]
	if r.ok = zero == 0 && version == 1 && (codec == 0x55 || codec == 0x71) && hash < 0x80 && length == 32; !r.ok {
		return nil
	}
	c, err := cid.FromBytes(b[1:])
	r.ok = err == nil
	return lex.Link{CID: c}
}

func (r *naiveReader) array(n uint64, depth int) any {
	list := []any{}
	for ; n > 0 && r.ok; n-- {
		list = append(list, r.item(depth))
	}
	return list
}

func (r *naiveReader) object(n uint64, depth int) any {
	m := map[string]any{}
	for ; n > 0 && r.ok; n-- {
		key, isText := r.item(depth).(string)
		r.ok = r.ok && isText && len(key) <= lex.MaxKey && key != "$link" && key != "$bytes"
		m[key] = r.item(depth)
	}
	if name, typed := m["$type"]; typed && r.ok {
		s, _ := name.(string)
		r.ok = s != "" && (s != "blob" || isBlob(m))
	}
	return m
}

// naiveWrite appends v in canonical form.
func naiveWrite(b []byte, v any) []byte {
	switch v := v.(type) {
	case bool:
		if v {
			return append(b, 0xf5)
		}
		return append(b, 0xf4)
	case int64:
		if v < 0 {
			return naiveHead(b, 1, uint64(-1-v))
		}
		return naiveHead(b, 0, uint64(v))
	case lex.Bytes:
		return append(naiveHead(b, 2, uint64(len(v))), v...)
	case string:
		return append(naiveHead(b, 3, uint64(len(v))), v...)
	case lex.Link:
		return append(append(b, 0xd8, 42, 0x58, 37, 0), v.Bytes()...)
	case []any:
		b = naiveHead(b, 4, uint64(len(v)))
		for _, item := range v {
			b = naiveWrite(b, item)
		}
		return b
	case map[string]any:
		b = naiveHead(b, 5, uint64(len(v)))
		keys := slices.SortedFunc(maps.Keys(v), func(x, y string) int { return bytes.Compare(naiveWrite(nil, x), naiveWrite(nil, y)) })
		for _, key := range keys {
			b = naiveWrite(naiveWrite(b, key), v[key])
		}
		return b
	}
	return append(b, 0xf6)
}

func naiveHead(b []byte, major byte, n uint64) []byte {
	major <<= 5
	switch {
	case n < 24:
		return append(b, major+byte(n))
	case n <= math.MaxUint8:
		return append(b, major+24, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(b, major+25), uint16(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(b, major+26), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(b, major+27), n)
}

// fitsTarget reports whether data can be read into what target points to.
func fitsTarget(v, target any) bool {
	if body, ok := target.(interface {
		LexUnion() (*lex.Object, *lex.Union)
	}); ok {
		_, union := body.LexUnion()
		return fitsUnion(v, union)
	}
	typ := reflect.TypeOf(target)
	if _, isStruct := target.(lex.Struct); isStruct {
		return fits(v, typ, nil)
	}
	if typ == reflect.TypeFor[*lex.Blob]() {
		return fitsBlob(v)
	}
	return fits(v, typ.Elem(), nil)
}

// fits reports whether data is a value of a Go type, of which extra tells more.
func fits(v any, typ reflect.Type, extra lex.Type) bool {
	switch typ {
	case reflect.TypeFor[lex.Bytes](), reflect.TypeFor[lex.Link]():
		return reflect.TypeOf(v) == typ
	case reflect.TypeFor[*lex.Blob]():
		return fitsBlob(v)
	case reflect.TypeFor[*lex.UnknownObject]():
		return fitsUnknown(v)
	}
	switch typ.Kind() {
	case reflect.Bool, reflect.Int64, reflect.String:
		return v != nil && reflect.TypeOf(v).Kind() == typ.Kind()
	case reflect.Slice:
		return fitsSlice(v, typ, extra)
	case reflect.Interface:
		if union, ok := extra.(*lex.Union); ok {
			return fitsUnion(v, union)
		}
		return fitsUnknown(v)
	case reflect.Struct: // Opt and Nullable
		get, _ := typ.MethodByName("Get")
		return fits(v, get.Type.Out(0), extra)
	}
	s, ok := reflect.TypeAssert[lex.Struct](reflect.Zero(typ))
	return ok && fitsStruct(v, typ.Elem(), s.LexTable())
}

func fitsSlice(v any, typ reflect.Type, extra lex.Type) bool {
	list, ok := v.([]any)
	if named, isNamed := reflect.TypeAssert[interface{ LexArray() *lex.Array }](reflect.Zero(typ)); isNamed {
		extra = named.LexArray()
	}
	var items lex.Type
	if array, isArray := extra.(*lex.Array); isArray {
		items = array.Items
	}
	for _, item := range list {
		ok = ok && fits(item, typ.Elem(), items)
	}
	return ok
}

func fitsUnknown(v any) bool {
	m, ok := v.(map[string]any)
	return ok && m["$type"] != "blob"
}

func fitsBlob(v any) bool {
	m, ok := v.(map[string]any)
	if _, named := m["$type"]; !ok || named {
		return ok && m["$type"] == "blob"
	}
	id, _ := m["cid"].(string)
	_, mime := m["mimeType"].(string)
	return id != "" && mime
}

func fitsUnion(v any, union *lex.Union) bool {
	m, ok := v.(map[string]any)
	if _, named := m["$type"]; !ok || !named {
		return false
	}
	for _, member := range union.Members {
		if m["$type"] == member.LexType() {
			return fits(v, reflect.TypeOf(member), nil)
		}
	}
	return !union.Closed
}

func fitsStruct(v any, typ reflect.Type, table *lex.Table) bool {
	m, ok := v.(map[string]any)
	if !ok || m["$type"] == "blob" || table.Record && m["$type"] != table.Name {
		return false
	}
	for i, field := range table.Fields {
		value, present := m[field.Name]
		switch {
		case !present && (field.Presence == lex.Optional || field.Presence == lex.OptionalNullable):
		case present && value == nil && (field.Presence == lex.RequiredNullable || field.Presence == lex.OptionalNullable):
		case !present, !fits(value, typ.Field(i).Type, field.Type):
			return false
		}
	}
	return true
}

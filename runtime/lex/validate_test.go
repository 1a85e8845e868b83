package lex_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// told returns an error's violations, one a line: path, rule and message.
func told(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var violations *lex.Violations
	if !errors.As(err, &violations) {
		t.Fatalf("got the error %v, want violations", err)
	}
	var b strings.Builder
	for _, v := range violations.List {
		b.WriteString(v.Path.String() + " [" + string(v.Rule) + "] " + v.Message + "\n")
	}
	if violations.More {
		b.WriteString("more\n")
	}
	return b.String()
}

// validity validates a generated value, and the same as data, and returns what
// both say.
func validity(t testing.TB, v any, opts ...lex.ValidateOption) string {
	t.Helper()
	got := told(t, lex.Validate(v, opts...))
	var data any
	decode(t, encode(t, v), &data)
	schema, err := lex.SchemaOf(v)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, told(t, lex.ValidateData(schema, data, opts...))); diff != "" {
		t.Errorf("generated values and data have different verdicts (-generated +data):\n%s", diff)
	}
	return got
}

// wantValidity decodes a record of type Limits and compares the verdict.
func wantValidity(t *testing.T, members, want string, opts ...lex.ValidateOption) {
	t.Helper()
	var v Limits
	text := `{"$type":"com.example.limits","mark":"m"`
	if members != "" {
		text += "," + members
	}
	decode(t, text+"}", &v)
	if diff := cmp.Diff(want, validity(t, &v, opts...)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", members, diff)
	}
}

func TestValidateScalars_LX13_LX14(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{
		{``, ``},
		{`"bool":true,"int":10,"intEnum":2,"intOnly":7,"text":"12345678901234567890","short":"abc","choice":"b","only":"x"`, ``},
		{`"did":"did:web:x","time":"1985-04-12T23:20:50.1Z","uri":"at://did:web:x","named":"a.example"`, ``},
		{`"int":-1,"text":"ab","short":"ab"`, ``},
		{`"bool":false`, "$.bool [const] false is not true\n"},
		{`"int":-2`, "$.int [minimum] -2 is less than the minimum of -1\n"},
		{`"int":11`, "$.int [maximum] 11 is more than the maximum of 10\n"},
		{`"intEnum":3`, "$.intEnum [enum] 3 is none of 1, 2\n"},
		{`"intOnly":6`, "$.intOnly [const] 6 is not 7\n"},
		{`"text":"a"`, "$.text [min-length] 1 byte, less than the minimum of 2\n"},
		{`"text":"☂☂☂☂☂☂☂"`, "$.text [max-length] 21 bytes, more than the maximum of 20\n"},
		{`"short":"é"`, "$.short [min-graphemes] 1 grapheme, less than the minimum of 2\n"},
		{`"short":"abcd"`, "$.short [max-graphemes] 4 graphemes, more than the maximum of 3\n"},
		{`"choice":"c"`, "$.choice [enum] \"c\" is none of \"a\", \"b\"\n"},
		{`"only":""`, "$.only [const] \"\" is not \"x\"\n"},
		{`"did":"x"`, "$.did [format] invalid did \"x\": does not begin with \"did:\" (at byte 0)\n"},
		{`"named":"x"`, "$.named [format] invalid handle \"x\": not a domain name of two or more labels (at byte 1)\n"},
	} {
		wantValidity(t, c[0], c[1])
	}
}

func TestValidateNamedString_LX14(t *testing.T) {
	t.Parallel()
	got := validity(t, &Limits{Mark: "123456"})
	if want := "$.mark [max-length] 6 bytes, more than the maximum of 5\n"; got != want {
		t.Errorf("got %s want %s", got, want)
	}
}

func TestValidateContainers_LX15_LX17(t *testing.T) {
	t.Parallel()
	blob := func(mimeType, size string) string {
		return `"blob":{"$type":"blob","ref":{"$link":"` + rawCID + `"},"mimeType":"` + mimeType + `","size":` + size + `}`
	}
	for _, c := range [][2]string{
		{`"bytes":{"$bytes":"AA"},"langs":["en"],"rows":[["a"],[]],"tags":["abc","d"]`, ``},
		{`"bytes":{"$bytes":""}`, "$.bytes [min-length] 0 bytes, less than the minimum of 1\n"},
		{`"bytes":{"$bytes":"AAAA"}`, "$.bytes [max-length] 3 bytes, more than the maximum of 2\n"},
		{`"langs":[]`, "$.langs [min-items] 0 items, less than the minimum of 1\n"},
		{`"langs":["en","de","fr"]`, "$.langs [max-items] 3 items, more than the maximum of 2\n"},
		{`"langs":["en","?"]`, "$.langs[1] [format] invalid language \"?\": language has a character other than a lower-case letter (at byte 0)\n"},
		{`"rows":[[],["ab","c"]]`, "$.rows[1] [max-items] 2 items, more than the maximum of 1\n$.rows[1][0] [max-length] 2 bytes, more than the maximum of 1\n"},
		{`"tags":["abcd","","x"]`, "$.tags [max-items] 3 items, more than the maximum of 2\n$.tags[0] [max-length] 4 bytes, more than the maximum of 3\n"},
		{blob("image/png", "100"), ``},
		{blob("text/plain", "0"), ``},
		{blob("text/html", "101"), "$.blob.mimeType [accept] \"text/html\" is not accepted; accepted is \"image/*\", \"text/plain\"\n$.blob.size [max-size] the blob has 101 bytes, more than the maximum of 100\n"},
		{blob("image", "1"), "$.blob.mimeType [accept] \"image\" is not accepted; accepted is \"image/*\", \"text/plain\"\n"},
		{blob("", "1"), "$.blob.mimeType [data] the media type is empty\n"},
		{`"blob":{"cid":"` + rawCID + `","mimeType":"image/png"}`, "$.blob [legacy-blob] a blob of the legacy form, which is not written any more\n"},
	} {
		wantValidity(t, c[0], c[1])
	}
}

func TestValidateLenient_LX31_DM20(t *testing.T) {
	t.Parallel()
	relaxed := `"time":"yesterday","uri":"http://x","langs":["?"],"blob":{"$type":"blob","ref":{"$link":"` + rawCID + `"},"mimeType":"","size":101}`
	wantValidity(t, relaxed, "", lex.Lenient())
	wantValidity(t, `"blob":{"cid":"x","mimeType":""}`, "", lex.Lenient())
	wantValidity(t, `"did":"x","int":11`, "$.int [maximum] 11 is more than the maximum of 10\n"+
		"$.did [format] invalid did \"x\": does not begin with \"did:\" (at byte 0)\n", lex.Lenient())
}

func TestValidateNested_LX19_LX20_LX22_LX23(t *testing.T) {
	t.Parallel()
	wrong := `"int":11,"mark":""`
	bound := "[maximum] 11 is more than the maximum of 10\n"
	for _, c := range [][2]string{
		{`"unheard":{"of":[null,{"$link":"` + rawCID + `"}]}`, ``},
		{`"next":{"$type":"com.example.limits",` + wrong + `}`, "$.next.int " + bound},
		{`"kind":{"$type":"com.example.limits",` + wrong + `}`, "$.kind.int " + bound},
		{`"kind":{"$type":"com.example.video","alt":"x","more":1}`, ``},
		// Nobody can know the constraints of what a schema leaves open.
		{`"any":{"$type":"com.example.limits",` + wrong + `}`, ``},
		{`"any":{}`, ``},
		{`"maybe":null`, ``},
		{`"maybe":"long"`, "$.maybe [max-length] 4 bytes, more than the maximum of 3\n"},
	} {
		wantValidity(t, c[0], c[1])
	}
}

func TestValidateOpenUnion_LX19(t *testing.T) {
	t.Parallel()
	for _, embed := range []lex.Object{
		&Video{Alt: lex.String("a")},
		&lex.UnknownObject{Type: "com.example.unheard", Fields: lex.Extra{"a": int64(1)}},
		&lex.UnknownObject{Type: "com.example.video", Fields: lex.Extra{"alt": "a"}},
		&Limits{Int: lex.Int(11)}, // no member: its own constraints are not the union's
	} {
		if got := validity(t, &Post{Embed: embed}); got != "" {
			t.Errorf("%T: %s", embed, got)
		}
	}
	got := validity(t, &Post{Embed: &lex.UnknownObject{Type: "com.example.video", Fields: lex.Extra{"alt": int64(1)}}})
	if want := "$.embed.alt [type] expected a string, found an integer\n"; got != want {
		t.Errorf("got %swant %s", got, want)
	}
}

// TestValidateWhatCannotBeWritten has values that no data corresponds to.
func TestValidateWhatCannotBeWritten_DM04_LX15_LX19(t *testing.T) {
	t.Parallel()
	var none *Video
	for _, c := range []struct {
		value any
		want  string
	}{
		{&PostReply{Parent: &StrongRef{}}, "$.root [required] required, but missing\n"},
		{&Images{Images: []*Image{{Alt: "a"}, nil}}, "$.images[0].image [required] required, but missing\n$.images[1] [required] required, but missing\n"},
		{&Post{Labels: &lex.UnknownObject{Type: "x"}}, "$.labels [closed-union] \"x\" is not a member of the closed union; its members are com.example.video\n"},
		{&Post{Labels: &lex.UnknownObject{Type: "com.example.video"}}, "$.labels [closed-union] a closed union takes \"com.example.video\" as its Go type only, not as *lex.UnknownObject\n"},
		{&Post{Labels: &StrongRef{}}, "$.labels [closed-union] \"com.example.strongRef\" is not a member of the closed union; its members are com.example.video\n"},
		{&Post{Embed: none}, "$.embed [data] a nil *lex_test.Video is no object\n"},
		{&Post{Embed: &lex.UnknownObject{}}, "$.embed [type-name] a member of a union needs $type\n"},
		{&Post{Embed: &lex.UnknownObject{Type: "\xff", Fields: lex.Extra{"$type": "x"}}}, "$.embed [data] Fields has the key $type, which belongs into Type\n$.embed.$type [data] the text is not UTF-8\n"},
		{&Post{Text: "\xff"}, "$.text [data] the text is not UTF-8\n"},
		{&Post{Extra: lex.Extra{"text": "x", "\xff": 1, "$link": "x", "a": lex.Link{}, "b": []any{map[string]any{"$type": ""}}}},
			"$.a [data] the link is undefined\n$.b[0].$type [data] $type must be a string that is not empty\n" +
				"$[\"\\xff\"] [data] the name of a member is not UTF-8\n$[\"\\xff\"] [data] int is no type of the data model\n" +
				"$.text [data] Extra has a member that is a field, too\n$.$link [data] $link must be the only member of its object\n"},
		{&Video{Extra: lex.Extra{"$type": "blob"}}, "$.$type [type] expected an object, found a blob\n"},
		{&Image{Image: &lex.Blob{MimeType: "\xff", Extra: lex.Extra{"size": int64(1)}}},
			"$.image.ref [data] the link is undefined\n$.image.mimeType [data] the text is not UTF-8\n$.image.size [data] Extra has a member that is a field, too\n"},
		{&Image{Image: &lex.Blob{Size: -5}}, "$.image [data] a blob needs an integer that is not negative\n"},
		{&Image{Image: &lex.Blob{LegacyCID: "x"}}, "$.image [data] a blob with LegacyCID has the size -1, not 0\n"},
	} {
		if diff := cmp.Diff(c.want, told(t, lex.Validate(c.value))); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", c.value, diff)
		}
	}
}

func TestValidateData_LX15_LX19_LX20_LX22(t *testing.T) {
	t.Parallel()
	schema, err := lex.SchemaOf((*Limits)(nil))
	if err != nil {
		t.Fatal(err)
	}
	start := `{"$type":"com.example.limits","mark":"m",`
	for _, c := range [][2]string{
		{`null`, "$ [null] null is not allowed\n"},
		{`{"mark":"m"}`, "$.$type [type-name] the record needs the $type \"com.example.limits\"\n"},
		{`{"$type":"x.y.z"}`, "$.$type [type-name] expected \"com.example.limits\", found \"x.y.z\"\n"},
		{`{"$type":"com.example.limits"}`, "$.mark [required] required, but missing\n"},
		{`{"$type":"com.example.limits","mark":null}`, "$.mark [null] null is not allowed\n"},
		{start + `"int":"1","text":1,"bool":{},"bytes":"a","blob":[],"langs":{},"next":1,"kind":"x","any":[]}`,
			"$.bool [type] expected a boolean, found an object\n$.int [type] expected an integer, found a string\n" +
				"$.text [type] expected a string, found an integer\n$.bytes [type] expected bytes, found a string\n" +
				"$.blob [type] expected a blob, found an array\n$.langs [type] expected an array, found an object\n" +
				"$.kind [type] expected an object, found a string\n$.any [type] expected an object, found an array\n" +
				"$.next [type] expected an object, found an integer\n"},
		{start + `"langs":[null],"any":{"$bytes":""},"kind":{"a":1}}`,
			"$.langs[0] [null] null is not allowed\n$.kind [type-name] a member of a union needs $type\n$.any [type] expected an object, found bytes\n"},
		{start + `"kind":{"$type":"x.y.z"},"blob":{"cid":1}}`,
			"$.blob [type] expected a blob, found an object\n" +
				"$.kind [closed-union] \"x.y.z\" is not a member of the closed union; its members are com.example.limits, com.example.video\n"},
		{start + `"any":{"$type":"blob","ref":{"$link":"` + rawCID + `"},"mimeType":"","size":1}}`, "$.any [type] expected an object, found a blob\n"},
	} {
		var data any
		decode(t, c[0], &data)
		if diff := cmp.Diff(c[1], told(t, lex.ValidateData(schema, data))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c[0], diff)
		}
	}
	for _, v := range []any{
		lex.Extra{"$type": "com.example.limits", "mark": "m"},
		&lex.UnknownObject{Type: "com.example.limits", Fields: lex.Extra{"mark": "m"}},
	} {
		if err := lex.ValidateData(schema, v); err != nil {
			t.Errorf("%T: %v", v, err)
		}
	}
	got := told(t, lex.ValidateData(schema, 1.5))
	if want := "$ [data] float64 is no type of the data model\n"; got != want {
		t.Errorf("got %swant %s", got, want)
	}
}

func TestValidateNeedsAGeneratedValue(t *testing.T) {
	t.Parallel()
	for want, v := range map[string]any{
		"lex: $: <nil> is not generated":                   nil,
		"lex: $: *string is not generated":                 new(string),
		"lex: $: *lex_test.Post must not be nil":           (*Post)(nil),
		"lex: $: *lex.UnknownObject must not be nil":       (*lex.UnknownObject)(nil),
		"lex: $: *lex_test.Tags must not be nil":           (*Tags)(nil),
		"lex: $: map[string]interface {} is not generated": map[string]any{},
	} {
		wantError(t, lex.Validate(v), want)
		wantError(t, lex.ApplyDefaults(v), want)
	}
	for _, v := range []any{&lex.UnknownObject{}, Tags{"a"}, &Tags{"a"}} {
		if err := lex.Validate(v); err != nil {
			t.Errorf("%T: %v", v, err)
		}
	}
}

func TestValidateEndsAtTheDepthLimit_DM23(t *testing.T) {
	t.Parallel()
	loop := &Thread{}
	loop.Next = loop
	got := told(t, lex.Validate(loop))
	want := "$" + strings.Repeat(".next", lex.MaxDepth) + " [data] more than 128 objects and arrays inside each other\nmore\n"
	if got != want {
		t.Errorf("got %s", got)
	}
	tree := Tree{nil, nil}
	tree[0], tree[1] = tree, tree
	if got := told(t, lex.Validate(tree)); !strings.HasSuffix(got, "more\n") || strings.Count(got, "\n") != 2 {
		t.Errorf("got %s", got)
	}
	data := map[string]any{}
	data["a"] = []any{data}
	if got := told(t, lex.Validate(&lex.UnknownObject{Fields: data})); !strings.HasSuffix(got, "more\n") {
		t.Errorf("got %s", got)
	}
}

func TestValidateEndsAfterMaxViolations(t *testing.T) {
	t.Parallel()
	v := &Limits{Rows: make([][]string, 2*lex.MaxViolations)}
	for i := range v.Rows {
		v.Rows[i] = []string{"too long"}
	}
	var violations *lex.Violations
	if err := lex.Validate(v); !errors.As(err, &violations) {
		t.Fatal(err)
	}
	if len(violations.List) != lex.MaxViolations || !violations.More {
		t.Errorf("got %d violations, more is %t", len(violations.List), violations.More)
	}
	text := violations.Error()
	if !strings.HasPrefix(text, "lex: 1000 violations:\n\t$.rows[0][0]: 8 bytes") || !strings.HasSuffix(text, "\n\t...") {
		t.Errorf("the text is %s", text)
	}
}

func TestRecordKey_SY14(t *testing.T) {
	t.Parallel()
	valid := &Limits{Mark: "m"}
	if err := lex.ValidateRecord(valid, "3jui7kd54zh2y"); err != nil {
		t.Error(err)
	}
	want := "$ [record-key] invalid record-key of type tid \"self\": not 13 characters long (at byte 4)\n"
	for _, err := range []error{
		lex.CheckKey((*Limits)(nil), "self"),
		lex.ValidateRecord(valid, "self"),
	} {
		if got := told(t, err); got != want {
			t.Errorf("got %swant %s", got, want)
		}
	}
	both := told(t, lex.ValidateRecord(&Limits{Mark: "123456"}, "self"))
	if want += "$.mark [max-length] 6 bytes, more than the maximum of 5\n"; both != want {
		t.Errorf("got %swant %s", both, want)
	}
	for keyType, keys := range map[string][2]syntax.RecordKey{
		"any": {"a", "."}, "literal:self": {"self", "a"}, "nsid": {"a.b.c", "a"}, "": {"a", "a/b"},
	} {
		s := lex.NewRecordSchema("x.y.z", keyType, nil)
		if err := s.CheckKey(keys[0]); err != nil {
			t.Errorf("%s: %v", keyType, err)
		}
		if err := s.CheckKey(keys[1]); err == nil {
			t.Errorf("%s: %s is accepted", keyType, keys[1])
		}
	}
}

func TestValidateAllocatesLittle(t *testing.T) { //nolint:paralleltest // it counts allocations
	var v Limits
	decode(t, `{"$type":"com.example.limits","mark":"m","int":1,"text":"hello","did":"did:web:x","time":"1985-04-12T23:20:50.1Z",
		"langs":["en"],"rows":[["a"]],"next":{"$type":"com.example.limits","mark":"n"},"kind":{"$type":"com.example.video","alt":"x"}}`, &v)
	if err := lex.Validate(&v); err != nil {
		t.Fatal(err)
	}
	const limit = 8 // the checker, the path to where it is, and a variable for the root
	if n := testing.AllocsPerRun(100, func() { _ = lex.Validate(&v) }); n > limit {
		t.Errorf("%v allocations for a valid value, want at most %d", n, limit)
	}
}

func BenchmarkValidate(b *testing.B) {
	var v Limits
	decode(b, `{"$type":"com.example.limits","mark":"m","int":1,"text":"hello","short":"e\u0301e","did":"did:web:x","time":"1985-04-12T23:20:50.1Z",
		"langs":["en"],"rows":[["a"]],"next":{"$type":"com.example.limits","mark":"n"},"kind":{"$type":"com.example.video","alt":"x"}}`, &v)
	b.ReportAllocs()
	for b.Loop() {
		if err := lex.Validate(&v); err != nil {
			b.Fatal(err)
		}
	}
}

package validate_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver/validate"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// checked reads and validates a file, and returns the first lines of what is
// reported.
func checked(t *testing.T, s *validate.Schemas, content []byte, key syntax.RecordKey) string {
	t.Helper()
	r := &diag.Report{}
	if d := validate.Read("x.json", content, r); d != nil {
		s.Report(d, key, r)
	}
	var lines []string
	for _, d := range r.Diagnostics() {
		var text bytes.Buffer
		if err := (diag.Text{}).Print(&text, []diag.Diagnostic{d}); err != nil {
			t.Fatal(err)
		}
		line, _, _ := strings.Cut(text.String(), "\n")
		lines = append(lines, line+"\n")
	}
	return strings.Join(lines, "")
}

func TestFilesOfRecordsHavePlaces_LX15_LX19_LX22_SY14(t *testing.T) {
	t.Parallel()
	s := treeSchemas(t)
	for _, c := range []struct {
		text string
		key  syntax.RecordKey
		want string
	}{
		{`{"$type":"com.example.tree","label":"a"}`, "self", ""},
		{"{\"$type\":\"com.example.tree\",\n\"label\":\"abcdef\"}", "", "x.json:2:9: error: $.label: 6 bytes, more than the maximum of 5 (max-length) [schema-violation]\n"},
		{"\n{\"$type\":\"com.example.tree\"}", "x", "x.json:2:1: error: $.label: required, but missing (required) [schema-violation]\n" +
			"x.json:2:1: error: $: invalid record-key of type literal:self \"x\": not self (at byte 0) (record-key) [schema-violation]\n"},
		{`{"$type":"com.example.tree","label":"a","table":[[],[[1]]]}`, "",
			"x.json:1:55: error: $.table[1][0][0]: expected an array, found an integer (type) [schema-violation]\n"},
		{`{"$type":"com.example.tree#node"}`, "self", "x.json:1:1: error: com.example.tree#node is no record, and has no key [schema-violation]\n"},
		{`{"$type":"com.example.tree#node","size":1}`, "", ""},
		{`{"$type":"com.example.tre"}`, "", "x.json:1:10: error: no lexicon describes \"com.example.tre\" [undescribed-data]\n"},
		{`{"$type":"com.example.tree#tok"}`, "", "x.json:1:10: error: \"com.example.tree#tok\" is a definition that no object has [undescribed-data]\n"},
		{`{"a":1}`, "", "x.json:1:1: error: the object has no $type, which says what it is [undescribed-data]\n"},
		{`[1]`, "", "x.json:1:1: error: a record is an object, and this is none [undescribed-data]\n"},
		{`{"$type":"com.example.tree","label":1.5}`, "", "x.json:1:37: error: $.label: a fraction is no value of the data model [invalid-data]\n"},
		{`{"a":1,"a":2}`, "", "x.json:1:8: error: the object has the key \"a\" twice [duplicate-key]\n"},
		{"{\"a\":\n}", "", "x.json:2:1: error: expected a value, found '}' [bad-json]\n"},
		{``, "", "x.json:1:1: error: the file is empty [bad-json]\n"},
	} {
		if diff := cmp.Diff(c.want, checked(t, s, []byte(c.text), c.key)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.text, diff)
		}
	}
}

func TestFilesMayBeCBOR_DM08_LX15(t *testing.T) {
	t.Parallel()
	s := treeSchemas(t)
	for text, want := range map[string]string{
		`{"$type":"com.example.tree","label":"a"}`:      "",
		`{"$type":"com.example.tree","label":"abcdef"}`: "x.json:1:1: error: $.label: 6 bytes, more than the maximum of 5 (max-length) [schema-violation]\n",
	} {
		b, err := lex.AppendCBOR(nil, decode(t, text))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, checked(t, s, b, "")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
		if got := checked(t, s, b[:len(b)-1], ""); !strings.Contains(got, "[invalid-data]") {
			t.Errorf("cut short: %s", got)
		}
	}
}

func TestFilesWithVeryManyValuesAreRead(t *testing.T) {
	t.Parallel()
	s := treeSchemas(t)
	text := `{"$type":"com.example.tree","label":"a","more":[` + strings.Repeat("1,", 1<<16) + `1]}`
	if got := checked(t, s, []byte(text), ""); got != "" {
		t.Error(got)
	}
}

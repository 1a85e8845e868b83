package validate_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver/validate"
	"github.com/lexgen/lexgen/runtime/lex"
)

const searchLexicon = `{"lexicon": 1, "id": "com.example.search", "defs": {
	"main": {"type": "query",
		"parameters": {"type": "params", "required": ["q"], "properties": {
			"q": {"type": "string", "maxLength": 5},
			"limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 50},
			"exact": {"type": "boolean"},
			"tag": {"type": "array", "maxLength": 2, "items": {"type": "string", "maxLength": 3}},
			"year": {"type": "array", "items": {"type": "integer"}}}},
		"output": {"encoding": "application/json", "schema": {"type": "object", "required": ["hits"], "properties": {
			"hits": {"type": "array", "items": {"type": "ref", "ref": "#hit"}}}}}},
	"hit": {"type": "object", "required": ["at"], "properties": {"at": {"type": "string", "format": "datetime"}}}
}}`

func endpoint(t *testing.T, lexicon, nsid string) *validate.Endpoint {
	t.Helper()
	s, report := schemas(t, lexicon)
	e, ok := s.Endpoint(nsid)
	if !ok || report.HasErrors() {
		t.Fatalf("no endpoint %s: %v", nsid, report.Diagnostics())
	}
	return e
}

// TestParametersAreReadBySchema has queries, and what is sent instead or what is wrong.
func TestParametersAreReadBySchema_LX12_LX13_LX14_LX24(t *testing.T) {
	t.Parallel()
	e := endpoint(t, searchLexicon, "com.example.search")
	for _, c := range [][2]string{
		{"q=a", "q=a"},
		{"q=", "q="},
		{"q=a&limit=%2B007&exact=true&tag=x&tag=y&year=-0", "exact=true&limit=7&q=a&tag=x&tag=y&year=0"},
		{"q=1&other=x&other=y", "other=x&other=y&q=1"},
		{"", "$.q [required] required, but missing\n"},
		{"q=abcdef&limit=101", "$.q [max-length] 6 bytes, more than the maximum of 5\n$.limit [maximum] 101 is more than the maximum of 100\n"},
		{"q=a&limit=ten&exact=1&year=1&year=1.5", "$.limit [type] expected an integer, found \"ten\"\n$.exact [type] expected true or false, found \"1\"\n" +
			"$.year[1] [type] expected an integer, found \"1.5\"\n"},
		{"q=a&limit=9223372036854775808", "$.limit [type] expected an integer, found \"9223372036854775808\"\n"},
		{"q=a&q=b", "$.q [type] given 2 times, and it is no array\n"},
		{"q=a&tag=abcd&tag=x&tag=y", "$.tag [max-items] 3 items, more than the maximum of 2\n$.tag[0] [max-length] 4 bytes, more than the maximum of 3\n"},
		{"q=%1b%5b31m&limit=%1b%5b31m", "$.limit [type] expected an integer, found \"\\x1b[31m\"\n"},
		{"q=%ff", "$.q [data] the text is not UTF-8\n"},
	} {
		texts, err := url.ParseQuery(c[0])
		if err != nil {
			t.Fatal(err)
		}
		read, err := e.ReadParams(texts)
		got := read.Encode()
		if err != nil {
			got = told(t, err)
		}
		if diff := cmp.Diff(c[1], got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c[0], diff)
		}
	}
}

func TestBodiesHavePlaces_LX10_LX15(t *testing.T) {
	t.Parallel()
	e := endpoint(t, searchLexicon, "com.example.search")
	for _, c := range []struct {
		schema     lex.Schema
		text, want string
	}{
		{e.Output, `{"hits":[]}`, ""},
		{e.Output, "{\"hits\":[{\"at\":\"2024-01-01T00:00:00Z\"},\n{\"at\":\"now\"}]}", "2:7: $.hits[1].at: invalid datetime \"now\""},
		{e.Output, `[]`, "1:1: $: expected an object, found an array (type)"},
		{e.Output, `{}`, "1:1: $.hits: required, but missing (required)"},
		{e.Output, `{"hits":`, "1:9: expected a value, found the end"},
		{e.Output, `{"hits":[],"half":0.5}`, "1:19: $.half: a fraction is no value of the data model"},
		{nil, `{}`, ""},
		{nil, `{"half":0.5}`, "1:9: $.half: a fraction"},
	} {
		r := &diag.Report{}
		validate.ReportBody("x.json", []byte(c.text), c.schema, r)
		var b strings.Builder
		if err := (diag.Text{}).Print(&b, r.Diagnostics()); err != nil {
			t.Fatal(err)
		}
		got := strings.Replace(b.String(), ": error: ", ": ", 1)
		if (c.want == "") != (got == "") || c.want != "" && !strings.HasPrefix(got, "x.json:"+c.want) {
			t.Errorf("%s: %s", c.text, got)
		}
	}
}

func TestEndpointsOfAllKinds_LX09_LX10_LX11(t *testing.T) {
	t.Parallel()
	put := endpoint(t, `{"lexicon": 1, "id": "com.example.put", "defs": {"main": {"type": "procedure",
		"input": {"encoding": "application/json", "schema": {"type": "object", "properties": {"n": {"type": "integer"}}}},
		"output": {"encoding": "*/*"}}}}`, "com.example.put")
	if put.Input == nil || put.Output != nil || put.Message != nil || len(put.Params.Fields()) != 0 {
		t.Errorf("%+v", put)
	}
	watch := endpoint(t, `{"lexicon": 1, "id": "com.example.watch", "defs": {
		"main": {"type": "subscription", "message": {"schema": {"type": "union", "refs": ["#event"]}}},
		"event": {"type": "object", "required": ["seq"], "properties": {"seq": {"type": "integer"}}}}}`, "com.example.watch")
	message := &lex.UnknownObject{Type: "com.example.watch#event", Fields: lex.Extra{"seq": "one"}}
	if got := told(t, lex.ValidateData(watch.Message, message)); got != "$.seq [type] expected an integer, found a string\n" {
		t.Errorf("got %s", got)
	}
	for _, text := range []string{
		`{"lexicon": 1, "id": "com.example.watch", "defs": {"main": {"type": "subscription"}}}`,
		`{"lexicon": 1, "id": "com.example.watch", "defs": {"main": {"type": "subscription", "message": {}}}}`,
	} {
		s, _ := schemas(t, text)
		if e, ok := s.Endpoint("com.example.watch"); !ok || e.Message != nil {
			t.Errorf("%s: %+v", text, e)
		}
	}
	s := treeSchemas(t)
	for _, name := range []string{"com.example.tree", "com.example.tree#node", "com.example.none", ""} {
		if _, ok := s.Endpoint(name); ok {
			t.Errorf("%q is an endpoint", name)
		}
	}
}

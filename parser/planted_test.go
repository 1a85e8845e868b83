package parser_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/lexgen/lexgen/internal/shared"
	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/jsontree"
)

// TestOneMistakeGivesOneDiagnostic plants one mistake at a time in lexicons
// that have none, at every place where it is possible, and demands exactly one
// diagnostic with the right code and span.
func TestOneMistakeGivesOneDiagnostic(t *testing.T) {
	t.Parallel()
	n := 0
	for path, text := range sound(t) {
		for _, m := range plant(t, text) {
			n++
			m.check(t, path)
		}
	}
	if n < 900 {
		t.Errorf("%d mistakes planted, want 900", n)
	}
}

// TestOneMistakeInOfficialLexicons does the same with some of the mistakes that
// are possible in the official lexicons.
func TestOneMistakeInOfficialLexicons(t *testing.T) {
	t.Parallel()
	n := 0
	for _, f := range files(t, shared.Dir(t, "lexicons", "official")) {
		for _, m := range plant(t, string(f.Source())) {
			if n++; n%stride(23, 199) == 0 {
				m.check(t, f.Path())
			}
		}
	}
}

// TestCutFileGivesOneDiagnostic cuts sound lexicons at every place.
func TestCutFileGivesOneDiagnostic(t *testing.T) {
	t.Parallel()
	for path, text := range sound(t) {
		for end := 0; end < len(strings.TrimSpace(text)); end += stride(1, 7) {
			r := &diag.Report{}
			parser.Parse(diag.NewFile(path, []byte(text[:end])), r)
			if got := r.Diagnostics(); len(got) != 1 || got[0].Code != diag.CodeBadJSON && got[0].Code != diag.CodeBadUTF8 {
				t.Errorf("%s cut at %d: %s", path, end, summary(got))
			}
		}
	}
}

// stride returns the distance between two tries, in long and in short mode.
func stride(long, short int) int {
	if testing.Short() {
		return short
	}
	return long
}

// sound returns the lexicons of the golden cases that have no diagnostics.
func sound(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		archive := txtar.Parse(data)
		if slices.ContainsFunc(archive.Files, func(f txtar.File) bool { return f.Name == "out/diagnostics.txt" }) {
			continue
		}
		for _, f := range archive.Files {
			if strings.HasPrefix(f.Name, "in/") {
				texts[path+"/"+f.Name] = string(f.Data)
			}
		}
	}
	return texts
}

// mistake is a lexicon with one mistake.
type mistake struct {
	name       string
	text       string
	code       diag.Code
	start, end int // where the diagnostic must be
}

func (m mistake) check(t *testing.T, path string) {
	t.Helper()
	r := &diag.Report{}
	parser.Parse(diag.NewFile(path, []byte(m.text)), r)
	got := r.Diagnostics()
	if len(got) != 1 || got[0].Code != m.code || got[0].Span.Start != m.start || got[0].Span.End != m.end {
		t.Errorf("%s: %s: want one %s at %d-%d, got %s\n%s", path, m.name, m.code, m.start, m.end, summary(got), m.text)
	}
}

func summary(list []diag.Diagnostic) string {
	var b strings.Builder
	for _, d := range list {
		fmt.Fprintf(&b, "%s at %d-%d (%s); ", d.Code, d.Span.Start, d.Span.End, d.Message)
	}
	return b.String()
}

// planter makes mistakes in one lexicon.
type planter struct {
	text string
	made []mistake
}

func plant(t *testing.T, text string) []mistake {
	t.Helper()
	root, whole := jsontree.Parse(diag.NewFile("x.json", []byte(text)), &diag.Report{})
	object, ok := root.(*jsontree.Object)
	if !whole || !ok {
		t.Fatalf("unsound: %s", text)
	}
	p := &planter{text: text}
	p.walk(object, nil, "lexicon")
	return p.made
}

// inner says what the values of a member are, by the role of the object and the
// name of the member; "*" stands for every name.
var inner = map[string]map[string]string{
	"lexicon":     {"defs": "definitions"},
	"definitions": {"*": "definition"},
	"definition": {
		"properties": "properties", "items": "type", "record": "type", "parameters": "type",
		"input": "body", "output": "body", "message": "body", "errors": "error", "permissions": "permission",
		"title:lang": "texts", "detail:lang": "texts",
	},
	"type":       {"properties": "properties", "items": "type"},
	"properties": {"*": "type"},
	"body":       {"schema": "type"},
}

// walk plants mistakes in a value and below. The key is nil for items.
func (p *planter) walk(v jsontree.Value, key *jsontree.String, role string) {
	switch v := v.(type) {
	case *jsontree.Array:
		for _, item := range v.Items {
			p.walk(item, nil, role)
		}
	case *jsontree.Object:
		p.object(v, key, role)
		for _, m := range v.Members {
			next := inner[role][m.Key.Text]
			if next == "" {
				next = inner[role]["*"]
			}
			p.walk(m.Value, m.Key, next)
		}
	}
}

func (p *planter) object(o *jsontree.Object, key *jsontree.String, role string) {
	for _, m := range o.Members {
		p.twice(o, m)
	}
	switch role {
	case "lexicon", "body", "error":
		p.unknown(o, diag.CodeUnknownAttribute)
	case "definition":
		p.unknown(o, diag.CodeUnknownAttribute)
		p.badType(o, key, diag.CodeUnknownDefinition, diag.CodeMissingType)
	case "type":
		p.unknown(o, diag.CodeUnknownAttribute)
		p.badType(o, key, diag.CodeUnknownType, diag.CodeMissingType)
	case "permission":
		p.unknown(o, diag.CodeInvalidPermission)
		p.badType(o, key, diag.CodeInvalidPermission, diag.CodeInvalidPermission)
	default:
		return
	}
	for _, m := range o.Members {
		p.attribute(m, role)
	}
}

// twice repeats a member.
func (p *planter) twice(o *jsontree.Object, m jsontree.Member) {
	member := p.text[m.Key.At.Start:m.Value.Span().End] + ", "
	at := m.Key.At
	p.insert("key twice", o.At.Start+1, member, diag.CodeDuplicateKey, at.Start+len(member), at.End+len(member))
}

// unknown adds an attribute that nothing has.
func (p *planter) unknown(o *jsontree.Object, code diag.Code) {
	const key = `"xyzzy"`
	attribute := key + ": 1"
	if len(o.Members) > 0 {
		attribute += ", "
	}
	start := o.At.Start + 1
	p.insert("unknown attribute", start, attribute, code, start, start+len(key))
}

// badType changes the type to an unknown one, and removes it.
func (p *planter) badType(o *jsontree.Object, key *jsontree.String, unknown, missing diag.Code) {
	m, ok := o.Member("type")
	if !ok {
		return
	}
	p.replace("unknown type", m.Value, `"qqqqqqqqqqq"`, unknown)
	var rest []string
	for _, other := range o.Members {
		if other != m {
			rest = append(rest, p.text[other.Key.At.Start:other.Value.Span().End])
		}
	}
	at := diag.Span{Start: o.At.Start, End: o.At.Start + 1}
	if key != nil {
		at = key.At
	}
	text := p.text[:o.At.Start] + "{" + strings.Join(rest, ", ") + "}" + p.text[o.At.End:]
	p.made = append(p.made, mistake{"no type", text, missing, at.Start, at.End})
}

// attribute makes the mistakes that one attribute allows.
func (p *planter) attribute(m jsontree.Member, role string) {
	if role == "definition" || role == "type" {
		p.listAttribute(m)
	}
	switch v := m.Value.(type) {
	case *jsontree.Number:
		if role != "lexicon" {
			p.replace("fraction", v, "1.5", diag.CodeInvalidInteger)
		}
	case *jsontree.String:
		switch m.Key.Text {
		case "description":
			p.replace("number for text", v, "5", diag.CodeInvalidAttribute)
		case "ref":
			p.replace("prefix", v, `"lex:`+v.Text+`"`, diag.CodeMalformedReference)
		case "format":
			p.replace("unknown format", v, `"qqqqqqqqqq"`, diag.CodeUnknownFormat)
		case "key":
			p.replace("unknown record key", v, `"self"`, diag.CodeUnknownRecordKey)
		case "encoding":
			p.replace("list of types", v, `"image/png,image/gif"`, diag.CodeInvalidEncoding)
		case "id":
			p.replace("underscore", v, `"com.example.a_b"`, diag.CodeInvalidNSID)
		}
	}
}

func (p *planter) listAttribute(m jsontree.Member) {
	array, ok := m.Value.(*jsontree.Array)
	if !ok {
		return
	}
	switch m.Key.Text {
	case "required":
		p.append("unknown required", array, `"qqqqqqqq"`, diag.CodeRequiredUnknownProperty)
	case "nullable":
		p.append("unknown nullable", array, `"qqqqqqqq"`, diag.CodeNullableUnknownProperty)
	case "knownValues", "accept":
		p.append("number among texts", array, "5", diag.CodeInvalidAttribute)
	case "refs":
		p.append("number among references", array, "5", diag.CodeMalformedReference)
		if len(array.Items) > 0 {
			at := array.Items[0].Span()
			p.append("member twice", array, p.text[at.Start:at.End], diag.CodeDuplicateReference)
		}
	case "errors":
		p.append("text among errors", array, `"A"`, diag.CodeInvalidAttribute)
	case "permissions":
		p.append("text among permissions", array, `"A"`, diag.CodeInvalidPermission)
	}
}

func (p *planter) insert(name string, at int, text string, code diag.Code, start, end int) {
	p.made = append(p.made, mistake{name, p.text[:at] + text + p.text[at:], code, start, end})
}

func (p *planter) replace(name string, v jsontree.Value, by string, code diag.Code) {
	at := v.Span()
	text := p.text[:at.Start] + by + p.text[at.End:]
	p.made = append(p.made, mistake{name, text, code, at.Start, at.Start + len(by)})
}

func (p *planter) append(name string, array *jsontree.Array, item string, code diag.Code) {
	end := array.At.End - 1
	if len(array.Items) > 0 {
		item = ", " + item
	}
	p.insert(name, end, item, code, end+len(item)-len(strings.TrimPrefix(item, ", ")), end+len(item))
}

package jsontree_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/jsontree"
)

func parse(text string) (root jsontree.Value, whole bool, r *diag.Report) {
	r = &diag.Report{}
	root, whole = jsontree.Parse(diag.NewFile("x.json", []byte(text)), r)
	return root, whole, r
}

// unmark removes « and » from a text and returns the offsets that they had.
func unmark(t *testing.T, marked string) (text string, start, end int) {
	t.Helper()
	before, rest, ok := strings.Cut(marked, "«")
	inside, after, ok2 := strings.Cut(rest, "»")
	if !ok || !ok2 {
		t.Fatalf("no marks in %q", marked)
	}
	return before + inside + after, len(before), len(before) + len(inside)
}

func TestParseReportsEachMistakeOnceAtItsPlace(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		marked string // the expected span in « »
		code   diag.Code
		whole  bool
	}{
		{"empty file", "«»", diag.CodeBadJSON, false},
		{"white space only", " \n«»", diag.CodeBadJSON, false},
		{"value missing", `{"a":«}»`, diag.CodeBadJSON, false},
		{"value missing at the end", `{"a":«»`, diag.CodeBadJSON, false},
		{"item missing", `[1,«,»2]`, diag.CodeBadJSON, false},
		{"name without quotes", `{«a»:1}`, diag.CodeBadJSON, false},
		{"name in single quotes", `{«'»a':1}`, diag.CodeBadJSON, false},
		{"name is a number", `{«1»:1}`, diag.CodeBadJSON, false},
		{"colon missing", `{"a"«1»}`, diag.CodeBadJSON, false},
		{"comma missing in object", `{"a":1 «"»b":2}`, diag.CodeBadJSON, false},
		{"comma missing in array", `[1 «2»]`, diag.CodeBadJSON, false},
		{"object not closed", `{"a":1«»`, diag.CodeBadJSON, false},
		{"array not closed", `[1,[2]«»`, diag.CodeBadJSON, false},
		{"closed by the wrong bracket", `{"a":[1«}»`, diag.CodeBadJSON, false},
		{"trailing comma in object", `{"a":1«,»}`, diag.CodeBadJSON, true},
		{"trailing comma in array", `[[1],[2«,» ]]`, diag.CodeBadJSON, true},
		{"comment", "{«/»/ a\n\"a\":1}", diag.CodeBadJSON, false},
		{"word", `[«True»]`, diag.CodeBadJSON, false},
		{"leading zero", `[«01»]`, diag.CodeBadJSON, false},
		{"minus alone", `[«-»]`, diag.CodeBadJSON, false},
		{"fraction without digits", `[«1.»]`, diag.CodeBadJSON, false},
		{"exponent without digits", `[«1e+»]`, diag.CodeBadJSON, false},
		{"plus sign", `[«+»1]`, diag.CodeBadJSON, false},
		{"hexadecimal", `[«0x1F»]`, diag.CodeBadJSON, false},
		{"string not closed", `{"a":«"b}»`, diag.CodeBadJSON, false},
		{"string over two lines", "[«\"a»\nb\"]", diag.CodeBadJSON, false},
		{"string ends in an escape", `[«"a\»`, diag.CodeBadJSON, false},
		{"unknown escape", `["a«\x»b\y"]`, diag.CodeBadJSON, true},
		{"escape without digits", `["«\u»12g4"]`, diag.CodeBadJSON, true},
		{"lone high surrogate", `["«\ud83d»x"]`, diag.CodeBadJSON, true},
		{"lone low surrogate", `["«\uDE00»"]`, diag.CodeBadJSON, true},
		{"two high surrogates", `["«\ud83d»\ud83d"]`, diag.CodeBadJSON, true},
		{"lone surrogate in a key", `{"«\ud800»":1}`, diag.CodeBadJSON, true},
		{"control character", "[\"a«\t»b\"]", diag.CodeBadJSON, true},
		{"byte that is not UTF-8", "[\"a«\xff»b\xfe\"]", diag.CodeBadUTF8, true},
		{"byte that is not UTF-8 outside of a string", "[1, «\xff»]", diag.CodeBadUTF8, false},
		{"UTF-16", "«\xff\xfe»{\x00}\x00", diag.CodeBadUTF8, false},
		{"byte-order mark", "«\ufeff»{}", diag.CodeByteOrderMark, true},
		{"byte-order mark inside", "[1]«\ufeff»", diag.CodeTrailingData, true},
		{"trailing data", "{} «{\"a\":1}\n x»\n", diag.CodeTrailingData, true},
		{"trailing bracket", "{}«}»", diag.CodeTrailingData, true},
		{"duplicate key", `{"a":1,"b":2,«"a"»:{"c":1}}`, diag.CodeDuplicateKey, true},
		{"duplicate key in another spelling", `{"a":1,«"\u0061"»:2}`, diag.CodeDuplicateKey, true},
		{"duplicate key among many", `{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,«"c"»:1}`, diag.CodeDuplicateKey, true},
		{"too deep", strings.Repeat("[", jsontree.MaxDepth) + "«[»", diag.CodeTooDeep, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			text, start, end := unmark(t, c.marked)
			_, whole, r := parse(text)
			if whole != c.whole {
				t.Errorf("whole is %t, want %t", whole, c.whole)
			}
			got := r.Diagnostics()
			if len(got) != 1 || got[0].Code != c.code || got[0].Span.Start != start || got[0].Span.End != end {
				t.Errorf("got %s, want one %s at %d-%d", list(got), c.code, start, end)
			}
		})
	}
}

func list(ds []diag.Diagnostic) string {
	var b strings.Builder
	for _, d := range ds {
		fmt.Fprintf(&b, "\n%s at %d-%d: %s", d.Code, d.Span.Start, d.Span.End, d.Message)
	}
	return b.String()
}

func TestDuplicateKeyNamesBothPlaces(t *testing.T) {
	t.Parallel()
	_, _, r := parse(`{"a":1,"a":2}`)
	d := r.Diagnostics()[0]
	if len(d.Notes) != 1 || d.Notes[0].Span.Start != 1 || d.Span.Start != 7 {
		t.Errorf("at %d, notes %v", d.Span.Start, d.Notes)
	}
}

func TestLimitsAreReported(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"bytes":  strings.Repeat(" ", jsontree.MaxSize+1),
		"values": "[" + strings.Repeat("0,", jsontree.MaxValues) + "0]",
	} {
		_, whole, r := parse(text)
		if got := r.Diagnostics(); whole || len(got) != 1 || got[0].Code != diag.CodeTooLarge {
			t.Errorf("%s: whole is %t, got %s", name, whole, list(got))
		}
	}
	deepest := strings.Repeat("[", jsontree.MaxDepth) + strings.Repeat("]", jsontree.MaxDepth)
	if _, whole, r := parse(deepest); !whole || r.Len() > 0 {
		t.Errorf("depth %d: whole is %t, got %s", jsontree.MaxDepth, whole, list(r.Diagnostics()))
	}
}

// TestTreeIsWhatTheTextSays shows order, spans, and what text becomes of
// strings.
func TestTreeIsWhatTheTextSays(t *testing.T) {
	t.Parallel()
	root, whole, r := parse(` {"z": [1, -2.50e+3, true, null], "a": "A\n\u00e9\ud83d\ude00\/", "": {}} `)
	if !whole || r.Len() > 0 {
		t.Fatalf("whole is %t, got %s", whole, list(r.Diagnostics()))
	}
	want := `object 1-73
  "z" 2-5: array 7-32
    number 1 8-9
    number -2.50e+3 11-19
    bool true 21-25
    null 27-31
  "a" 34-37: string "A\né😀/" 39-64
  "" 66-68: object 70-72
`
	var got strings.Builder
	dump(&got, root, "")
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("tree differs (-want +got):\n%s", diff)
	}
}

func TestWhatStandsBeforeAnErrorIsKept(t *testing.T) {
	t.Parallel()
	root, whole, _ := parse(`{"id": "a.b.c", "defs": {"main": {"type": "token"}, "x": ]`)
	object, ok := root.(*jsontree.Object)
	if whole || !ok {
		t.Fatalf("whole is %t, root is %T", whole, root)
	}
	id, ok := object.Get("id").(*jsontree.String)
	if !ok || id.Text != "a.b.c" {
		t.Errorf("id is %v", object.Get("id"))
	}
}

func dump(b *strings.Builder, v jsontree.Value, indent string) {
	at := v.Span()
	switch v := v.(type) {
	case *jsontree.Object:
		fmt.Fprintf(b, "object %d-%d\n", at.Start, at.End)
		for _, m := range v.Members {
			fmt.Fprintf(b, "%s  %q %d-%d: ", indent, m.Key.Text, m.Key.At.Start, m.Key.At.End)
			dump(b, m.Value, indent+"  ")
		}
	case *jsontree.Array:
		fmt.Fprintf(b, "array %d-%d\n", at.Start, at.End)
		for _, item := range v.Items {
			b.WriteString(indent + "  ")
			dump(b, item, indent+"  ")
		}
	case *jsontree.String:
		fmt.Fprintf(b, "string %q %d-%d\n", v.Text, at.Start, at.End)
	case *jsontree.Number:
		fmt.Fprintf(b, "number %s %d-%d\n", v.Text, at.Start, at.End)
	case *jsontree.Bool:
		fmt.Fprintf(b, "bool %t %d-%d\n", v.Value, at.Start, at.End)
	case *jsontree.Null:
		fmt.Fprintf(b, "null %d-%d\n", at.Start, at.End)
	}
}

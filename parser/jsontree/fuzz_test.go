package jsontree_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/jsontree"
)

// FuzzParse compares Parse with encoding/json: a text without errors is valid
// there and has the same content, and one that is valid there has only errors
// that encoding/json does not know.
func FuzzParse(f *testing.F) {
	for _, text := range []string{`{"a":[1,true,null,"\u00e9"]}`, `{"a":1,}`, "\ufeff[]", `["\ud800"]`, `{"a":1,"a":2}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		r := &diag.Report{}
		root, whole := jsontree.Parse(diag.NewFile("x.json", src), r)
		checkSpans(t, src, r, root)
		plain := bytes.TrimPrefix(src, []byte("\ufeff"))
		switch valid := json.Valid(plain); {
		case r.HasErrors() && valid:
			checkKnown(t, src, r)
		case !r.HasErrors():
			if !valid || !whole || !utf8.Valid(src) {
				t.Fatalf("no error in %q, whole is %t", src, whole)
			}
			if diff := cmp.Diff(decode(t, plain), content(root)); diff != "" {
				t.Errorf("content differs (-encoding/json +jsontree):\n%s", diff)
			}
		}
	})
}

// checkSpans checks that every place lies in the file, and in that of its
// parent.
func checkSpans(t *testing.T, src []byte, r *diag.Report, root jsontree.Value) {
	t.Helper()
	for _, d := range r.Diagnostics() {
		if d.Span.Start < 0 || d.Span.End < d.Span.Start || d.Span.End > len(src) {
			t.Errorf("%s at %d-%d of %d", d.Code, d.Span.Start, d.Span.End, len(src))
		}
	}
	if root != nil {
		checkInside(t, root, diag.Span{End: len(src)})
	}
}

func checkInside(t *testing.T, v jsontree.Value, outer diag.Span) {
	t.Helper()
	at := v.Span()
	if at.Start < outer.Start || at.End > outer.End || at.End <= at.Start {
		t.Errorf("%T at %d-%d in %d-%d", v, at.Start, at.End, outer.Start, outer.End)
	}
	switch v := v.(type) {
	case *jsontree.Object:
		for _, m := range v.Members {
			checkInside(t, m.Key, at)
			checkInside(t, m.Value, at)
			if found, ok := v.Member(m.Key.Text); !ok || found != m {
				t.Errorf("member %q is not found", m.Key.Text)
			}
		}
	case *jsontree.Array:
		for _, item := range v.Items {
			checkInside(t, item, at)
		}
	}
}

// checkKnown checks the errors of a text that encoding/json accepts.
func checkKnown(t *testing.T, src []byte, r *diag.Report) {
	t.Helper()
	for _, d := range r.Diagnostics() {
		switch d.Code {
		case diag.CodeDuplicateKey, diag.CodeBadUTF8, diag.CodeTooDeep, diag.CodeTooLarge, diag.CodeByteOrderMark:
		case diag.CodeBadJSON:
			if !bytes.HasPrefix(src[d.Span.Start:], []byte(`\u`)) {
				t.Errorf("%s in valid %q", d.Message, src)
			}
		default:
			t.Errorf("%s in valid %q", d.Code, src)
		}
	}
}

func decode(t *testing.T, src []byte) any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(src))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// content returns a value in the form of encoding/json.
func content(v jsontree.Value) any {
	switch v := v.(type) {
	case *jsontree.Object:
		m := map[string]any{}
		for _, member := range v.Members {
			m[member.Key.Text] = content(member.Value)
		}
		return m
	case *jsontree.Array:
		list := make([]any, len(v.Items))
		for i, item := range v.Items {
			list[i] = content(item)
		}
		return list
	case *jsontree.String:
		return v.Text
	case *jsontree.Number:
		return json.Number(v.Text)
	case *jsontree.Bool:
		return v.Value
	default:
		return nil
	}
}

package parser_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/jsontree"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// FuzzParse feeds the parser arbitrary text. Whatever it is, the places of
// diagnostics and nodes lie in the file, and the same text gives the same
// result. A document that is not broken has all that later phases rely on.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"lexicon":1,"id":"com.example.thing","defs":{"main":{"type":"token"}}}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		r := &diag.Report{}
		document := parser.Parse(diag.NewFile("x.json", src), r)
		checkSpans(t, r)
		again := &diag.Report{}
		second := parser.Parse(diag.NewFile("x.json", src), again)
		if diff := cmp.Diff(summary(r.Diagnostics()), summary(again.Diagnostics())); diff != "" {
			t.Errorf("a second run differs:\n%s", diff)
		}
		if diff := cmp.Diff(dump(document), dump(second)); diff != "" {
			t.Errorf("a second run differs:\n%s", diff)
		}
		if document == nil {
			return
		}
		if document.Broken != r.HasErrors() {
			t.Errorf("broken is %t, errors are %t", document.Broken, r.HasErrors())
		}
		if !document.Broken {
			checkSound(t, document)
		}
	})
}

// checkSound checks what the tree promises of a document without errors.
func checkSound(t *testing.T, d *parser.Document) {
	t.Helper()
	if _, err := syntax.ParseNSID(d.ID.Value); err != nil {
		t.Error(err)
	}
	if len(d.Defs)+len(d.Skipped) == 0 {
		t.Error("no definition")
	}
	for _, def := range d.Defs {
		checkType(t, def.Type, 0)
	}
}

func checkType(t *testing.T, at parser.Type, depth int) {
	t.Helper()
	if depth > jsontree.MaxDepth {
		t.Fatal("too deep")
	}
	switch node := at.(type) {
	case nil:
		t.Error("a type is missing")
	case *parser.Array:
		checkType(t, node.Items, depth+1)
	case *parser.Object:
		checkProperties(t, node.Properties, depth)
	case *parser.Ref:
		checkReference(t, node.Ref)
	case *parser.Union:
		if node.Closed && len(node.Refs) == 0 {
			t.Error("an empty closed union")
		}
		for _, ref := range node.Refs {
			checkReference(t, ref)
		}
	case *parser.Record:
		if node.Record == nil {
			t.Error("a record without object")
			return
		}
		checkType(t, node.Record, depth+1)
	case *parser.Query:
		checkMethod(t, &node.Method)
	case *parser.Procedure:
		checkMethod(t, &node.Method)
		checkBody(t, node.Input)
	case *parser.Subscription:
		checkParams(t, node.Parameters)
		if node.Message != nil && node.Message.Schema != nil {
			checkType(t, node.Message.Schema, depth+1)
		}
	}
}

func checkProperties(t *testing.T, properties []*parser.Property, depth int) {
	t.Helper()
	for _, p := range properties {
		checkType(t, p.Type, depth+1)
	}
}

func checkMethod(t *testing.T, m *parser.Method) {
	t.Helper()
	checkParams(t, m.Parameters)
	checkBody(t, m.Output)
}

func checkParams(t *testing.T, p *parser.Params) {
	t.Helper()
	if p == nil {
		return
	}
	for _, property := range p.Properties {
		scalar := property.Type
		if array, ok := scalar.(*parser.Array); ok {
			scalar = array.Items
		}
		switch scalar.(type) {
		case *parser.Boolean, *parser.Integer, *parser.String:
		default:
			t.Errorf("parameter %q is a %T", property.Name.Value, property.Type)
		}
	}
}

func checkBody(t *testing.T, b *parser.Body) {
	t.Helper()
	if b == nil || b.Schema == nil {
		return
	}
	switch b.Schema.(type) {
	case *parser.Object, *parser.Ref, *parser.Union:
		checkType(t, b.Schema, 1)
	default:
		t.Errorf("a body is a %T", b.Schema)
	}
}

func checkReference(t *testing.T, ref *parser.Reference) {
	t.Helper()
	if ref == nil || ref.ID == "" || ref.Name == "" {
		t.Errorf("reference %v is not split", ref)
	}
}

package parser_test

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// dump renders a document: a line for each node that is there, with the lines
// and columns of its span.
func dump(d *parser.Document) string {
	if d == nil {
		return "no document\n"
	}
	var b strings.Builder
	dumper{&b}.field("Document", reflect.ValueOf(d), "")
	return b.String()
}

type dumper struct{ b *strings.Builder }

func (d dumper) field(name string, v reflect.Value, indent string) {
	switch node := v.Interface().(type) {
	case parser.Text:
		if node.Present() {
			d.linef(indent, "%s %q %s", name, node.Value, place(node.At))
		}
	case parser.Int:
		d.linef(indent, "%s %d %s", name, node.Value, place(node.At))
	case parser.Bool:
		d.linef(indent, "%s %t %s", name, node.Value, place(node.At))
	case *parser.Reference:
		d.linef(indent, "%s %q %s to %s#%s", name, node.Value, place(node.At), node.ID, node.Name)
	case bool:
		if node {
			d.linef(indent, "%s", name)
		}
	case diag.Spanner:
		d.spanner(name, node, v, indent)
	default:
		d.other(name, v, indent)
	}
}

func (d dumper) spanner(name string, node diag.Spanner, v reflect.Value, indent string) {
	if v.Kind() == reflect.Pointer && v.IsNil() {
		return
	}
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	switch v.Interface().(type) {
	case parser.Text, parser.Int, parser.Bool:
		d.field(name, v, indent)
		return
	}
	if typeName := v.Type().Name(); typeName != name {
		name += " " + typeName
	}
	d.linef(indent, "%s %s", name, place(node.Span()))
	d.members(v, indent+"  ")
}

func (d dumper) other(name string, v reflect.Value, indent string) {
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			d.field(fmt.Sprintf("%s[%d]", name, i), v.Index(i), indent)
		}
	case reflect.Interface:
		d.linef(indent, "%s nil", name)
	case reflect.Pointer:
		if !v.IsNil() {
			d.field(name, v.Elem(), indent)
		}
	case reflect.Struct:
		d.linef(indent, "%s", name)
		d.members(v, indent+"  ")
	}
}

// members prints the fields of a struct, those of embedded ones as its own.
func (d dumper) members(v reflect.Value, indent string) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		switch {
		case f.Name == "Node" || f.Name == "File" || f.Name == "Keyword":
		case f.Anonymous:
			d.members(v.Field(i), indent)
		default:
			d.field(f.Name, v.Field(i), indent)
		}
	}
}

func (d dumper) linef(indent, format string, args ...any) {
	d.b.WriteString(indent + fmt.Sprintf(format, args...) + "\n")
}

func place(at diag.Span) string {
	start, end := at.File.Position(at.Start), at.File.Position(at.End)
	if start.Line == end.Line {
		return fmt.Sprintf("@%d:%d-%d", start.Line, start.Column, end.Column)
	}
	return fmt.Sprintf("@%d:%d-%d:%d", start.Line, start.Column, end.Line, end.Column)
}

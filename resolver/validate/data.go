package validate

import (
	"errors"
	"fmt"
	"strings"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/jsontree"
	"github.com/lexgen/lexgen/runtime/lex"
)

// MaxSize is the size of the largest file that is read, in bytes.
const MaxSize = jsontree.MaxSize

// Data is the content of a file with one record, or with another object that
// says what it is.
type Data struct {
	Type  string         // the $type
	Value map[string]any // of the data model, $type included

	file *diag.File
	tree jsontree.Value // where everything stands; nil for CBOR
}

// Read reads a file as JSON, or as CBOR if its name ends in .cbor or it begins
// as a map of that does. path is what messages call it. It reports what is wrong
// with the file as such, and returns nil if it has nothing to validate.
func Read(path string, content []byte, r *diag.Report) *Data {
	if strings.HasSuffix(path, ".cbor") || isCBOR(content) {
		return readCBOR(path, content, r)
	}
	return readJSON(diag.NewFile(path, content), r)
}

// isCBOR reports whether the content begins with the head of a map. No JSON
// text begins with such a byte.
func isCBOR(content []byte) bool {
	const maps, majorType = 0xa0, 0xe0
	return len(content) > 0 && content[0]&majorType == maps
}

// readCBOR reads a file that has no lines to speak of.
func readCBOR(path string, content []byte, r *diag.Report) *Data {
	d := &Data{file: diag.NewFile(path, nil)}
	if len(content) > MaxSize {
		r.Error(diag.CodeTooLarge, d.start(), fmt.Sprintf("the file has more than the %d bytes that are read", MaxSize))
		return nil
	}
	var v any
	if err := lex.DecodeCBOR(content, &v); err != nil {
		r.Error(diag.CodeInvalidData, d.start(), strings.TrimPrefix(err.Error(), "lex: "))
		return nil
	}
	return d.named(v, r)
}

// readJSON reads a file whose values have places.
func readJSON(f *diag.File, r *diag.Report) *Data {
	d := &Data{file: f}
	v, ok := d.parse(r)
	if !ok {
		return nil
	}
	return d.named(v, r)
}

// parse reads JSON, and where its values stand. A problem with the JSON as such is
// reported as one.
func (d *Data) parse(r *diag.Report) (v any, ok bool) {
	problems := &diag.Report{}
	d.tree, _ = jsontree.Parse(d.file, problems) // of a text with very many values only a part
	err := lex.DecodeJSON(d.file.Source(), &v)
	switch {
	case err == nil:
		return v, true
	case problems.HasErrors():
		r.Merge(problems)
	default:
		d.refuse(err, r)
	}
	return nil, false
}

// refuse reports what is JSON, and no data.
func (d *Data) refuse(err error, r *diag.Report) {
	if e, ok := errors.AsType[*lex.Error](err); ok && e.Offset >= 0 {
		r.Error(diag.CodeInvalidData, d.at(e.Offset), e.Path+": "+e.Reason)
		return
	}
	r.Error(diag.CodeInvalidData, d.start(), err.Error())
}

// named makes sure that the value is an object with $type.
func (d *Data) named(v any, r *diag.Report) *Data {
	object, ok := v.(map[string]any)
	if !ok {
		r.Error(diag.CodeUndescribedData, d.start(), "a record is an object, and this is none")
		return nil
	}
	d.Value = object
	if d.Type, ok = object["$type"].(string); !ok {
		r.Error(diag.CodeUndescribedData, d.start(), "the object has no $type, which says what it is")
		return nil
	}
	return d
}

// at is the one byte at an offset.
func (d *Data) at(offset int) diag.Span {
	return diag.Span{File: d.file, Start: offset, End: offset + 1}
}

// start is where the value begins.
func (d *Data) start() diag.Span {
	if d.tree == nil {
		return diag.Span{File: d.file}
	}
	return d.at(d.tree.Span().Start)
}

// place returns where a path leads in the file. What is missing is looked for
// where it should be: at the beginning of what is around it.
func (d *Data) place(path lex.Path) diag.Span {
	if d.tree == nil {
		return d.start()
	}
	at := d.tree
	for _, step := range path {
		next := child(at, step)
		if next == nil {
			break
		}
		at = next
	}
	span := at.Span()
	switch at.(type) {
	case *jsontree.Object, *jsontree.Array:
		return d.at(span.Start)
	}
	return span
}

// child returns a part of a value, nil if it has none of that kind.
func child(v jsontree.Value, step lex.Step) jsontree.Value {
	switch v := v.(type) {
	case *jsontree.Object:
		return v.Get(step.Name)
	case *jsontree.Array:
		if step.Index >= 0 && step.Index < len(v.Items) {
			return v.Items[step.Index]
		}
	}
	return nil
}

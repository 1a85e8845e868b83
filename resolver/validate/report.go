package validate

import (
	"errors"
	"fmt"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// Report validates a file's content against the definition that its $type
// names, and reports each violation at its place. key is the record's key, not
// checked if it is empty; only a record has one.
func (s *Schemas) Report(d *Data, key syntax.RecordKey, r *diag.Report, opts ...lex.ValidateOption) {
	schema, ok := s.Lookup(d.Type)
	object, isObject := schema.(*lex.ObjectSchema)
	if !ok || !isObject {
		s.undescribed(d, r)
		return
	}
	if key != "" {
		d.report(keyError(object, key), r)
	}
	d.report(lex.ValidateData(object, d.Value, opts...), r)
}

// keyError checks the key of a record.
func keyError(s *lex.ObjectSchema, key syntax.RecordKey) error {
	if s.IsRecord() {
		return s.CheckKey(key)
	}
	return fmt.Errorf("%s is no record, and has no key", s.Name())
}

// report reports what validation found.
func (d *Data) report(err error, r *diag.Report) {
	violations, ok := errors.AsType[*lex.Violations](err)
	if !ok {
		if err != nil {
			r.Error(diag.CodeSchemaViolation, d.start(), err.Error())
		}
		return
	}
	for _, v := range violations.List {
		r.Error(diag.CodeSchemaViolation, d.place(v.Path), fmt.Sprintf("%s (%s)", v, v.Rule))
	}
	if violations.More {
		r.Error(diag.CodeSchemaViolation, d.start(), "there may be more violations: nothing was checked beyond these")
	}
}

// undescribed reports that nothing is known about the data.
func (s *Schemas) undescribed(d *Data, r *diag.Report) {
	at := d.place(lex.Path{{Name: "$type", Index: -1}})
	if s.graph.Lookup(d.Type) != nil {
		r.Error(diag.CodeUndescribedData, at, fmt.Sprintf("%s is a definition that no object has", quoted(d.Type)))
		return
	}
	opts := []diag.Option{diag.Help("add the source that has the lexicon: --lexicons DIR|FILE|go:MODULE@VERSION/PATH, or an entry of sources: in lexgen.yaml")}
	if near := diag.Nearest(d.Type, s.names(), 1); len(near) > 0 {
		opts = []diag.Option{diag.Suggest(near[0])}
	}
	r.Error(diag.CodeUndescribedData, at, fmt.Sprintf("no lexicon describes %s", quoted(d.Type)), opts...)
}

// names returns the $types that the graph describes.
func (s *Schemas) names() []string {
	var names []string
	for _, lexicon := range s.graph.Lexicons {
		for _, def := range lexicon.Defs {
			if _, ok := s.of(def).(*lex.ObjectSchema); ok {
				names = append(names, def.ID())
			}
		}
	}
	return names
}

// maxQuoted is how much of a name a message shows, in bytes.
const maxQuoted = 128

func quoted(name string) string {
	if len(name) > maxQuoted {
		return fmt.Sprintf("%q...", name[:maxQuoted])
	}
	return fmt.Sprintf("%q", name)
}

package validate

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
	"github.com/lexgen/lexgen/runtime/lex"
)

// An Endpoint is a query, procedure or subscription, with the schemas of what it takes
// and gives (LX-09, LX-11). Those that it does not have, or does not describe, are nil,
// but for Params, which then have no property.
type Endpoint struct {
	Def                    *resolver.Def
	Params                 *lex.ObjectSchema
	Input, Output, Message lex.Schema
}

// Endpoint returns the endpoint with an NSID, and false if there is none.
func (s *Schemas) Endpoint(nsid string) (*Endpoint, bool) {
	def := s.graph.Lookup(nsid)
	if def == nil {
		return nil, false
	}
	e := &Endpoint{Def: def}
	switch t := def.AST.Type.(type) {
	case *parser.Query:
		e.Params, e.Output = s.params(t.Parameters), s.body(t.Output)
	case *parser.Procedure:
		e.Params, e.Input, e.Output = s.params(t.Parameters), s.body(t.Input), s.body(t.Output)
	case *parser.Subscription:
		e.Params = s.params(t.Parameters)
		if t.Message != nil && t.Message.Schema != nil {
			e.Message = s.schema(t.Message.Schema)
		}
	default:
		return nil, false
	}
	return e, true
}

// params makes the schema of parameters (LX-12).
func (s *Schemas) params(t *parser.Params) *lex.ObjectSchema {
	return lex.NewObjectSchema("", func() []lex.SchemaField {
		if t == nil {
			return nil
		}
		return s.fields(&parser.Object{Properties: t.Properties})
	})
}

// body makes the schema of an input or output (LX-10).
func (s *Schemas) body(t *parser.Body) lex.Schema {
	if t == nil || t.Schema == nil {
		return nil
	}
	return s.schema(t.Schema)
}

// ReadParams reads parameters as they stand in a query, and holds them against the
// schema (LX-24). It returns them in the form in which they are sent; names that the
// schema does not know stay as they are. The error is a [*lex.Violations].
func (e *Endpoint) ReadParams(texts url.Values) (url.Values, error) {
	read, faults := url.Values{}, &lex.Violations{}
	values := map[string]any{}
	for _, f := range e.Params.Fields() {
		if list, ok := texts[f.Name]; ok {
			values[f.Name] = readParam(lex.Path{{Name: f.Name, Index: -1}}, f.Schema, list, faults)
		}
	}
	if len(faults.List) > 0 {
		return nil, faults
	}
	if err := lex.ValidateData(e.Params, values); err != nil {
		return nil, err
	}
	for name, list := range texts {
		if value, known := values[name]; known {
			list = sent(value)
		}
		read[name] = list
	}
	return read, nil
}

// readParam makes a value of the data model of the texts of a parameter.
func readParam(at lex.Path, s lex.Schema, texts []string, faults *lex.Violations) any {
	if array, ok := s.(*lex.ArraySchema); ok {
		items := make([]any, len(texts))
		for i, text := range texts {
			items[i] = readParam(slices.Concat(at, lex.Path{{Index: i}}), array.Items(), []string{text}, faults)
		}
		return items
	}
	if len(texts) != 1 {
		faults.List = append(faults.List, lex.Violation{Path: at, Rule: lex.RuleType, Message: fmt.Sprintf("given %d times, and it is no array", len(texts))})
		return nil
	}
	value, wanted := scalar(s, texts[0])
	if wanted != "" {
		faults.List = append(faults.List, lex.Violation{Path: at, Rule: lex.RuleType, Message: fmt.Sprintf("expected %s, found %s", wanted, quoted(texts[0]))})
	}
	return value
}

// scalar reads one text, or says what it should be.
func scalar(s lex.Schema, text string) (value any, wanted string) {
	switch kindOf(s) {
	case lex.KindInteger:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, "an integer"
		}
		return n, ""
	case lex.KindBoolean:
		if text != "true" && text != "false" {
			return nil, "true or false"
		}
		return text == "true", ""
	default:
		return text, ""
	}
}

func kindOf(s lex.Schema) lex.Kind {
	if scalar, ok := s.(*lex.ScalarSchema); ok {
		return scalar.Kind
	}
	return lex.KindAny
}

// sent returns a parameter as it is sent.
func sent(value any) []string {
	items, ok := value.([]any)
	if !ok {
		return []string{fmt.Sprint(value)}
	}
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = fmt.Sprint(item)
	}
	return texts
}

// ReportBody holds the text of a JSON body against its schema, which may be nil, and
// reports each violation at its place. path is what messages call it.
func ReportBody(path string, content []byte, schema lex.Schema, r *diag.Report) {
	d := &Data{file: diag.NewFile(path, content)}
	if v, ok := d.parse(r); ok && schema != nil {
		d.report(lex.ValidateData(schema, v), r)
	}
}

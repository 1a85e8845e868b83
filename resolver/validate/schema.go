package validate

import (
	"fmt"
	"strings"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/resolver"
	"github.com/lexgen/lexgen/runtime/lex"
)

// anything stands for what is missing in a broken lexicon.
var anything = &lex.ScalarSchema{Kind: lex.KindAny}

// definition makes the schema of a definition; nil if it describes no data.
// What it refers to is looked up when a value is checked.
func (s *Schemas) definition(def *resolver.Def) lex.Schema {
	switch t := def.AST.Type.(type) {
	case *parser.Record:
		return lex.NewRecordSchema(def.ID(), t.Key.Value, func() []lex.SchemaField { return s.fields(t.Record) })
	case *parser.Object:
		return lex.NewObjectSchema(def.ID(), func() []lex.SchemaField { return s.fields(t) })
	case *parser.Boolean, *parser.Integer, *parser.String, *parser.Bytes, *parser.CIDLink, *parser.Blob, *parser.Array:
		return s.schema(t)
	}
	return nil
}

// fields describes the properties of an object. Those whose names begin with
// $ are none (DM-06).
func (s *Schemas) fields(t *parser.Object) []lex.SchemaField {
	if t == nil {
		return nil
	}
	var fields []lex.SchemaField
	for _, p := range t.Properties {
		if p.Type == nil || strings.HasPrefix(p.Name.Value, "$") {
			continue
		}
		fields = append(fields, lex.SchemaField{Name: p.Name.Value, Presence: presence(p), Schema: s.schema(p.Type)})
	}
	return fields
}

func presence(p *parser.Property) lex.Presence {
	switch {
	case p.Required && p.Nullable:
		return lex.RequiredNullable
	case p.Nullable:
		return lex.OptionalNullable
	case p.Required:
		return lex.Required
	}
	return lex.Optional
}

// schema makes the schema of a type where it is used.
func (s *Schemas) schema(t parser.Type) lex.Schema {
	switch t := t.(type) {
	case nil:
		return anything
	case *parser.Boolean:
		return &lex.ScalarSchema{Kind: lex.KindBoolean, Rules: Rules(t)}
	case *parser.Integer:
		return &lex.ScalarSchema{Kind: lex.KindInteger, Rules: Rules(t)}
	case *parser.String:
		return &lex.ScalarSchema{Kind: lex.KindString, Rules: Rules(t)}
	case *parser.Bytes:
		return &lex.ScalarSchema{Kind: lex.KindBytes, Rules: Rules(t)}
	case *parser.CIDLink:
		return &lex.ScalarSchema{Kind: lex.KindLink}
	case *parser.Blob:
		return &lex.ScalarSchema{Kind: lex.KindBlob, Rules: Rules(t)}
	case *parser.Unknown:
		return &lex.ScalarSchema{Kind: lex.KindUnknown}
	case *parser.Array:
		return lex.NewArraySchema(Rules(t), func() lex.Schema { return s.schema(t.Items) })
	case *parser.Object:
		return lex.NewObjectSchema("", func() []lex.SchemaField { return s.fields(t) })
	case *parser.Ref:
		return s.target(t.Ref)
	case *parser.Union:
		return s.union(t)
	default:
		panic(fmt.Sprintf("validate: no values of %T", t)) // a bug in lexgen: the parser refuses the rest
	}
}

// target returns the schema that a reference leads to.
func (s *Schemas) target(ref *parser.Reference) lex.Schema {
	if schema := s.of(s.graph.Target(ref)); schema != nil {
		return schema
	}
	return anything
}

// union makes the schema of a union. Of one with a member that is missing in a
// broken lexicon nobody can say that it is closed.
func (s *Schemas) union(t *parser.Union) lex.Schema {
	closed := t.Closed
	var members []*lex.ObjectSchema
	seen := map[*resolver.Def]bool{}
	for _, ref := range t.Refs {
		def := s.graph.Target(ref)
		member, ok := s.of(def).(*lex.ObjectSchema)
		if !ok {
			closed = false
		} else if !seen[def] {
			seen[def] = true
			members = append(members, member)
		}
	}
	return lex.NewUnionSchema(closed, members...)
}

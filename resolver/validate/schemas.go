package validate

import (
	"errors"
	"fmt"
	"sync"

	"github.com/lexgen/lexgen/resolver"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// ErrUnknown is the error for a name that the graph has no data type for: it
// is not there, or it is a method, a token or the like.
var ErrUnknown = errors.New("no lexicon describes such data")

// Schemas are the schemas of a graph's definitions. They are safe for
// concurrent use.
type Schemas struct {
	graph *resolver.Graph

	mu   sync.Mutex // guards below
	made map[*resolver.Def]lex.Schema
}

// New returns the schemas of a graph.
func New(g *resolver.Graph) *Schemas {
	return &Schemas{graph: g, made: map[*resolver.Def]lex.Schema{}}
}

// Lookup returns the schema of the definition that an absolute reference
// names, NSID or NSID#NAME, and false if there is no such definition or it
// describes no data.
func (s *Schemas) Lookup(ref string) (lex.Schema, bool) {
	schema := s.of(s.graph.Lookup(ref))
	return schema, schema != nil
}

// of returns the schema of a definition, nil if there is none.
func (s *Schemas) of(def *resolver.Def) lex.Schema {
	if def == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	schema, ok := s.made[def]
	if !ok {
		schema = s.definition(def)
		s.made[def] = schema
	}
	return schema
}

// Value holds a value of the data model against a definition, as
// [lex.ValidateData] does. ref is NSID or NSID#NAME; the error wraps
// [ErrUnknown] if it is not known.
func (s *Schemas) Value(ref string, value any, opts ...lex.ValidateOption) error {
	schema, ok := s.Lookup(ref)
	if !ok {
		return fmt.Errorf("%s: %w", ref, ErrUnknown)
	}
	return lex.ValidateData(schema, value, opts...)
}

// Record holds a record and its key against the lexicon nsid, as
// [lex.ValidateRecordData] does. The error wraps [ErrUnknown] if that is not
// known or describes no record.
func (s *Schemas) Record(nsid string, value any, key syntax.RecordKey, opts ...lex.ValidateOption) error {
	schema, err := s.record(nsid)
	if err != nil {
		return err
	}
	return lex.ValidateRecordData(schema, value, key, opts...)
}

func (s *Schemas) record(nsid string) (*lex.ObjectSchema, error) {
	schema, _ := s.Lookup(nsid)
	object, ok := schema.(*lex.ObjectSchema)
	if !ok || !object.IsRecord() {
		return nil, fmt.Errorf("record %s: %w", nsid, ErrUnknown)
	}
	return object, nil
}

// ApplyDefaults sets what is absent in a value of the data model, and has a
// default, to that default; see [lex.ApplyDefaultsData].
func (s *Schemas) ApplyDefaults(ref string, value any) error {
	schema, ok := s.Lookup(ref)
	if !ok {
		return fmt.Errorf("%s: %w", ref, ErrUnknown)
	}
	lex.ApplyDefaultsData(schema, value)
	return nil
}

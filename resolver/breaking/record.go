package breaking

import (
	"strings"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// record compares the keys and the content of records (LX-08).
func (w *walk) record(s site, was, is *parser.Record) {
	if before, after := keyType(was), keyType(is); before != after {
		w.found(recordKeyChanged, s, change{
			what:   "the record key was of type " + before + " and is of type " + after,
			effect: keyEffect(before, after),
			strict: true,
			old:    was.Key,
			new:    is.Key,
		})
	}
	if was.Record != nil && is.Record != nil {
		w.object(s, was.Record, is.Record)
	}
}

// keyType is the type of keys; any where the file has none.
func keyType(r *parser.Record) string {
	if !r.Key.Present() || r.Key.Value == "" {
		return anyKey
	}
	return r.Key.Value
}

const (
	anyKey     = "any"
	literalKey = "literal:"
)

// keyEffect compares the sets of keys (SY-14). Of the types only any contains
// others; a literal is one key, which may be of another type, too.
func keyEffect(was, is string) (effect Effect) {
	if !keysWithin(was, is) {
		effect |= Tightens
	}
	if !keysWithin(is, was) {
		effect |= Relaxes
	}
	return effect
}

func keysWithin(inner, outer string) bool {
	if value, ok := strings.CutPrefix(inner, literalKey); ok {
		return lex.NewRecordSchema("", outer, nil).CheckKey(syntax.RecordKey(value)) == nil
	}
	return outer == anyKey
}

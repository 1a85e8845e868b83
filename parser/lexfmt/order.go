package lexfmt

import (
	"cmp"
	"slices"

	"github.com/lexgen/lexgen/parser/jsontree"
)

// order is the order of the keywords, in all objects that have them: what a
// thing is, its bounds, what it is for, and then what it consists of. It is the
// order that leaves most of the official lexicons as they are.
var order = []string{
	"$schema", "$type", "lexicon", "id", "revision",
	"type", "title", "title:lang", "detail", "detail:lang", "name", "resource", "encoding", "format", "ref",
	"minimum", "maximum", "minLength", "maxLength", "minGraphemes", "maxGraphemes", "accept", "maxSize",
	"items", "default", "const",
	"description",
	"closed", "refs", "enum", "knownValues",
	"key", "record", "required", "nullable", "properties",
	"parameters", "input", "output", "message", "errors", "schema",
	"permissions", "collection", "action", "lxm", "aud", "inheritAud",
	"defs",
}

// role says what the members of an object are.
type role int

const (
	data     role = iota // anything; their order is the author's
	keywords             // of the language
	names                // of definitions or properties, each with an object of keywords
)

// inside says which keywords hold objects, or arrays of objects, that have
// keywords or names in turn. All others hold data.
var inside = map[string]role{
	"defs":        names,
	"errors":      keywords,
	"input":       keywords,
	"items":       keywords,
	"message":     keywords,
	"output":      keywords,
	"parameters":  keywords,
	"permissions": keywords,
	"properties":  names,
	"record":      keywords,
	"schema":      keywords,
}

// below returns the role of a member's value.
func (r role) below(key string) role {
	switch r {
	case keywords:
		return inside[key]
	case names:
		return keywords
	default:
		return data
	}
}

// ordered returns the members in their order. Members that are no keywords
// follow in the order of the file.
func (r role) ordered(members []jsontree.Member) []jsontree.Member {
	if r != keywords {
		return members
	}
	return slices.SortedStableFunc(slices.Values(members), func(a, b jsontree.Member) int {
		return cmp.Compare(rank(a.Key.Text), rank(b.Key.Text))
	})
}

func rank(key string) int {
	if i := slices.Index(order, key); i >= 0 {
		return i
	}
	return len(order)
}

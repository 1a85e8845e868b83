package breaking

import (
	"fmt"

	"github.com/lexgen/lexgen/parser"
)

// keyword returns the name of a type as it stands in the file.
func keyword(t parser.Type) parser.Text {
	switch t := t.(type) {
	case *parser.Boolean:
		return t.Keyword
	case *parser.Integer:
		return t.Keyword
	case *parser.String:
		return t.Keyword
	case *parser.Bytes:
		return t.Keyword
	case *parser.CIDLink:
		return t.Keyword
	case *parser.Blob:
		return t.Keyword
	case *parser.Array:
		return t.Keyword
	case *parser.Object:
		return t.Keyword
	case *parser.Union:
		return t.Keyword
	case *parser.Unknown:
		return t.Keyword
	case *parser.Token:
		return t.Keyword
	case *parser.Record:
		return t.Keyword
	default:
		return primaryKeyword(t)
	}
}

// primaryKeyword is keyword for what has no data.
func primaryKeyword(t parser.Type) parser.Text {
	switch t := t.(type) {
	case *parser.Query:
		return t.Keyword
	case *parser.Procedure:
		return t.Keyword
	case *parser.Subscription:
		return t.Keyword
	case *parser.PermissionSet:
		return t.Keyword
	case *parser.Ref: // these three cannot be named, and stand here in a broken lexicon
		return t.Keyword
	case *parser.Params:
		return t.Keyword
	case *parser.Permission:
		return t.Keyword
	default:
		panic(fmt.Sprintf("breaking: keyword of %T", t)) // a bug in lexgen, not in the input
	}
}

// hasData reports whether a definition describes data.
func hasData(t parser.Type) bool {
	switch t.(type) {
	case *parser.Query, *parser.Procedure, *parser.Subscription, *parser.PermissionSet, *parser.Token:
		return false
	}
	return true
}

// isObject reports whether all values of a type are objects.
func isObject(t parser.Type) bool {
	switch t.(type) {
	case *parser.Object, *parser.Record, *parser.Union, *parser.Unknown:
		return true
	}
	return false
}

// isLoose reports whether a type takes every object.
func isLoose(t parser.Type) bool {
	switch t := t.(type) {
	case *parser.Unknown:
		return true
	case *parser.Object:
		return len(properties(t.Properties)) == 0
	}
	return false
}

// isOpen reports whether a type is a union that takes every object with a $type
// that is none of its members'.
func isOpen(t parser.Type) bool {
	u, ok := t.(*parser.Union)
	return ok && !u.Closed
}
